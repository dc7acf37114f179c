import { toAppError } from '#common/errors';
import type { Join } from '../join/index.ts';
import type { Emitter } from './emit.ts';
import type { DeliveryProcessor } from './process-delivery.ts';
import type { StageScope } from './stage-scope.ts';

export interface LapsedJoinsOptions {
  readonly scope: StageScope;
  readonly join: Join;
  /** The answer's join; undefined where one stage gives the answer. */
  readonly answerJoin: Join | undefined;
  readonly deliveries: DeliveryProcessor;
  readonly emitter: Emitter;
}

/** Takes up joins that were complete when the worker that fired them went silent: settled parts leave nothing in the log that would come back. */
export class LapsedJoins {
  readonly #options: LapsedJoinsOptions;
  readonly #isJoining: boolean;
  #isPolling = false;

  constructor(options: LapsedJoinsOptions) {
    const { members, inputs } = options.scope.stage;
    this.#options = options;
    this.#isJoining = members.length > 1 || inputs.some((input) => input.gathered === true);
  }

  /** Called every 100 ms; one poll at a time. A store that is away is asked again at the next one. */
  poll(): void {
    if (this.#isPolling || (!this.#isJoining && this.#options.answerJoin === undefined)) return;
    this.#isPolling = true;
    void this.#poll();
  }

  async #poll(): Promise<void> {
    const { scope, join, answerJoin, deliveries, emitter } = this.#options;
    const nowMs = scope.clock.clusterNow();
    try {
      if (this.#isJoining) for (const joined of await join.due(nowMs)) deliveries.takeUp(joined);
      for (const joined of (await answerJoin?.due(nowMs)) ?? []) emitter.completeAnswer(joined, () => undefined);
    } catch (thrown) {
      scope.log.write('debug', 'Joins could not be polled; the next poll tries again', { reason: toAppError(thrown).message });
    } finally {
      this.#isPolling = false;
    }
  }
}
