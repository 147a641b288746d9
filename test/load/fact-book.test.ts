import { expect, test } from 'vitest';
import { FactBook } from '../../load-tests/run/fact-book.ts';

const abandoned = { sessionId: 'somebody' };

test('what is waited for is heard when it is told', async () => {
  const book = new FactBook();
  const heard = book.next('abandoned', ({ sessionId }) => sessionId === 'somebody', new AbortController().signal);
  book.tell('abandoned', { sessionId: 'another' });
  book.tell('abandoned', abandoned);
  await expect(heard).resolves.toEqual(abandoned);
  expect(book.of('abandoned')).toHaveLength(2);
});

test('nobody waits any longer than k6 runs, nor for a k6 that has ended already', async () => {
  const ended = new AbortController();
  const heard = new FactBook().next('abandoned', () => true, ended.signal);
  ended.abort();
  await expect(heard).rejects.toThrow('nothing was heard of the abandoned');
  await expect(new FactBook().next('abandoned', () => true, ended.signal)).rejects.toThrow('nothing was heard');
});
