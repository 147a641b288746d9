import { expect, test } from 'vitest';
import { WrongKeyLog } from '../../src/http/admission/wrong-key-log.ts';
import { poll } from '../support/poll.ts';

function watched(windowMs: number) {
  const [lines, events]: [object[], unknown[]] = [[], []];
  const wrong = new WrongKeyLog({
    log: { warn: (fields: object) => void lines.push(fields) } as never,
    clients: { of: () => 'clt_x', addressOf: ({ headers }) => String(headers['x-forwarded-for']) },
    record: async (client, count) => void events.push([client, count]),
    windowMs,
  });
  const note = (address: string): void => wrong.note({ headers: { 'x-forwarded-for': address } } as never);
  return { wrong, note, lines, events };
}

test('further wrong keys of a client are counted, and reported at the end of the minute', async () => {
  const { wrong, note, lines, events } = watched(50);
  for (let n = 0; n < 3_000; n += 1) note('203.0.113.9');
  expect(lines).toEqual([{ client: '203.0.113.9', count: 1 }]);
  await poll(() => lines.length > 1, { timeoutMs: 20_000 });
  expect(lines).toEqual([
    { client: '203.0.113.9', count: 1 },
    { client: '203.0.113.9', count: 2_999 },
  ]);
  expect(events).toEqual([
    ['clt_x', 1],
    ['clt_x', 2_999],
  ]);
  wrong.close();
});

test('an attack from many addresses is reported as a few clients', () => {
  const { wrong, note, lines, events } = watched(60_000);
  for (let n = 0; n < 3_000; n += 1) note(`203.0.113.${n}`);
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toEqual({ client: 'others', count: 1 });
  expect(events).toHaveLength(11);
  wrong.close();
  expect(lines.at(-1)).toEqual({ client: 'others', count: 2_989 });
});
