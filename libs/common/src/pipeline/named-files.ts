import type { SpecPath } from './problem.ts';
import type { PipelineSpec } from './spec.ts';

/** A file the YAML names: as it names it, what it is for, and where it does so. */
export interface NamedFile {
  readonly name: string;
  readonly kind: 'model' | 'module';
  readonly path: SpecPath;
}

/** Every place that names a file, in file order; one file may be named several times. */
export function namedFiles(spec: PipelineSpec): readonly NamedFile[] {
  return Object.entries(spec.stages).flatMap(([stage, description]) => {
    const file = (key: 'function' | 'before' | 'after', text: string | undefined): NamedFile[] =>
      text === undefined ? [] : [{ name: parseFunction(text).file, kind: 'module', path: ['stages', stage, key] }];
    if ('function' in description) return file('function', description.function);
    if (!('onnx' in description)) return [];
    const model: NamedFile = { name: description.onnx, kind: 'model', path: ['stages', stage, 'onnx'] };
    return [model, ...file('before', description.before), ...file('after', description.after)];
  });
}

/** `./functions/digits.mjs#scale` taken apart; the text has passed the schema. */
export function parseFunction(text: string): { readonly file: string; readonly exportName: string } {
  const hash = text.lastIndexOf('#');
  return { file: text.slice(0, hash), exportName: text.slice(hash + 1) };
}
