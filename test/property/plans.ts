import * as fc from 'fast-check';
import { DURATION_MS_MAX, INTEGER_MAX, ON_HAND_UNITS_MAX } from '../../src/domain/limits.ts';
import { DOCUMENT_LISTS } from '../../src/domain/records.ts';
import { forEachSetting, type Setting, SKU_SETTINGS } from '../../src/domain/sku-settings.ts';
import type { ConfigureStep } from '../../src/domain/steps.ts';

/**
 * The plans of steps that fast-check draws. There are few SKUs and holds, so that plans collide. A plan refers to
 * records by position ("the third live hold") and never by id, so that it stays valid when earlier plans are removed
 * by shrinking. `resolve.ts` turns it into steps.
 */

/**
 * `A@b` is the stock of A at another location. The limits and caps of both count together. K and `L@b` are kits, whose
 * components are also sold alone. Steps without a kit may name them before and after they are kits.
 */
export const SKUS = ['A', 'B', 'C', 'D', 'A@b', 'K', 'L@b'] as const;
const componentsOf = (units: Record<string, number>): string =>
  JSON.stringify(Object.entries(units).map(([sku, quantity]) => ({ sku, quantity })));
export const KITS = { K: componentsOf({ A: 2, B: 1 }), 'L@b': componentsOf({ A: 1 }) } as const;
/** The customer of an anonymous session is its cart. The third customer is one that an operator has named. */
export const CUSTOMERS = ['cart:1', 'cart:2', 'customer:3'] as const;
export const OWNERS = ['cart:1', 'cart:2', 'order:1'] as const;
export const DOCUMENTS = ['cart:1', 'cart:2', 'order:1', 'order:2'] as const;

export type HoldPick = { live: number } | { known: number } | 'newest' | 'unknown';
export type Claim = 'absent' | 'right' | 'wrong';

type Weighted<T> = [weight: number, value: T];
const weigh = <T>(...choices: Weighted<T>[]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const sku = weigh<string>([20, 'A'], [12, 'B'], [6, 'C'], [2, 'D'], [8, 'A@b'], [6, 'K'], [2, 'L@b'], [1, 'missing']);
const customer = fc.constantFrom(...CUSTOMERS);
const owner = fc.constantFrom(...OWNERS);
const document = fc.constantFrom(...DOCUMENTS);
const claim = weigh<Claim>([6, 'absent'], [6, 'right'], [1, 'wrong']);
const seldomClaim = weigh<Claim>([12, 'absent'], [4, 'right'], [1, 'wrong']);
const hold = fc.oneof<fc.WeightedArbitrary<HoldPick>[]>(
  { weight: 16, arbitrary: fc.record({ live: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ known: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant<HoldPick>('newest') },
  { weight: 1, arbitrary: fc.constant<HoldPick>('unknown') },
);
const few = weigh([4, 1], [3, 2], [2, 3], [1, 4], [1, 5]);
const units = fc.oneof(
  { weight: 80, arbitrary: few },
  { weight: 2, arbitrary: fc.constantFrom(ON_HAND_UNITS_MAX - 1, ON_HAND_UNITS_MAX) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0, 0.5, ON_HAND_UNITS_MAX + 1, INTEGER_MAX) },
);
const durationMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 12, arbitrary: fc.constantFrom(100, 1_000, 60_000) },
  { weight: 1, arbitrary: fc.constantFrom(600_000, 86_400_000, DURATION_MS_MAX) },
);
/** Null: no deadline. */
const lifetime = fc.oneof({ weight: 12, arbitrary: durationMs }, { weight: 1, arbitrary: fc.constant(null) });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const expected = weigh<'absent' | 'present' | 'any' | 'right' | 'stale'>(
  [3, 'right'],
  [3, 'any'],
  [2, 'absent'],
  [2, 'present'],
  [1, 'stale'],
);
/** `fc.string` with binary units takes 0.7 seconds to prepare. */
const character = fc.integer({ min: 0, max: 0x10f7ff }).map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800));
const text = fc.oneof(
  fc.constantFrom('', 'x', '\u{1f600}\u0000'),
  fc.array(character, { maxLength: 12 }).map((characters) => characters.join('')),
);

/** Caps that are often in force, and sometimes the limit of a grant. */
const caps = maybe(
  fc.record({
    unitsMax: maybe(fc.integer({ min: 1, max: 8 })),
    clientPercent: maybe(fc.constantFrom(10, 25, 50, 100)),
    clientResting: maybe(fc.constantFrom(0, 1, 3)),
  }),
);
const client = maybe(fc.constantFrom('clt_1', 'clt_2'));

const money = fc.record({ amount: fc.nat(999), currency: fc.constantFrom('EUR', 'USD') });

function settingValue({ type, initial }: Setting): fc.Arbitrary<unknown> {
  // The settings of kits change what the steps do to their components, and are planned as a whole.
  if (type === 'components') return fc.constant(null);
  if (type === 'flag') return fc.boolean();
  if (type === 'whole') return initial === null ? fc.option(fc.integer({ min: 1, max: 8 })) : fc.nat(2);
  return fc.option<unknown>(type === 'money' ? money : text);
}

const stepPlans = {
  configure: fc.record({
    kind: fc.constant('configure' as const),
    sku,
    ...forEachSetting((name) => maybe(settingValue(SKU_SETTINGS[name]))),
    expect: maybe(
      fc.oneof(
        fc.constant('absent' as const),
        fc.record({ limitPerCustomer: maybe(settingValue(SKU_SETTINGS.limitPerCustomer)) }),
      ),
    ),
    checkOnly: maybe(fc.boolean()),
  }) as fc.Arbitrary<ConfigureStep>,
  kit: fc.oneof(
    fc.record({
      kind: fc.constant('configure' as const),
      sku: fc.constant('K'),
      components: fc.constantFrom(KITS.K, KITS.K, componentsOf({ B: 1, C: 3 }), null),
    }),
    fc.record({
      kind: fc.constant('configure' as const),
      sku: fc.constant('L@b'),
      components: fc.constantFrom(KITS['L@b'], null),
    }),
  ),
  adjust: fc.oneof(
    fc.record({
      kind: fc.constant('adjust' as const),
      sku,
      delta: units,
      as: fc.constant<'received' | 'adjusted'>('received'),
      backordered: maybe(fc.nat(2)),
    }),
    fc.record({
      kind: fc.constant('adjust' as const),
      sku,
      delta: fc.oneof({ weight: 3, arbitrary: units }, { weight: 4, arbitrary: few.map((delta) => -delta) }),
      as: fc.constant<'received' | 'adjusted'>('adjusted'),
    }),
  ),
  count: fc.record({
    kind: fc.constant('count' as const),
    sku,
    onHand: fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: units }),
    expected: claim,
  }),
  reserve: fc.record({
    kind: fc.constant('reserve' as const),
    hold: weigh<'fresh' | 'taken'>([12, 'fresh'], [1, 'taken']),
    sku,
    min: weigh<'want' | number>([8, 'want'], [6, 1], [1, 2]),
    want: units,
    ttlMs: lifetime,
    until: weigh<'alike' | undefined>([8, undefined], [1, 'alike']),
    owner,
    customer,
    client,
    caps,
    onHandOnly: weigh<true | undefined>([4, undefined], [1, true]),
    ageMs: maybe(fc.constantFrom(0, 5, 1_000)),
  }),
  resize: fc.record({
    kind: fc.constant('resize' as const),
    hold,
    claim,
    quantity: seldomClaim,
    how: fc.constantFrom('to' as const, 'by' as const),
    min: weigh<number | undefined>([8, undefined], [6, 1], [1, 2]),
    want: units,
    quantityMax: fc.constantFrom(3, 6, ON_HAND_UNITS_MAX),
    onHandOnly: weigh<true | undefined>([4, undefined], [1, true]),
    caps,
  }),
  extend: fc.record({
    kind: fc.constant('extend' as const),
    hold,
    claim,
    ttlMs: lifetime,
    lifetimeMs: maybe(durationMs),
  }),
  pin: fc.record({
    kind: fc.constant('pin' as const),
    hold,
    claim,
    quantity: claim,
    windowMs: durationMs,
    toOwner: owner,
  }),
  transfer: fc.record({
    kind: fc.constant('transfer' as const),
    hold,
    claim,
    quantity: seldomClaim,
    toOwner: owner,
    toCustomer: maybe(customer),
    caps,
    ttlMs: maybe(durationMs),
    lifetimeMs: maybe(durationMs),
  }),
  release: fc.record({
    kind: fc.constant('release' as const),
    hold,
    claim,
    quantity: seldomClaim,
    expiredIsFine: maybe(fc.boolean()),
    committed: maybe(fc.boolean()),
  }),
  consume: fc.record({ kind: fc.constant('consume' as const), hold, claim, quantity: claim }),
  commit: fc.record({
    kind: fc.constant('commit' as const),
    hold,
    claim,
    quantity: claim,
    toOwner: maybe(owner),
  }),
  fulfil: fc.record({ kind: fc.constant('fulfil' as const), hold, claim, quantity: seldomClaim, units }),
  fill: fc.record({ kind: fc.constant('fill' as const), hold, backordered: claim, units: few }),
  return: fc.record({
    kind: fc.constant('return' as const),
    sku,
    quantity: units,
    restock: fc.boolean(),
    customer: maybe(customer),
  }),
  put: fc.record({
    kind: fc.constant('put' as const),
    document,
    expected,
    body: maybe(text),
    holds: maybe(fc.array(hold, { maxLength: 3 })),
    dueInMs: maybe(fc.option(durationMs)),
    list: maybe(fc.constantFrom(...DOCUMENT_LISTS)),
  }),
  drop: fc.record({
    kind: fc.constant('drop' as const),
    document,
    expected,
    forget: maybe(fc.array(fc.record({ sku, customer, quantity: few }), { maxLength: 2 })),
  }),
};

const step = fc.oneof(
  { weight: 1, arbitrary: stepPlans.configure },
  { weight: 1, arbitrary: stepPlans.kit },
  { weight: 4, arbitrary: stepPlans.adjust },
  { weight: 1, arbitrary: stepPlans.count },
  { weight: 16, arbitrary: stepPlans.reserve },
  { weight: 6, arbitrary: stepPlans.resize },
  { weight: 2, arbitrary: stepPlans.extend },
  { weight: 3, arbitrary: stepPlans.pin },
  { weight: 3, arbitrary: stepPlans.transfer },
  { weight: 4, arbitrary: stepPlans.release },
  { weight: 4, arbitrary: stepPlans.consume },
  { weight: 6, arbitrary: stepPlans.commit },
  { weight: 5, arbitrary: stepPlans.fulfil },
  { weight: 2, arbitrary: stepPlans.return },
  { weight: 3, arbitrary: stepPlans.fill },
  { weight: 5, arbitrary: stepPlans.put },
  { weight: 2, arbitrary: stepPlans.drop },
);
export type StepPlan = typeof step extends fc.Arbitrary<infer T> ? T : never;

const retention = weigh<'short' | 'long'>([2, 'short'], [1, 'long']);
const transaction = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      steps: fc.oneof(
        { weight: 4, arbitrary: fc.array(step, { minLength: 1, maxLength: 2 }) },
        { weight: 1, arbitrary: fc.array(step, { minLength: 2, maxLength: 6, size: 'max' }) },
      ),
      retention,
      reference: maybe(fc.constantFrom('ord_1', 'ord_2')),
    }),
  },
  { weight: 1, arbitrary: fc.record({ again: fc.nat(12), changed: weigh([3, false], [1, true]), retention }) },
);
export type TransactionPlan = typeof transaction extends fc.Arbitrary<infer T> ? T : never;

/** Most time of a test is spent on comparing the states after each batch, so some batches are long. */
export const batchPlan = fc.oneof(
  { weight: 3, arbitrary: fc.array(transaction, { minLength: 1, maxLength: 4 }) },
  { weight: 2, arbitrary: fc.array(transaction, { minLength: 5, maxLength: 24, size: 'max' }) },
);
/** Moves the clock to `aroundMs` from the next deadline, or by `byMs`, which may be negative or a whole period. */
export const clockPlan = fc.oneof(
  { weight: 5, arbitrary: fc.record({ aroundMs: fc.constantFrom(-1, 0, 0, 1) }) },
  { weight: 2, arbitrary: fc.record({ byMs: fc.integer({ min: -30, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ byMs: fc.constantFrom(-1_000_000, 599_999, 600_000, 1_200_000) }) },
  { weight: 1, arbitrary: fc.record({ byMs: fc.constantFrom(86_399_999, 86_400_000, 172_800_000) }) },
);
export type ClockPlan = typeof clockPlan extends fc.Arbitrary<infer T> ? T : never;
export const reclaimPlan = fc.record({
  skus: maybe(fc.subarray([...SKUS, 'missing'])),
  limit: fc.constantFrom(1, 2, 1_000),
});
export type ReclaimPlan = typeof reclaimPlan extends fc.Arbitrary<infer T> ? T : never;
