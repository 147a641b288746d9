import exec from 'k6/execution';
import http from 'k6/http';
import { plan } from './plan.ts';
import type { FactKind, Facts } from './words.ts';

/** Reports a fact to the runner, which judges it afterwards or waits for it in `during`. */
export function recordFact<K extends FactKind>(kind: K, fact: Facts[K]): void {
  const { status, error } = http.post(`${plan.tillUrl}facts/${kind}`, JSON.stringify(fact), { tags: { name: 'till' } });
  if (status !== 200) exec.test.abort(`the runner did not accept the fact "${kind}": ${status} ${error}`);
}
