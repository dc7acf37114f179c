export { staticPolicy } from './policies/static.ts';
export type { Decision, Policy, StageBounds, StageSample } from './policy.ts';
