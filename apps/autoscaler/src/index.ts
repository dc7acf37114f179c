import type { Catalog } from '#common/catalog';
import type { Bus, Clock, Fleet, Log } from '#common/ports';
import { staticPolicy } from '#common/scaling';
import { DryRunActuator } from './actuators/index.ts';
import { ControlLoop } from './loop/index.ts';
import { FleetSignal, LagSignal } from './signals/index.ts';

export interface AutoscalerParts {
  readonly catalog: Catalog;
  readonly bus: Bus;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: Log;
  /** First word of every topic and group name. */
  readonly prefix: string;
}

/** The control loop with the static policy and the dry-run actuator: watches and explains, changes nothing. */
export function createAutoscaler({ catalog, bus, fleet, clock, log, prefix }: AutoscalerParts): ControlLoop {
  return new ControlLoop({
    catalog,
    signals: [new FleetSignal(fleet), new LagSignal(bus, prefix)],
    policy: staticPolicy,
    actuator: new DryRunActuator(),
    clock,
    log,
  });
}

export { ControlLoop } from './loop/index.ts';
export type { DecisionRecord } from './loop/index.ts';
