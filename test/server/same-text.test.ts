import { beforeAll, describe, expect, test } from 'vitest';
import { REST_PATHS } from '../../src/contract/rest-paths.ts';
import { type Reason, WIRE } from '../../src/contract/wire-refusals.ts';
import { type Ask, askForEverything, LINE_QUANTITY_MAX } from '../support/answer-script.ts';
import { type Engine, engines, memoryEngine } from '../support/engines.ts';
import { call } from '../support/rest-caller.ts';
import { type Credentials, startShop } from '../support/shop-server.ts';
import { START } from '../support/transactions.ts';

/** The same run on each store and over each wire returns the same text, so that a client cannot distinguish them. */

interface Answered {
  procedure: string;
  reason: Reason | null;
  text: string;
}

interface Given {
  /** Null for an answer that is not a refusal. */
  refusal: { reason: Reason; meta: unknown } | null;
  value: unknown;
}
type Wire = (url: string, procedure: string, input: Record<string, unknown>, who: Credentials) => Promise<Given>;

const overRest: Wire = async (url, procedure, input, who) => {
  const { body, error } = await call(url, procedure, input, who);
  return { refusal: error ? { reason: error.reason, meta: error.meta } : null, value: body };
};

/** Replaces what differs between shops: generated ids and secrets, and numbers that count sweeps. */
const comparable = (text: string): string =>
  text
    .replaceAll(/\b(hld|ord|whk|key)_[\w-]{19}/g, '$1')
    .replaceAll(/\bhf_live_[\w-]{43}/g, 'hf_live')
    .replaceAll(/\bses_[\w-]{22}(?:\.[\w-]+)+","expiresAt":\d+,"subject":"[\w-]{22}/g, 'ses","expiresAt')
    .replaceAll(/whsec_[\w+/=]+/g, 'whsec')
    .replaceAll(/(?:"at":\d+,)?"until":\d+/g, '"until"')
    .replaceAll(/"version":\d+/g, '"version"')
    .replaceAll(/"movementId":"[^"]+"/g, '"movementId"')
    .replaceAll(/"nextCursor":"[^"]+"/g, '"nextCursor"');

async function answersOf(engine: Engine, wire: 'trpc' | 'rest'): Promise<Answered[]> {
  const clock = { now: START };
  await using opened = await engine.open(clock);
  await using shop = await startShop({ LINE_QUANTITY_MAX: String(LINE_QUANTITY_MAX) }, opened.store);
  const overTrpc: Wire = async (_, procedure, input, who) => {
    const list = procedure === 'stock.availability' ? { skus: String(input['skus']).split(',') } : input;
    const isQuery = REST_PATHS[procedure]?.method === 'GET';
    const { data, error } = await (isQuery ? shop.query(procedure, list, who) : shop.mutate(procedure, list, who));
    const { reason, meta } = error?.data ?? {};
    return { refusal: error ? { reason: reason as Reason, meta } : null, value: data };
  };
  const send = wire === 'rest' ? overRest : overTrpc;
  const answers: Answered[] = [];
  const ask: Ask = async (procedure, input = {}, who = {}) => {
    const { refusal, value } = await send(shop.url, procedure, input, who);
    const text = comparable(JSON.stringify(refusal ?? value));
    answers.push({ procedure, reason: refusal?.reason ?? null, text });
    return refusal ? undefined : (value as Awaited<ReturnType<Ask>>);
  };
  await askForEverything(ask, (ms) => {
    clock.now += ms;
  });
  return answers;
}

/** Refusals that do not depend on a store, one for a cart of 101 lines, and one that needs a race. */
const UNPROVOKED: Reason[] = [
  'cart_full',
  'conflict',
  'internal',
  'method_not_allowed',
  'not_found',
  'outcome_unknown',
  'overloaded',
  'payload_too_large',
  'rate_limited',
  'store_regressed',
  'store_unavailable',
  'unsupported_media_type',
];

describe('the text of answers', () => {
  let expected: Answered[] = [];
  beforeAll(async () => {
    expected = await answersOf(memoryEngine, 'trpc');
  });

  test('has every procedure, and every refusal that it can provoke', () => {
    const answered = new Set(expected.flatMap(({ procedure, reason }) => (reason === null ? [procedure] : [])));
    const unanswered = Object.keys(REST_PATHS).filter((procedure) => !answered.has(procedure));
    expect(unanswered).toEqual(['admin.recover']);
    const refused = new Set(expected.map(({ reason }) => reason));
    expect((Object.keys(WIRE) as Reason[]).filter((reason) => !refused.has(reason)).sort()).toEqual(UNPROVOKED);
  });

  const runs = engines.flatMap((engine) =>
    (['trpc', 'rest'] as const).map((wire) => ({ name: engine.name, engine, wire })),
  );
  test.each(runs)('is the same on $name over $wire', async ({ engine, wire }) => {
    await engine.start();
    try {
      expect(await answersOf(engine, wire)).toEqual(expected);
    } finally {
      await engine.stop();
    }
  });
});
