import { Command, CommanderError, Option } from 'commander';
import type { ErrorCode } from '#common/errors';
import { isAppError } from '#common/errors';
import { isUnreachable } from './client/unreachable.ts';
import type { CommandBody } from './commands/command.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { durationMs, positive, serverUrl, wholeFromOne, wholeFromZero } from './option-values.ts';
import { createConsole, paint } from './output/console.ts';
import { settingsHelp } from './up/settings-help.ts';
import { VERSION } from './version.ts';

/** Imported only when run: a server starts sooner without the packages of the clients, and a client without those of the server. */
const COMMANDS = {
  graph: async () => (await import('./commands/graph.command.ts')).graphCommand,
  infer: async () => (await import('./commands/infer.command.ts')).inferCommand,
  init: async () => (await import('./commands/init.command.ts')).initCommand,
  load: async () => (await import('./commands/load.command.ts')).loadCommand,
  up: async () => (await import('./commands/up.command.ts')).upCommand,
  validate: async () => (await import('./commands/validate.command.ts')).validateCommand,
} as const;

const DEFAULT_URL = 'http://127.0.0.1:8080';

interface CommonOptions {
  readonly json?: boolean;
}

/** The command line: options and help here, the work in `commands/`. `run` never throws; it answers the exit code. */
export function createProgram(signal: AbortSignal): { run(argv: readonly string[]): Promise<ExitCode> } {
  let exit: ExitCode = EXIT.ok;
  const program = new Command('millrace').description('Inference pipelines: one YAML, a DAG of real models.').version(VERSION, '-v, --version', 'print the version').exitOverride().showHelpAfterError('(run with --help to see every option)');

  /** Turns a command body into a commander action: options in, exit code out, errors in words. */
  const run = async <Options>(load: () => Promise<CommandBody<Options>>, options: Options & CommonOptions): Promise<void> => {
    const console = createConsole({ json: options.json === true });
    try {
      const body = await load();
      exit = await body(options, { console, signal });
    } catch (error) {
      const failure = describeFailure(error, (options as { readonly url?: string }).url);
      exit = failure.exit;
      console.data({ ok: false, code: failure.code, message: failure.message });
      console.complain(`${paint('red', failure.code, process.stderr)}  ${failure.message}`);
    }
  };

  const command = (nameAndArguments: string, description: string): Command =>
    program.command(nameAndArguments).description(description).option('--json', 'machine output: one JSON document on stdout').exitOverride();
  const url = new Option('--url <url>', 'server to talk to').argParser(serverUrl).default(DEFAULT_URL);

  command('up', 'serve the pipelines of a folder in this process (embedded engine); settings are MILLRACE_* variables')
    .showHelpAfterError('(settings are environment variables, as in MILLRACE_HTTP_PORT=9000 npm start; run with --help to see them all)')
    .addHelpText('after', `\n${settingsHelp()}`)
    .action((options: CommonOptions) => run(COMMANDS.up, options));

  command('validate [paths...]', 'check pipeline files or folders of them (default: pipelines); lists every problem with its place')
    .action((paths: string[], options: CommonOptions) => run(COMMANDS.validate, { ...options, paths: paths.length > 0 ? paths : ['pipelines'] }));

  command('graph <file>', 'show the compiled DAG of a pipeline file')
    .option('--mermaid', 'as a Mermaid flowchart')
    .action((file: string, options: CommonOptions & { mermaid?: boolean }) => run(COMMANDS.graph, { ...options, file }));

  command('init <model>', "write a working pipeline file from an ONNX model's own inputs and outputs")
    .option('--name <name>', 'name of the pipeline (default: from the file name)')
    .option('--folder <folder>', 'pipelines folder to write to', 'pipelines')
    .action((model: string, options: CommonOptions & { name?: string; folder: string }) => run(COMMANDS.init, { ...options, model }));

  command('infer <pipeline> [values...]', 'call a pipeline once: name=@file or name=value for each input')
    .addOption(url)
    .addHelpText('after', INFER_EXAMPLES)
    .action((pipeline: string, values: string[], options: CommonOptions & { url: string }) => run(COMMANDS.infer, { ...options, pipeline, values }));

  command('load <pipeline> [values...]', 'measure a running server: open loop with --rate, else closed loop with --concurrency; inputs without values are zeros')
    .addOption(url)
    .option('--rate <per-second>', 'open loop: requests are sent on schedule, latency counts from the intended time', positive)
    .addOption(new Option('--arrivals <kind>', 'spacing of an open loop').choices(['constant', 'poisson']).default('poisson'))
    .option('--concurrency <n>', 'closed loop: requests in flight', wholeFromOne, 1)
    .addOption(new Option('--duration <time>', 'how long to send, like 10s or 500ms').argParser(durationMs).default(10_000, '10s'))
    .addOption(new Option('--warmup <time>', 'closed loop first, not counted').argParser(durationMs).default(1000, '1s'))
    .option('--seed <n>', 'of the arrivals', wholeFromZero, 1)
    .addOption(new Option('--form <form>', 'how tensors travel').choices(['json', 'binary']).default('binary'))
    .option('--rows <n>', 'rows of each request when no values are given', wholeFromOne, 1)
    .action((pipeline: string, values: string[], options: CommonOptions & LoadFlags) =>
      run(COMMANDS.load, { ...options, pipeline, values, durationMs: options.duration, warmupMs: options.warmup }));

  program.addHelpText('after', '\nExit codes: 0 done, 1 what was asked for failed, 2 wrong usage or invalid file, 3 no server answered, 130 interrupted.');

  return {
    async run(argv) {
      try {
        await program.parseAsync([...argv], { from: 'user' });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        if (error.exitCode === 0) return EXIT.ok;
        createConsole({ json: argv.includes('--json') }).data({ ok: false, code: 'USAGE', message: error.message.replace(/^error: /, '') });
        return EXIT.usage;
      }
      return exit;
    },
  };
}

const INFER_EXAMPLES = `
Values: for BYTES the text itself or @file (its bytes); for numbers JSON like [1,2,3] (nested or flat) or @file.json,
which may also be a whole infer request.

Examples:
  infer ocr image=@pipelines/samples/ocr/receipt-cafe.png
  infer digits pixels=@pipelines/samples/digits/digit-7.json --json`;

interface Failure {
  readonly exit: ExitCode;
  readonly code: ErrorCode | 'UNREACHABLE';
  readonly message: string;
}

function describeFailure(error: unknown, url: string | undefined): Failure {
  if (isUnreachable(error)) {
    return { exit: EXIT.unreachable, code: 'UNREACHABLE', message: `No server answered${url === undefined ? '' : ` at ${url}`}. Start one with "npm start", or name another with --url.` };
  }
  if (isAppError(error)) return { exit: error.kind === 'user' ? EXIT.usage : EXIT.failed, code: error.code, message: error.message };
  // A fault of the program itself: whoever reports it needs the stack.
  return { exit: EXIT.failed, code: 'INTERNAL', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
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
