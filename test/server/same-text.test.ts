import { beforeAll, describe, expect, test } from 'vitest';
import { REST_PATHS } from '../../src/contract/rest-paths.ts';
import { type Reason, WIRE } from '../../src/contract/calls/wire-refusals.ts';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { settingsOf } from '../../src/server/settings/configured-settings.ts';
import { CONFIG_SCHEMA } from '../../src/server/settings/settings-table.ts';
import type { Store } from '../../src/store/store.ts';
import { type Ask, askForEverything, LINE_QUANTITY_MAX } from '../support/answer-script.ts';
import { comparable } from '../support/comparable-text.ts';
import { type Engine, engines, memoryEngine } from '../support/engines.ts';
import { openHandlerShop, ORIGIN } from '../support/handler-shop.ts';
import { call } from '../support/rest-caller.ts';
import { callsOver, type Credentials, startShop } from '../support/shop-server.ts';
import { START } from '../support/transactions.ts';

/**
 * The same run on each store, over each wire and from a handler in process returns the same text, so that a client
 * cannot distinguish them.
 */

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

/** The sides that are compared: a server over each wire, and a handler in process. */
type Side = 'trpc' | 'rest' | 'handler';

const ENV = { LINE_QUANTITY_MAX: String(LINE_QUANTITY_MAX), SELL_AT: 'dispatch' };

function openShop(store: Store) {
  const settings = settingsOf(CONFIG_SCHEMA.parse(ENV));
  const shop = openHandlerShop(
    {},
    { store, settings, webhooks: { sender: createHttpSender({ allowPrivate: false }) } },
  );
  return { url: ORIGIN, ...callsOver(shop.fetch), [Symbol.asyncDispose]: shop[Symbol.asyncDispose] };
}

async function answersOf(engine: Engine, side: Side): Promise<Answered[]> {
  const clock = { now: START };
  await using opened = await engine.open(clock);
  await using shop = side === 'handler' ? openShop(opened.store) : await startShop(ENV, opened.store);
  const overTrpc: Wire = async (_, procedure, input, who) => {
    const list = procedure === 'stock.availability' ? { skus: String(input['skus']).split(',') } : input;
    const isQuery = REST_PATHS[procedure]?.method === 'GET';
    const { data, error } = await (isQuery ? shop.query(procedure, list, who) : shop.mutate(procedure, list, who));
    const { reason, meta } = error?.data ?? {};
    return { refusal: error ? { reason: reason as Reason, meta } : null, value: data };
  };
  const send = side === 'rest' ? overRest : overTrpc;
  const { url } = shop;
  const answers: Answered[] = [];
  const ask: Ask = async (procedure, input = {}, who = {}) => {
    const { refusal, value } = await send(url, procedure, input, who);
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
  'shop_suspended',
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
    // A status is that of a process, and each store has a shop of another name. This process serves one shop.
    const shops = ['shops.create', 'shops.list', 'shops.resume', 'shops.suspend'];
    expect(unanswered.sort()).toEqual(['admin.recover', 'admin.status', ...shops]);
    const refused = new Set(expected.map(({ reason }) => reason));
    expect((Object.keys(WIRE) as Reason[]).filter((reason) => !refused.has(reason)).sort()).toEqual(UNPROVOKED);
  });

  test('is the same from a handler in process', async () => {
    expect(await answersOf(memoryEngine, 'handler')).toEqual(expected);
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
