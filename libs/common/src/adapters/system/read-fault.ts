const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'this user may not open it',
  EPERM: 'this user may not open it',
};

/** Why a file could not be read or written, as the end of a sentence: the usual causes in words, any other as the system says it. */
export function readFault(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return SENTENCES[code] ?? (error instanceof Error ? error.message : String(error));
}
