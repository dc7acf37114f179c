import { bytesElements, formatTensorType, toTypedArray } from '#common/inference';
import type { InferResponse, Tensor } from '#common/inference';
import { paint } from './console.ts';

/** Rows of a tensor shown to people; `--json` has them all. */
const SHOWN_ROWS = 20;
/** Texts are what people came for: many more of them. */
const SHOWN_TEXTS = 200;
const SHOWN_VALUES = 10;
/** Significant digits of a float; enough to compare, short enough to read. */
const DIGITS = 4;

export interface AnswerFacts {
  readonly response: InferResponse;
  readonly tookMs: number;
  /** The header of that name, as it came. */
  readonly serverTiming?: string | undefined;
}

/** An answer for people: each output under its name, texts first, then what it cost stage by stage. */
export function formatAnswer({ response, tookMs, serverTiming }: AnswerFacts): string {
  const outputs = Object.entries(response.outputs).toSorted(([, left], [, right]) => Number(right.datatype === 'BYTES') - Number(left.datatype === 'BYTES'));
  const blocks = outputs.map(([name, tensor]) => `${paint('bold', name)}  ${paint('dim', formatTensorType(tensor))}\n${formatValues(tensor)}`);
  const timing = serverTiming === undefined ? [] : ['compute of each stage, summed where it ran for several parts:', ...formatTiming(serverTiming)];
  return [...blocks, '', paint('dim', [`${response.pipeline}@${response.version}  ${tookMs.toFixed(1)} ms`, ...timing].join('\n'))].join('\n');
}

/** Every value of a tensor as JSON can carry it, flat in row order. */
export function plainValues(tensor: Tensor): unknown[] {
  if (tensor.datatype === 'BYTES') return bytesElements(tensor).map((element) => new TextDecoder().decode(element));
  if (tensor.datatype === 'BOOL') return [...tensor.bytes].map((value) => value !== 0);
  return [...(toTypedArray(tensor) as Iterable<number | bigint>)];
}

/** One line per row of the first axis, cut to what a screen holds; a plain list of numbers is one line. */
function formatValues(tensor: Tensor): string {
  const values = plainValues(tensor);
  const rows = tensor.shape[0] ?? 1;
  if (values.length === 0) return '  (none)';
  if (tensor.datatype !== 'BYTES' && tensor.shape.length <= 1) return formatRow(values, SHOWN_ROWS);
  const width = values.length / rows;
  const most = tensor.datatype === 'BYTES' ? SHOWN_TEXTS : SHOWN_ROWS;
  const lines = Array.from({ length: Math.min(rows, most) }, (_, row) => formatRow(values.slice(row * width, (row + 1) * width), SHOWN_VALUES));
  if (rows > most) lines.push(`  ... ${rows - most} more rows (--json shows all)`);
  return lines.join('\n');
}

function formatRow(values: readonly unknown[], most: number): string {
  const left = values.length - most;
  return `  ${values.slice(0, most).map(formatValue).join('  ')}${left > 0 ? `  ... ${left} more (--json shows all)` : ''}`;
}

function formatValue(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(DIGITS))) : String(value);
}

/** `net-queue;dur=1.5, net-compute;dur=7` as `net 7.0 ms (queue 1.5)`, one line per stage: waiting is told only where it is a tenth of a millisecond or more. */
function formatTiming(header: string): string[] {
  const stages = new Map<string, Map<string, number>>();
  for (const [, stage = '', part = '', ms = ''] of header.matchAll(/([^\s,;]+)-(queue|batch|compute);dur=([\d.]+)/g)) {
    const parts = stages.get(stage) ?? new Map<string, number>();
    stages.set(stage, parts.set(part, Number(ms)));
  }
  const width = Math.max(0, ...[...stages.keys()].map((name) => name.length));
  return [...stages].map(([name, parts]) => {
    const waits = ['queue', 'batch'].flatMap((part) => ((parts.get(part) ?? 0) >= 0.1 ? [`${part} ${parts.get(part)?.toFixed(1)}`] : []));
    return `  ${name.padEnd(width)}  ${(parts.get('compute') ?? 0).toFixed(1).padStart(7)} ms${waits.length > 0 ? `  (waited: ${waits.join(', ')})` : ''}`;
  });
}
