import { expect, test } from 'vitest';
import { FactBook } from '../../load-tests/run/toolkit/fact-book.ts';

const abandoned = { sessionId: 'somebody' };

test('next resolves with the fact that it waits for', async () => {
  const book = new FactBook();
  const next = book.next('abandoned', ({ sessionId }) => sessionId === 'somebody', new AbortController().signal);
  book.record('abandoned', { sessionId: 'another' });
  book.record('abandoned', abandoned);
  await expect(next).resolves.toEqual(abandoned);
  expect(book.of('abandoned')).toHaveLength(2);
});

test('nobody waits any longer than k6 runs, nor for a k6 that has ended already', async () => {
  const ended = new AbortController();
  const next = new FactBook().next('abandoned', () => true, ended.signal);
  ended.abort();
  await expect(next).rejects.toThrow('the run ended before the fact "abandoned"');
  await expect(new FactBook().next('abandoned', () => true, ended.signal)).rejects.toThrow('the run ended before');
});
