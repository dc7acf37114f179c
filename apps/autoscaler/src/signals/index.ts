export { FleetSignal } from './fleet.signal.ts';
export { LagSignal } from './lag.signal.ts';
export type { Signal } from './signal.ts';
