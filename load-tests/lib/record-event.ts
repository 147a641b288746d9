import exec from 'k6/execution';
import http from 'k6/http';
import { plan } from './plan.ts';
import type { EventKind, Events } from './words.ts';

/** Reports an event to the runner, which checks it afterwards or waits for it in `during`. */
export function recordEvent<K extends EventKind>(kind: K, event: Events[K]): void {
  const { status, error } = http.post(`${plan.oracleUrl}events/${kind}`, JSON.stringify(event), {
    tags: { name: 'order-oracle' },
  });
  if (status !== 200) exec.test.abort(`the runner did not accept the event "${kind}": ${status} ${error}`);
}
