import type { Actuator, StageName } from './actuator.port.ts';

/** Acts on nothing: for watching what a policy would do. */
export class DryRunActuator implements Actuator {
  async apply({ pipeline, stage }: StageName, desired: number): Promise<string> {
    return `dry run: ${pipeline}/${stage} would be set to ${desired}`;
  }

  async close(): Promise<void> {
    // Holds nothing.
  }
}
