// What npm does with a script: runs it in a shell on this terminal, passes SIGTERM on to that shell, ends with its exit code.
import { spawn } from 'node:child_process';

const shell = spawn('sh', ['-c', process.argv[2]], { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } });
process.on('SIGTERM', () => shell.kill('SIGTERM'));
shell.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 143 : 1)));
