import exec from 'k6/execution';
import http from 'k6/http';
import { plan } from './plan.ts';
import type { FactKind, Facts } from './words.ts';

/** Tells the runner of something that is to be judged afterwards, or that `during` waits for. */
export function tell<K extends FactKind>(kind: K, fact: Facts[K]): void {
  const { status, error } = http.post(`${plan.tillUrl}facts/${kind}`, JSON.stringify(fact), { tags: { name: 'till' } });
  if (status !== 200) exec.test.abort(`the runner does not hear of a ${kind}: ${status} ${error}`);
}
