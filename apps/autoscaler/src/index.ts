import type { Catalog } from '#common/catalog';
import type { Bus, Clock, Fleet, Log } from '#common/ports';
import { staticPolicy } from '#common/scaling';
import { DryRunActuator } from './actuators/dry-run.actuator.ts';
import { ControlLoop } from './loop/control-loop.ts';
import { FleetSignal } from './signals/fleet.signal.ts';
import { LagSignal } from './signals/lag.signal.ts';

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

export { ControlLoop } from './loop/control-loop.ts';
export type { DecisionRecord } from './loop/decisions.ts';
