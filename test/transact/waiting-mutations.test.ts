import { expect, test } from 'vitest';
import { Overloaded } from '../../src/actor/batcher-errors.ts';
import { ok } from '../../src/contract/calls/call.ts';
import type { MutationSpec } from '../../src/transact/mutation.ts';
import { receive } from '../support/transactions.ts';
import { composed, endOf, mutation, transactorBench, unread, UNITS } from '../support/transactor-bench.ts';

/** A transactor whose store applies nothing until `open`, one batch at a time. */
async function gated(batcherLimits: object) {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const bench = await transactorBench({ batcherLimits: { batchesInFlightMax: 1, ...batcherLimits } });
  bench.hooks.beforeApply = () => gate;
  const first = bench.transactor.run(unread());
  await new Promise((resolve) => setImmediate(resolve));
  const ends = async (mutations: readonly MutationSpec<string>[]): Promise<unknown[]> => {
    const calls = mutations.map((one) => endOf(bench.transactor.run(one)));
    open();
    return Promise.all([...calls, first.then(() => 'first')]);
  };
  return { ...bench, ends };
}

test('a call that needs no read is composed when it leaves its mailbox, and after a read if it cannot be', async () => {
  const foreseen: unknown[] = [];
  const { transactor, onHand } = await transactorBench({
    storeWith: { foresee: (needs) => void foreseen.push(needs) },
  });
  const reads: boolean[] = [];
  const waiting = (compose: MutationSpec<string>['compose'], place: { address?: null; stock?: string } = {}) =>
    mutation({
      unread: () => ({ address: 'A', steps: 1, ...place }),
      compose: (view, ...given) => {
        reads.push(view.stock.length > 0);
        return compose(view, ...given);
      },
    });
  const received = () => composed(receive('A', 1));
  expect(await transactor.run(waiting(received, { stock: 'A@shed' }))).toEqual(ok('done A'));
  expect([reads.splice(0), foreseen.splice(0)]).toEqual([[false], [[{ sku: 'A@shed' }]]]);
  const needsRead = waiting(({ stock }) => (stock[0] ? received() : { refusal: { reason: 'conflict', meta: {} } }));
  const answers = [needsRead, waiting(received), waiting(received, { address: null })].map((one) =>
    transactor.run(one),
  );
  expect(await Promise.all(answers)).toEqual([ok('done A'), ok('done A'), ok('done A')]);
  expect(foreseen).toEqual([[{ sku: 'A' }], [{ sku: 'A' }], [receive('A', 1)]]);
  const bug = new TypeError('a bug');
  const broken = waiting(() => {
    throw bug;
  });
  await expect(transactor.run(broken)).rejects.toBe(bug);
  expect(await onHand()).toBe(UNITS + 4);
});

test('calls that wait uncomposed count 160 bytes a step in their queue', async () => {
  const { ends } = await gated({ queueBytesMax: 640 });
  const twoSteps = unread({ unread: () => ({ address: 'A', steps: 2 }) });
  const found = await ends([twoSteps, twoSteps, twoSteps]);
  const full = { queue: 'all mailboxes', unit: 'bytes', waiting: 640, limit: 640 } as const;
  expect(found).toEqual(['done A', 'done A', new Overloaded(full), 'first']);
});

test.each([
  ['uncomposed', unread],
  ['composed', mutation],
])('a client with many calls that wait %s leaves room for others in a mailbox', async (_, spec) => {
  const { ends } = await gated({ mailboxItemsMax: 140, mailboxPartyMax: 70 });
  const { caller } = mutation().call;
  const of = (client: string | undefined, connection = { destroyed: false }) =>
    spec({ call: { caller: { ...caller, client, connection } } });
  const socket = { destroyed: false };
  const calls = [
    ...Array.from({ length: 71 }, () => of('clt_1')),
    of('clt_2'),
    ...Array.from({ length: 66 }, () => of(undefined, socket)),
    of(undefined),
  ];
  const found = await ends(calls);
  const refused = found.flatMap((end, index) => (end instanceof Overloaded ? [[index, end.full?.queue]] : []));
  expect(refused).toEqual([[70, "party's share of a mailbox"]]);
});

test('a call that finds one of its locks overloaded releases the locks that it holds, and no others', async () => {
  const { transactor, hooks, onHand } = await transactorBench();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  hooks.beforeApply = () => gate;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const locked = Array.from({ length: 64 }, () => transactor.run(unread({ lockKeys: 'b' })));
  await expect(transactor.run(unread({ lockKeys: ['a', 'b'] }))).rejects.toThrow(Overloaded);
  await turn();
  expect(transactor.stats()).toMatchObject({ mailboxItems: 0, inFlightItems: 1 });
  const free = transactor.run(unread({ lockKeys: 'a' }));
  await turn();
  expect(transactor.stats()).toMatchObject({ mailboxItems: 0, inFlightItems: 2 });
  open();
  await Promise.all([...locked, free]);
  expect(await onHand()).toBe(UNITS + 65);
});
