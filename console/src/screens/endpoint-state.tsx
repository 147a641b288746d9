import type { Outputs } from '../../../src/client/client.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { DETAIL } from '../detail-text.ts';

export type Endpoint = Outputs['webhooks']['list']['items'][number];

const { webhooks } = DETAIL;

interface EndpointState {
  word: string;
  tone: Tone;
  /** Why, as sentences; empty if all is well. */
  why: readonly string[];
}

/** Returns how an endpoint does, in a word, and why. */
export function stateOf({
  enabled,
  disabledReason = 'operator',
  waiting,
  deadLetters,
  problems,
}: Endpoint): EndpointState {
  const causes = problems.map(({ lastStatus }) => `${webhooks.status(lastStatus)}: ${webhooks.reasonOf(lastStatus)}`);
  if (!enabled)
    return { word: webhooks.states.off, tone: 'danger', why: [webhooks.offReasons[disabledReason], ...causes] };
  if (causes.length > 0) return { word: webhooks.states.failing, tone: 'danger', why: causes };
  if (waiting + deadLetters > 0) return { word: webhooks.states.late, tone: 'warn', why: [webhooks.replayed] };
  return { word: webhooks.states.delivering, tone: 'ok', why: [] };
}

/** The endpoints with a problem first, those with the most undelivered events before others. */
export const byTrouble = (endpoints: readonly Endpoint[]): Endpoint[] =>
  endpoints.toSorted((a, b) => troubleOf(b) - troubleOf(a));

const troubleOf = (endpoint: Endpoint): number => {
  const { tone } = stateOf(endpoint);
  return (tone === 'danger' ? 1e6 : tone === 'warn' ? 1e3 : 0) + endpoint.waiting + endpoint.deadLetters;
};

export function StateBadge({ endpoint }: { endpoint: Endpoint }) {
  const { word, tone } = stateOf(endpoint);
  return <Badge tone={tone}>{word}</Badge>;
}
