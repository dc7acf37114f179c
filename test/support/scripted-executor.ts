import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, PooledExecutor, PoolState } from '../../apps/stage-worker/src/executors/index.ts';

interface OpenCall {
  readonly call: ExecuteCall;
  readonly resolve: (outputs: ExecuteOutputs) => void;
  readonly reject: (error: Error) => void;
}

/** Executors whose calls end when the test says so, for tests of what happens meanwhile. */
export class ScriptedExecutor implements PooledExecutor {
  /** Every call so far, in order. */
  readonly calls: ExecuteCall[] = [];
  readonly #size: number;
  #open: OpenCall[] = [];
  #onFree: () => void = () => undefined;
  #auto: ((call: ExecuteCall) => ExecuteOutputs) | undefined;

  constructor(size = 1) {
    this.#size = size;
  }

  /** From now on each call is answered at once; an error that is thrown fails it. Those that are open are answered too. */
  answerAll(answer: (call: ExecuteCall) => ExecuteOutputs): void {
    this.#auto = answer;
    while (this.#open.length > 0) this.end(answer);
  }

  /** Ends the oldest open call. */
  end(answer: (call: ExecuteCall) => ExecuteOutputs): void {
    const open = this.#open.shift();
    if (open === undefined) throw new Error('no call is open');
    try {
      open.resolve(answer(open.call));
    } catch (error) {
      open.reject(error as Error);
    }
    this.#onFree();
  }

  load(): Promise<void> {
    return Promise.resolve();
  }

  execute(call: ExecuteCall): Promise<ExecuteOutputs> {
    this.calls.push(call);
    return new Promise((resolve, reject) => {
      this.#open.push({ call, resolve, reject });
      if (this.#auto !== undefined) this.end(this.#auto);
    });
  }

  async unload(): Promise<void> {
    this.#open = [];
  }

  describe(): ExecutorDescription {
    return { kind: 'scripted', summary: 'ends when the test says so' };
  }

  free(): number {
    return this.#size - this.#open.length;
  }

  busy(): number {
    return this.#open.length;
  }

  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  async resize(): Promise<void> {}

  state(): PoolState {
    return { size: this.#size, free: this.free(), busy: this.busy(), starting: 0, paused: 0, waiting: 0, replacedTotal: 0 };
  }
}
