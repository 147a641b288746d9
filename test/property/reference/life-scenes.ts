import * as fc from 'fast-check';
import type { SKUS } from './life-world.ts';
import { anyStep, type LifeStep, person, type Plan, type PlanOf, sku, units } from './life-steps.ts';

/** Each step of a scene may be absent, so that shrinking can remove unneeded steps. */
const unlessLost = (step: LifeStep): fc.Arbitrary<LifeStep | null> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 15, arbitrary: fc.constant(step) },
  );

interface Drawn {
  sku: (typeof SKUS)[number];
  units: number;
  more: number;
  waiting: LifeStep;
}

const race = (one: Plan, two: Plan): LifeStep => ({ does: 'race', calls: [one, two] });

function reservationScenesOf({ sku, units, more, waiting }: Drawn): readonly LifeStep[][] {
  const newest = { nth: 0, isKeyed: false } as const;
  const lines = [{ sku, quantity: units }];
  const reserving: PlanOf<'reserve'> = {
    does: 'reserve',
    reference: 'po-1',
    lines,
    isBestEffort: true,
    ttlMs: 1_000,
    isCustomers: true,
    isKeyed: false,
  };
  const committing: Plan = { does: 'commit', ...newest };
  const keeping = (ttlMs: 60 | null): Plan => ({ does: 'keep', ...newest, ttlMs });
  const dispatching: PlanOf<'dispatch'> = { does: 'dispatch', ...newest, sku, units: 1 };
  const giving: Plan = { does: 'unreserve', ...newest, sku, units: 1 };
  const resizing: PlanOf<'resize'> = { does: 'resize', ...newest, sku, units: more };
  const other: PlanOf<'reserve'> = { ...reserving, reference: 'po-2', lines: [{ sku, quantity: more }] };
  const sweeping: LifeStep = { does: 'sweep' };
  const years: LifeStep = { does: 'years' };
  const all: Plan = { ...dispatching, sku: null };
  return [
    [reserving, keeping(60), waiting, keeping(null), committing, dispatching, other, resizing],
    [reserving, committing, all, resizing, other, years, sweeping, years, sweeping, other],
    [reserving, committing, dispatching, { ...resizing, units: 1 }, { ...resizing, units: 5 }, all, other],
    [reserving, race(committing, resizing), race(dispatching, giving)],
    [race(reserving, { ...reserving, isBestEffort: false, lines: [{ sku, quantity: more }] })],
    [
      { ...reserving, ttlMs: 60 },
      waiting,
      waiting,
      reserving,
      sweeping,
      { does: 'rename', ...newest, reference: 'po-2' },
    ],
  ];
}

/** A few related steps that random draws would rarely combine. */
const scene = fc
  .record({ person, other: person, sku, units, more: units, byMs: fc.constantFrom(20, 60, 99) })
  .chain((drawn) => {
    const { person, other, sku, units, more, byMs } = drawn;
    const adding: PlanOf<'add'> = { does: 'add', person, sku, units, mode: 'best_effort', isKeyed: false };
    const othersAdding: PlanOf<'add'> = { ...adding, person: other, units: more };
    const waiting: LifeStep = { does: 'wait', byMs, deadline: null };
    const extending: Plan = { does: 'extend', person, isKeyed: false };
    const overdue: LifeStep = { does: 'wait', byMs: 360, deadline: null };
    const beginning: PlanOf<'begin'> = { does: 'begin', person, paymentWindowMs: 1_000 };
    const paying = (paymentReference: 'pay-1' | 'pay-2'): Plan => ({
      does: 'confirm',
      nth: 0,
      paymentReference,
      isKeyed: false,
    });
    const cancelling: Plan = { does: 'cancel', nth: 0, by: 'own', restoreCart: true, isKeyed: false };
    const returning: PlanOf<'giveBack'> = { does: 'giveBack', nth: 0, skus: [sku], units: 1, restock: true };
    const releasing: Plan = { does: 'release', nth: 0, isKeyed: false };
    const receiving: Plan = { does: 'receive', sku, units: more, isKeyed: false };
    const setting: PlanOf<'set'> = { does: 'set', person, sku, units: more, isKeyed: false };
    const begun = [adding, beginning];
    const reservationScenes = reservationScenesOf({ sku, units, more, waiting });
    return fc.constantFrom<readonly LifeStep[]>(
      ...reservationScenes,
      [...begun, overdue, othersAdding, paying('pay-1'), receiving, paying('pay-2'), paying('pay-1')],
      [...begun, paying('pay-1'), paying('pay-1'), paying('pay-2'), cancelling],
      [...begun, race(paying('pay-1'), cancelling)],
      [...begun, race(paying('pay-1'), paying('pay-2'))],
      [adding, waiting, extending, waiting, extending, waiting, ...begun, waiting, cancelling, overdue],
      [...begun, waiting, adding, waiting, cancelling, extending],
      [adding, { does: 'place', person, expected: null }, returning, adding, returning, returning, returning],
      [adding, { does: 'place', person, expected: null }, race(returning, { ...returning, units: 3 })],
      [
        othersAdding,
        waiting,
        adding,
        { does: 'merge', person, from: other, isKeyed: true },
        extending,
        waiting,
        extending,
      ],
      [adding, race({ ...adding, mode: 'exact', units: 1 }, releasing)],
      [race(adding, setting)],
      [race(setting, { ...setting, units })],
      [
        othersAdding,
        adding,
        race({ does: 'merge', person, from: other, isKeyed: true }, { ...beginning, person: other }),
      ],
    );
  })
  .chain((steps) => fc.tuple(...steps.map(unlessLost)))
  .map((steps) => steps.filter((one) => one !== null));

/** A life consists of single steps and scenes in any order. */
export const life = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: anyStep.map((one): readonly LifeStep[] => [one]) },
      { weight: 1, arbitrary: scene },
    ),
    {
      maxLength: 40,
      size: 'max',
    },
  )
  .map((parts) => parts.flat());
