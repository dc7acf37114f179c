import { describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.ts';

/** A queue whose turns end when the test says so, and that remembers what each transaction did. */
function openQueue(): { queue: GroupCommit; endTurn: () => void; transactions: string[][]; failNext: (error: Error) => void } {
  const turns: (() => void)[] = [];
  const transactions: string[][] = [];
  let failure: Error | undefined;
  const queue = new GroupCommit(
    (body) => {
      transactions.push([]);
      body();
      if (failure === undefined) return;
      const error = failure;
      failure = undefined;
      throw error;
    },
    (call) => turns.push(call),
  );
  return { queue, transactions, endTurn: () => turns.splice(0).forEach((turn) => turn()), failNext: (error) => (failure = error) };
}

describe('group commit', () => {
  it('puts the writes of one turn into one transaction, in order, and gives each its own result', async () => {
    const { queue, endTurn, transactions } = openQueue();
    const write = (name: string): Promise<string> =>
      queue.write(() => {
        transactions.at(-1)?.push(name);
        return `${name}!`;
      });
    const writes = [write('a'), write('b')];
    expect(transactions).toEqual([]);
    endTurn();
    writes.push(write('c'));
    endTurn();
    expect(await Promise.all(writes)).toEqual(['a!', 'b!', 'c!']);
    expect(transactions).toEqual([['a', 'b'], ['c']]);
  });

  it('settles nothing before the commit', async () => {
    const { queue, endTurn } = openQueue();
    let settled = false;
    const write = queue.write(() => undefined).then(() => (settled = true));
    await Promise.resolve();
    expect(settled).toBe(false);
    endTurn();
    await write;
    expect(settled).toBe(true);
  });

  it('rejects every write of a transaction that fails, and goes on with the next', async () => {
    const { queue, endTurn, failNext } = openQueue();
    failNext(new Error('disk full'));
    const writes = Promise.allSettled([queue.write(() => 1), queue.write(() => 2)]);
    endTurn();
    expect((await writes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = queue.write(() => 3);
    endTurn();
    expect(await next).toBe(3);
  });

  it('rejects all when one operation throws', async () => {
    const { queue, endTurn } = openQueue();
    const writes = Promise.allSettled([
      queue.write(() => 1),
      queue.write(() => {
        throw new Error('bad row');
      }),
    ]);
    endTurn();
    expect((await writes).map((write) => write.status === 'rejected' && String(write.reason))).toEqual(['Error: bad row', 'Error: bad row']);
  });

  it('commits what waits when it is flushed, and nothing again when the turn ends', async () => {
    const { queue, endTurn, transactions } = openQueue();
    const write = queue.write(() => 'x');
    queue.flush();
    expect(await write).toBe('x');
    endTurn();
    expect(transactions).toHaveLength(1);
  });
});
