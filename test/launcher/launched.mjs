// Stands for the server in launcher.spec.ts: says its process id, drains when told to stop, ends with the exit code 7.
process.on('SIGTERM', () => {
  process.stdout.write('drained\n');
  process.exit(7);
});
setInterval(() => {}, 1000);
process.stdout.write(`pid ${process.pid}\n`);
