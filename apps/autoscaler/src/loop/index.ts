export { ControlLoop } from './control-loop.ts';
export type { ControlLoopParts } from './control-loop.ts';
export type { DecisionRecord } from './decisions.ts';
