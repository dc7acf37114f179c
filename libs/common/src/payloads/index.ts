export { ClaimChecks } from './claim-checks.ts';
export type { ClaimCheckParts, Owner } from './claim-checks.ts';
export { Deposit } from './deposit.ts';
export { NO_MESSAGE_LIMITS } from './message-limits.ts';
export type { MessageLimits } from './message-limits.ts';
