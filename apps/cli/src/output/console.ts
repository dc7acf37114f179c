import { styleText } from 'node:util';

export interface OutputOptions {
  /** Machine output: one JSON document on stdout, nothing else there. */
  readonly json: boolean;
}

/** Where a command writes. Answers go to stdout, progress and complaints to stderr, so that pipes stay clean. */
export interface Console {
  readonly json: boolean;
  /** Human text; dropped in JSON mode. */
  say(text: string): void;
  /** The machine form of the answer; dropped in human mode. */
  data(value: unknown): void;
  /** A line that replaces itself on a terminal, and is left out elsewhere. */
  progress(text: string): void;
  complain(text: string): void;
}

export function createConsole({ json }: OutputOptions): Console {
  const terminal = process.stderr.isTTY === true && !json;
  const clear = (): void => {
    if (terminal) process.stderr.write('\r\u001b[2K');
  };
  return {
    json,
    say: (text) => {
      clear();
      if (!json) process.stdout.write(`${text}\n`);
    },
    data: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value, bigintAsNumber, 2)}\n`);
    },
    progress: (text) => {
      if (!terminal) return;
      clear();
      process.stderr.write(text);
    },
    complain: (text) => {
      clear();
      process.stderr.write(`${text}\n`);
    },
  };
}

/** `styleText` honours NO_COLOR, and a stream that is no terminal gets plain text. */
export function paint(format: Parameters<typeof styleText>[0], text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

function bigintAsNumber(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
  return rawJson(value.toString());
}
