import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { isAboutOrder, orderFits } from './answer-fit.ts';
import { claim } from './claims.ts';
import { latency, refused, serverFaults, surprises, transportFaults } from './metrics.ts';
import { plan } from './plan.ts';
import { reportRefusal } from './refused.ts';
import { reportOrder } from './report-order.ts';
import type { InputOf } from '../../src/contract/inputs/inputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { OutputOf, Path } from '../../src/contract/outputs/outputs.ts';
import type { Reason } from '../../src/contract/calls/wire-refusals.ts';
import { isQuery } from './words.ts';
import { measureNoop } from './yardstick.ts';

export interface Refused {
  ok: false;
  /** `no_answer`: no response, or one that the contract does not allow. */
  reason: Reason | 'no_answer';
  status: number;
  meta: Record<string, unknown>;
  ms: number;
}

export type Answer<T> = { ok: true; value: T; status: number; ms: number } | Refused;

export type Headers = Record<string, string>;

interface Envelope {
  result?: { data: { json: unknown } };
  error?: { json: { data: { reason: Reason; meta: Record<string, unknown> } } };
}

const TIMEOUT = '30s';
const LOGGED_MAX = 3;
const expected = new Set<string>();
let keys = 0;
let logged = 0;

/**
 * Declares the refusals that the scenario expects. All others count as surprises. Call it once, at the top of a
 * script.
 */
export function expectRefusals(...reasons: Reason[]): void {
  for (const reason of reasons) expected.add(reason);
}

/** Returns an idempotency key that is unique in this run. */
export function newKey(): string {
  keys += 1;
  return `${plan.run}-${exec.vu.idInTest}-${keys}`;
}

/** A call that is ready to be sent. Its headers name the caller. */
export interface Call<P extends Path> {
  path: P;
  input: InputOf<P>;
  headers: Headers;
}

/** Calls a procedure, records its latency and outcome, and reports its order to the order oracle. */
export function ask<P extends Path>(call: Call<P>): Answer<OutputOf<P>> {
  const { method, url, body, params } = requestOf(call);
  const answer = taken(call, http.request(method, url, body, params));
  measureNoop();
  return answer;
}

/** Sends all calls at the same moment, each on its own connection. Returns the answers in the order of the calls. */
export function together<P extends Path>(calls: readonly Call<P>[]): Answer<OutputOf<P>>[] {
  const responses = http.batch(calls.map(requestOf)) as RefinedResponse<'text'>[];
  return calls.map((call, at) => taken(call, responses[at] as RefinedResponse<'text'>));
}

function taken<P extends Path>(call: Call<P>, response: RefinedResponse<'text'>): Answer<OutputOf<P>> {
  const { path, input } = call;
  const answer = read<OutputOf<P>>(response);
  latency[path].add(answer.ms);
  if (!answer.ok) {
    count(path, answer);
    if (answer.reason === 'insufficient_stock') reportRefusal(answer.meta);
  } else if (isAboutOrder(path)) {
    const order = answer.value as Order;
    claim('the order is the answer to the call', orderFits(path, input, order), () => ({ path, input, order }));
    if (SALES.has(path)) reportOrder(order, checkoutOf(call));
  }
  return answer;
}

/** Procedures that create or sell an order. */
const SALES: ReadonlySet<Path> = new Set(['checkout.place', 'checkout.begin', 'checkout.confirm']);

/**
 * Returns the identity of a checkout, which is the same for every retry; empty for a payment, which names its order.
 */
function checkoutOf({ path, input, headers }: Call<Path>): string {
  if (path === 'checkout.confirm') return '';
  return `${headers['x-session-id']} ${(input as { idempotencyKey: string }).idempotencyKey}`;
}

function requestOf({ path, input, headers }: Call<Path>) {
  const params = { headers, tags: { name: path }, timeout: TIMEOUT, responseType: 'text' as const };
  const url = `${plan.url}/trpc/${path}`;
  if (isQuery(path)) {
    const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
    return { method: 'GET' as const, url: url + search, body: null, params };
  }
  const sent = { ...params, headers: { ...headers, 'content-type': 'application/json' } };
  return { method: 'POST' as const, url, body: JSON.stringify({ json: input ?? null }), params: sent };
}

function read<T>({ status, body, timings: { duration: ms } }: RefinedResponse<'text'>): Answer<T> {
  const { result, error } = envelopeOf(body);
  if (result) return { ok: true, value: result.data.json as T, status, ms };
  const data = error?.json.data;
  return { ok: false, reason: data?.reason ?? 'no_answer', status, meta: data?.meta ?? {}, ms };
}

function envelopeOf(body: string | null): Envelope {
  try {
    return JSON.parse(body ?? '') as Envelope;
  } catch {
    return {};
  }
}

function count(path: Path, { reason, status, meta }: Refused): void {
  if (reason === 'no_answer') transportFaults.add(1);
  else refused[reason].add(1);
  if (status >= 500) serverFaults.add(1);
  if (reason === 'no_answer' || expected.has(reason)) return;
  surprises.add(1);
  logged += 1;
  if (logged <= LOGGED_MAX) console.error(`${path} was refused: ${status} ${reason} ${JSON.stringify(meta)}`);
}
