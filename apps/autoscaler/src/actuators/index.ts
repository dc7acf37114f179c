export type { Actuator, StageName } from './actuator.port.ts';
export { DryRunActuator } from './dry-run.actuator.ts';
