import { expect, test } from 'vitest';
import { EventLog } from '../../load-tests/run/toolkit/event-log.ts';

const abandoned = { sessionId: 'somebody' };

test('next resolves with the first matching event', async () => {
  const log = new EventLog();
  const next = log.next('abandoned', ({ sessionId }) => sessionId === 'somebody', new AbortController().signal);
  log.record('abandoned', { sessionId: 'another' });
  log.record('abandoned', abandoned);
  await expect(next).resolves.toEqual(abandoned);
  expect(log.of('abandoned')).toHaveLength(2);
});

test('next rejects when k6 ends, and at once if k6 has ended already', async () => {
  const ended = new AbortController();
  const next = new EventLog().next('abandoned', () => true, ended.signal);
  ended.abort();
  await expect(next).rejects.toThrow('the run ended before the event "abandoned"');
  await expect(new EventLog().next('abandoned', () => true, ended.signal)).rejects.toThrow('the run ended before');
});
