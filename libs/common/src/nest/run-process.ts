import { isAppError } from '#common/errors';
import { EXIT } from './bootstrap.ts';

/** Runs a process's main function: prints what is wrong in a sentence, and says how the process ends. */
export async function runProcess(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!isAppError(error)) throw error;
    process.stderr.write(`${error.code}  ${error.message}\n`);
    process.exitCode = error.kind === 'user' ? EXIT.usage : EXIT.failed;
  }
}
