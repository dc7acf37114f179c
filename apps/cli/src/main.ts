#!/usr/bin/env node
import { createProgram } from './program.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

process.exitCode = await createProgram(interrupted.signal).run(process.argv.slice(2));
