import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { isAppError } from '#common/errors';
import { isUnreachable } from './client/unreachable.ts';
import type { CommandBody } from './commands/command.ts';
import { graphCommand } from './commands/graph.command.ts';
import { inferCommand } from './commands/infer.command.ts';
import { initCommand } from './commands/init.command.ts';
import { loadCommand } from './commands/load.command.ts';
import { upCommand } from './commands/up.command.ts';
import { validateCommand } from './commands/validate.command.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { createConsole, paint } from './output/console.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

interface CommonOptions {
  readonly json?: boolean;
}

/** The command line: options and help here, the work in `commands/`. `run` never throws; it answers the exit code. */
export function createProgram(signal: AbortSignal): { run(argv: readonly string[]): Promise<ExitCode> } {
  let exit: ExitCode = EXIT.ok;
  const program = new Command('millrace').description('Inference pipelines: one YAML, a DAG of real models.').exitOverride().showHelpAfterError('(run with --help to see every option)');

  /** Turns a command body into a commander action: options in, exit code out, errors in words. */
  const run = async <Options>(body: CommandBody<Options>, options: Options & CommonOptions): Promise<void> => {
    const console = createConsole({ json: options.json === true });
    try {
      exit = await body(options, { console, signal });
    } catch (error) {
      if (isUnreachable(error)) {
        exit = EXIT.unreachable;
        console.complain(`No server answered${'url' in (options as object) ? ` at ${String((options as { url?: unknown }).url)}` : ''}. Start one with "npm start" or give --url.`);
      } else if (isAppError(error)) {
        exit = error.kind === 'user' ? EXIT.usage : EXIT.failed;
        console.data({ ok: false, code: error.code, message: error.message });
        console.complain(`${paint('red', error.code)}  ${error.message}`);
      } else throw error;
    }
  };

  const command = (nameAndArguments: string, description: string): Command =>
    program.command(nameAndArguments).description(description).option('--json', 'machine output: one JSON document on stdout').exitOverride();
  const url = new Option('--url <url>', 'server to talk to').default(DEFAULT_URL);

  command('up', 'serve the pipelines of a folder in this process (embedded engine); settings by MILLRACE_* variables')
    .action((options: CommonOptions) => run(upCommand, options));

  command('validate [paths...]', 'check pipeline files; lists every problem with its place')
    .action((paths: string[], options: CommonOptions) => run(validateCommand, { ...options, paths: paths.length > 0 ? paths : ['pipelines'] }));

  command('graph <file>', 'show the compiled DAG of a pipeline file')
    .option('--mermaid', 'as a Mermaid flowchart')
    .action((file: string, options: CommonOptions & { mermaid?: boolean }) => run(graphCommand, { ...options, file }));

  command('init <model>', "write a working pipeline file from an ONNX model's own inputs and outputs")
    .option('--name <name>', 'name of the pipeline (default: from the file name)')
    .option('--folder <folder>', 'pipelines folder to write to', 'pipelines')
    .action((model: string, options: CommonOptions & { name?: string; folder: string }) => run(initCommand, { ...options, model }));

  command('infer <pipeline> [values...]', 'call a pipeline once: name=@file or name=value for each input')
    .addOption(url)
    .action((pipeline: string, values: string[], options: CommonOptions & { url: string }) => run(inferCommand, { ...options, pipeline, values }));

  command('load <pipeline> [values...]', 'measure a running server: open loop with --rate, else closed loop with --concurrency')
    .addOption(url)
    .option('--rate <per-second>', 'open loop: requests are sent on schedule, latency counts from the intended time', positive)
    .addOption(new Option('--arrivals <kind>', 'spacing of an open loop').choices(['constant', 'poisson']).default('poisson'))
    .option('--concurrency <n>', 'closed loop: requests in flight', positive, 1)
    .option('--duration <time>', 'how long to send, like 10s or 500ms', duration, 10_000)
    .option('--warmup <time>', 'closed loop first, not counted', duration, 1000)
    .option('--seed <n>', 'of the arrivals', positive, 1)
    .addOption(new Option('--form <form>', 'how tensors travel').choices(['json', 'binary']).default('binary'))
    .option('--rows <n>', 'rows of each request when no values are given', positive, 1)
    .action((pipeline: string, values: string[], options: CommonOptions & LoadFlags) =>
      run(loadCommand, { ...options, pipeline, values, durationMs: options.duration, warmupMs: options.warmup }));

  program.addHelpText('after', '\nExit codes: 0 done, 1 what was asked for failed, 2 wrong usage or invalid file, 3 no server answered, 130 interrupted.');

  return {
    async run(argv) {
      try {
        await program.parseAsync([...argv], { from: 'user' });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      }
      return exit;
    },
  };
}

interface LoadFlags {
  readonly url: string;
  readonly rate?: number;
  readonly arrivals: 'constant' | 'poisson';
  readonly concurrency: number;
  readonly duration: number;
  readonly warmup: number;
  readonly seed: number;
  readonly form: 'json' | 'binary';
  readonly rows: number;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`"${text}" is not a number above 0.`);
  return value;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new InvalidArgumentError(`"${text}" is not a time like 500ms, 10s or 2m.`);
  return Number(match[1]) * unit;
}
