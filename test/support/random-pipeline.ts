/**
 * Random sound pipelines for property tests: plain stages, and blocks that open a scatter (over a list, a tensor or an input of the pipeline), run
 * stages inside it, read tensors from before it, and gather. `tape` holds the decisions, so that a failing case shrinks.
 */
export interface RandomPipeline {
  readonly pipeline: string;
  readonly inputs: Record<string, unknown>;
  readonly stages: Record<string, RandomStage>;
  readonly outputs: Record<string, string>;
}

export interface RandomStage {
  readonly function: string;
  readonly inputs: Record<string, string>;
  readonly outputs: Record<string, { readonly datatype: string; readonly shape: readonly number[]; readonly list?: true }>;
  readonly each?: string;
  readonly gather?: true;
}

const COLUMN = { datatype: 'INT32', shape: [-1] } as const;

export function randomPipeline(tape: readonly number[]): RandomPipeline {
  return new Builder(tape).build();
}

class Builder {
  readonly #tape: readonly number[];
  #at = 0;
  readonly #stages: Record<string, RandomStage> = {};
  /** Tensors from outside every scatter, and of each the tensors that were made before it. */
  readonly #before = new Map<string, ReadonlySet<string>>([['a', new Set()], ['b', new Set()]]);
  readonly #lists = new Map<string, ReadonlySet<string>>();
  readonly #unread = new Set(['a', 'b']);

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  build(): RandomPipeline {
    const blocks = 1 + this.#pick(5);
    for (let block = 0; block < blocks; block += 1) {
      if (this.#pick(3) === 0) this.#scatter();
      else this.#plain();
    }
    // An input that no stage has read yet is read by a last one, so that nothing is unused.
    const inputs = ['a', 'b'].filter((name) => this.#unread.has(name));
    if (inputs.length > 0) this.#stage({ reads: inputs, makes: ['y'] });
    const unread = [...this.#unread];
    const more = this.#some([...this.#before.keys()]);
    const outputs = Object.fromEntries([...new Set([...unread, ...more])].map((reference, index) => [`o${String(index)}`, reference]));
    return { pipeline: 'random', inputs: { a: COLUMN, b: COLUMN }, stages: this.#stages, outputs };
  }

  #plain(): void {
    const reads = this.#some([...this.#before.keys()]);
    this.#stage({ reads: reads.length === 0 ? ['a'] : reads, makes: this.#pick(2) === 0 ? ['y'] : ['y', 'z'] });
  }

  #scatter(): void {
    const over = this.#scattered();
    const whole = !isList(over);
    const before = [...this.#known(over)];
    const inside: string[] = [];
    const unread = new Set<string>();
    const width = 1 + this.#pick(3);
    for (let index = 0; index < width; index += 1) {
      const each = index === 0 || this.#pick(3) === 0;
      const own = this.#some(inside);
      const first = inside[0];
      const reads = [...(each || own.length > 0 || first === undefined ? own : [first]), ...this.#some(before)];
      const made = this.#stage({ reads, makes: ['y'], each: each ? over : undefined, inside: true });
      for (const name of reads) unread.delete(name);
      for (const name of made) inside.push(name);
      for (const name of made) unread.add(name);
    }
    const gathers = 1 + this.#pick(2);
    for (let index = 0; index < gathers; index += 1) {
      const parts = index === 0 ? [...new Set([...unread, ...this.#some(inside)])] : [inside[this.#pick(inside.length)] ?? ''];
      const outer = this.#some(whole ? [...before, over] : before);
      this.#stage({ reads: [...parts, ...outer], makes: ['y'], gather: true, after: over });
    }
  }

  /** What to scatter over: a fresh list, or a tensor there is. */
  #scattered(): string {
    if (this.#pick(2) === 0) {
      const known = [...this.#before.keys()];
      return known[this.#pick(known.length)] ?? 'a';
    }
    const reads = this.#some([...this.#before.keys()]);
    const [list = ''] = this.#stage({ reads: reads.length === 0 ? ['b'] : reads, makes: ['l', 'y'] });
    return list;
  }

  #stage(stage: { reads: readonly string[]; makes: readonly string[]; each?: string | undefined; inside?: boolean; gather?: true; after?: string }): readonly string[] {
    const name = `s${String(Object.keys(this.#stages).length)}`;
    const reads = stage.each === undefined ? stage.reads : [stage.each, ...stage.reads];
    const inputs = Object.fromEntries(reads.map((reference, index) => [`i${String(index)}`, reference]));
    const outputs = Object.fromEntries(stage.makes.map((tensor) => [tensor, isList(`${name}.${tensor}`) ? { ...COLUMN, list: true as const } : COLUMN]));
    this.#stages[name] = {
      function: './f.mjs#f',
      inputs,
      outputs,
      ...(stage.each === undefined ? {} : { each: 'i0' }),
      ...(stage.gather === undefined ? {} : { gather: true as const }),
    };
    for (const reference of reads) this.#unread.delete(reference);
    const made = stage.makes.map((tensor) => `${name}.${tensor}`);
    if (stage.inside === true) return made;
    const through = [...reads, ...(stage.after === undefined ? [] : [stage.after])];
    const before = new Set(through.flatMap((reference) => [reference, ...this.#known(reference)]).filter((reference) => this.#before.has(reference)));
    const whole = made.filter((tensor) => !isList(tensor));
    // The other outputs of a tensor's maker are made before a scatter over it opens.
    for (const tensor of made) (isList(tensor) ? this.#lists : this.#before).set(tensor, new Set([...before, ...whole.filter((other) => other !== tensor)]));
    for (const tensor of whole) this.#unread.add(tensor);
    return made;
  }

  #known(reference: string): ReadonlySet<string> {
    return this.#before.get(reference) ?? this.#lists.get(reference) ?? new Set();
  }

  #some<T>(choices: readonly T[]): readonly T[] {
    return choices.filter(() => this.#pick(3) === 0).slice(0, 3);
  }

  #pick(below: number): number {
    const decision = this.#tape[this.#at % Math.max(1, this.#tape.length)] ?? 0;
    this.#at += 1;
    return decision % below;
  }
}

/** Outputs named `l` are lists. */
function isList(reference: string): boolean {
  return reference.endsWith('.l');
}
