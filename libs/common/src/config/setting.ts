import type { z } from 'zod';

/** One environment variable: how its text becomes a value, what it means and what it is when absent. The reference page is made from it. */
export interface Setting<Schema extends z.ZodType<unknown, string> = z.ZodType<unknown, string>> {
  readonly name: `MILLRACE_${string}`;
  readonly schema: Schema;
  /** In the form a user would write it; it passes through the schema like any other value. Absent = may stay unset. */
  readonly default?: string;
  readonly description: string;
}

export type Settings = Readonly<Record<string, Setting>>;

/** What a table of settings becomes once loaded: a setting without a default may be undefined. */
export type Loaded<Table extends Settings> = {
  readonly [Key in keyof Table]: z.output<Table[Key]['schema']> | (Table[Key] extends { readonly default: string } ? never : undefined);
};
