/** Group commit: operations of one event-loop turn are handed to `flush` together; each caller's promise settles with its own result. */
export function grouped(flush) {
  let waiting = [];
  const run = () => {
    const group = waiting;
    waiting = [];
    flush(group);
  };
  return (operation) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(run);
      waiting.push({ operation, resolve, reject });
    });
}
