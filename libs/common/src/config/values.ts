import { z } from 'zod';

/** The message is the tail of a sentence that starts with `NAME="value": `. */
function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `65536`, `64MiB`, `1GiB`: bytes. Decimal units are refused rather than guessed at. */
export const byteSize = z.string().transform((text, context): number => {
  const [, digits, unit] = /^(\d+)\s*([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const factor = SIZE_UNITS[unit ?? ''];
  const bytes = Number(digits) * (factor ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : refuse(context, 'not a size; write bytes or KiB, MiB, GiB, as in 64MiB');
});

/** A TCP port; 0 asks the system for a free one. */
export const port = z.string().transform((text, context): number => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= 65_535 ? value : refuse(context, 'not a whole number from 0 (any free port) to 65535');
});

/** A whole number within bounds. */
export function wholeNumber(range: { readonly min: number; readonly max: number }) {
  return z.string().transform((text, context): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= range.min && value <= range.max ? value : refuse(context, `not a whole number from ${range.min} to ${range.max}`);
  });
}

/** One word of a closed list. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.string().transform((text, context): Words[number] => {
    const word = words.find((known) => known === text);
    return word ?? refuse(context, `not one of ${words.join(', ')}`);
  });
}

/** Text that is not empty. */
export const text = z.string().min(1, 'is empty; leave it unset for the default');

/** What topic and group names start with. */
export const namePrefix = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'not a name of a-z, 0-9 and "-" (63 characters at most)');

/** `host:port`, comma-separated: where a client first looks. */
export const hostList = z.string().transform((text, context): readonly string[] => {
  const hosts = text.split(',').map((host) => host.trim());
  const isHost = (host: string): boolean => /^(\[[0-9a-fA-F:]+\]|[^\s:,]+):\d{1,5}$/.test(host);
  return hosts.every(isHost) ? hosts : refuse(context, 'not a list of host:port, comma-separated');
});
