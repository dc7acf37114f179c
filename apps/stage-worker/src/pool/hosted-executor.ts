import { AppError, fromErrorInfo } from '#common/errors';
import type { CancelTimer, Clock, Log } from '#common/ports';
import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, StageExecutor } from '../executors/index.ts';
import type { ExecutorHost, OpenHost } from './host.port.ts';
import type { FromHost, LoadMessage } from './messages.ts';
import { packTensors, transferOf, unpackTensors } from './packed-tensors.ts';

export interface HostedOptions {
  readonly open: OpenHost;
  readonly boot: LoadMessage;
  /** `thread` or `process`, for messages. */
  readonly place: string;
  /** Longest wait for the executor to be warm, milliseconds. */
  readonly loadTimeoutMs: number;
  /** How long a host that is asked to unload may take before it is killed, milliseconds. */
  readonly unloadGraceMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once when the executor is gone without having been asked to unload. What it was doing has been rejected already. */
  readonly onDeath: (error: AppError) => void;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: AppError): void;
}

/**
 * One executor in one host of its own; never restarted, the pool makes a new one.
 *
 * NEW -> LOADING -> READY <-> BUSY; any state -> GONE.
 * LOADING: the host starts and warms up, at most `loadTimeoutMs`. BUSY: one call runs. GONE: whatever waited has been rejected, with the
 * reason of the death; the host is ended or about to be, and nothing it still says is heard.
 */
export class HostedExecutor implements StageExecutor {
  readonly #options: HostedOptions;
  #state: 'new' | 'loading' | 'ready' | 'busy' | 'gone' = 'new';
  #host: ExecutorHost | undefined;
  #loading: Waiting<void> | undefined;
  #running: Waiting<ExecuteOutputs> | undefined;
  #cancelLoadTimer: CancelTimer | undefined;
  #exited: Promise<void> = Promise.resolve();
  #description: ExecutorDescription;

  constructor(options: HostedOptions) {
    this.#options = options;
    const { name, executor } = options.boot.stage;
    this.#description = { kind: executor.kind, summary: `${executor.kind} of stage "${name}", not loaded` };
  }

  load(): Promise<void> {
    const { boot, clock, loadTimeoutMs, open } = this.#options;
    return new Promise((resolve, reject) => {
      this.#state = 'loading';
      this.#loading = { resolve, reject };
      this.#cancelLoadTimer = clock.after(loadTimeoutMs, () => this.stop(this.#loadFailed(`was not ready within ${loadTimeoutMs} ms`)));
      let exited: () => void = () => undefined;
      this.#exited = new Promise((settle) => {
        exited = settle;
      });
      const onExit = (how: string): void => {
        exited();
        this.#diedAs(how);
      };
      try {
        this.#host = open({ onMessage: (message) => this.#hear(message), onExit });
        this.#host.post(boot, []);
      } catch (thrown) {
        onExit(`could not be started (${String(thrown)})`);
      }
    });
  }

  /** The signal is the pool's to watch: a host cannot be interrupted, only stopped. */
  execute(call: ExecuteCall): Promise<ExecuteOutputs> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'ready') throw new AppError('INTERNAL', `An executor of ${this.#name} was called while it was ${this.#state}.`);
      const { parameters, requestIds, remainingMs } = call;
      const inputs = packTensors(call.inputs);
      // What cannot be sent throws here: the executor is as free as before.
      this.#host?.post({ kind: 'call', inputs, parameters, requestIds, remainingMs }, transferOf(inputs));
      this.#state = 'busy';
      this.#running = { resolve, reject };
    });
  }

  /** Ends the host at once; what it was doing is rejected with `error`, and `onDeath` is told. */
  stop(error: AppError): void {
    if (this.#state === 'gone') return;
    this.#leave(error);
    // Nobody waits for the end: a host deep in native code may take its time, and its successor starts meanwhile.
    void this.#host?.kill();
    this.#options.onDeath(error);
  }

  /** Lets the host release what it holds, then ends it. A call that still runs is rejected with SHUTTING_DOWN. */
  async unload(): Promise<void> {
    if (this.#state === 'gone' || this.#state === 'new') return;
    this.#leave(new AppError('SHUTTING_DOWN', `The executor of ${this.#name} is being unloaded.`));
    this.#host?.post({ kind: 'unload' }, []);
    const cancelKill = this.#options.clock.after(this.#options.unloadGraceMs, () => void this.#host?.kill());
    await this.#exited;
    cancelKill();
  }

  describe(): ExecutorDescription {
    return this.#description;
  }

  get #name(): string {
    return `stage "${this.#options.boot.stage.name}"`;
  }

  #hear(message: FromHost): void {
    if (message.kind === 'log') this.#options.log.write(message.level, message.message, { stage: this.#options.boot.stage.name, ...message.fields });
    else if (this.#state === 'busy') this.#hearAnswer(message);
    else if (this.#state === 'loading') this.#hearLoaded(message);
  }

  #hearAnswer(message: FromHost): void {
    const running = this.#running;
    if (message.kind !== 'done' && message.kind !== 'error') return;
    this.#running = undefined;
    this.#state = 'ready';
    if (message.kind === 'done') running?.resolve(unpackTensors(message.outputs));
    else running?.reject(fromErrorInfo(message.error));
  }

  #hearLoaded(message: FromHost): void {
    if (message.kind === 'failed') this.stop(fromErrorInfo(message.error));
    if (message.kind !== 'ready') return;
    this.#cancelLoadTimer?.();
    this.#description = message.description;
    this.#state = 'ready';
    this.#loading?.resolve();
  }

  #diedAs(how: string): void {
    if (this.#state === 'gone') return;
    const error = this.#state === 'loading' ? this.#loadFailed(`${how} while it loaded`) : this.#crashed(how);
    this.#leave(error);
    this.#options.onDeath(error);
  }

  #leave(error: AppError): void {
    this.#state = 'gone';
    this.#cancelLoadTimer?.();
    this.#loading?.reject(error);
    this.#running?.reject(error);
    this.#running = undefined;
  }

  #crashed(how: string): AppError {
    const when = this.#state === 'busy' ? 'while it ran a call' : 'while it was idle';
    return new AppError('EXECUTOR_CRASHED', `The ${this.#options.place} of ${this.#name} ${how} ${when}.`, { stage: this.#options.boot.stage.name });
  }

  #loadFailed(how: string): AppError {
    return new AppError('EXECUTOR_LOAD_FAILED', `The ${this.#options.place} of ${this.#name} ${how}.`, { stage: this.#options.boot.stage.name });
  }
}
