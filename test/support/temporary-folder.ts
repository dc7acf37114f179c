import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A fresh folder with the given files; `remove` when the test is over. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): { readonly path: string; write(name: string, content: string | Uint8Array): void; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { path, write, remove: () => { rmSync(path, { recursive: true, force: true }); } };
}
