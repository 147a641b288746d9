import * as fc from 'fast-check';
import { expect } from 'vitest';
import { RECLAIM_OTHER_HOLDS_MAX } from '../../src/domain/limits.ts';
import type { LedgerEntry } from '../../src/domain/records.ts';
import type { Step } from '../../src/domain/steps.ts';
import { configure, receive, release, reserve, transaction } from '../support/transactions.ts';
import {
  batchPlan,
  type ClockPlan,
  CUSTOMERS,
  clockPlan,
  KITS,
  type ReclaimPlan,
  reclaimPlan,
  SKUS,
  type TransactionPlan,
} from './plans.ts';
import { resolveTransaction } from './resolve.ts';
import { applyToBoth, isOfExpiry, observe, type World } from './world.ts';

/** The model that fast-check requires. The real model is a store in the world. */
export type Counter = { commands: number; operations: number };
type Command = fc.AsyncCommand<Counter, World>;

/** Creates a command that is printed as its plan. */
function command<P>(name: string, plan: P, run: (world: World, plan: P) => Promise<void>, check = () => true): Command {
  return {
    check,
    async run(counter, world) {
      await run(world, plan);
      counter.commands += 1;
      counter.operations = world.operations;
    },
    toString: () => `${name} ${fc.stringify(plan)}`,
  };
}

const apply = (plans: readonly TransactionPlan[]) =>
  command('apply', plans, async (world) => {
    const transactions = plans.map((plan) => resolveTransaction(world.history, plan));
    await applyToBoth(world, transactions);
  });

const moveClock = (plan: ClockPlan) =>
  command('clock', plan, async (world) => {
    if ('byMs' in plan) world.clock.now += plan.byMs;
    else if (world.nextDueAt !== null) world.clock.now = world.nextDueAt + plan.aroundMs;
    await observe(world);
  });

/** The components of an expired kit expire with it, and the kits that its hold had assembled are taken apart. */
const isOfWholeHold = (entry: LedgerEntry): boolean => entry.kind === 'expired' && !entry.holdId?.includes('/');

const reclaim = (plan: ReclaimPlan) =>
  command('reclaim', plan, async (world) => {
    const request = { limit: plan.limit, ...(plan.skus === undefined ? {} : { skus: plan.skus }) };
    const [result, modelled] = await Promise.all([world.nextHandle().reclaim(request), world.model.reclaim(request)]);
    expect(result, 'reclaim: engine and model').toEqual(modelled);
    world.operations += 1;
    const entries = await observe(world);
    expect(entries.filter((entry) => !isOfExpiry(entry))).toEqual([]);
    expect(entries.filter(isOfWholeHold)).toHaveLength(result.ended);
    expect(result.ended).toBeLessThanOrEqual(plan.limit);
    world.nextDueAt = result.nextDueAt;
  });

const reopen = (persistent: boolean) =>
  command(
    'reopen',
    null,
    async (world) => {
      await world.opened.reopen();
      await observe(world);
    },
    () => persistent,
  );

/**
 * Provokes a refusal by a transaction that cannot apply, because only refusals report the units that count for a
 * customer: both have to return the same `already`.
 */
const probe = (plan: { sku: string; customer: string }) =>
  command('probe', plan, async (world) => {
    const steps: Step[] = [
      configure(plan.sku, { limitPerCustomer: 1, safetyStock: 0 }),
      receive(plan.sku, 1),
      reserve('h-probe', plan.sku, 1, { customer: plan.customer }),
      release('h-none'),
    ];
    await applyToBoth(world, [transaction('probe', steps)]);
  });

/** Creates more holds that are soon overdue than one batch ends of a SKU that it does not name. */
const flood = (ttlMs: number) =>
  command('flood', ttlMs, async (world) => {
    const first = world.history.holdsMade;
    world.history.holdsMade += RECLAIM_OTHER_HOLDS_MAX + 3;
    const steps = Array.from({ length: RECLAIM_OTHER_HOLDS_MAX + 3 }, (_, index) =>
      reserve(`h${first + index}`, 'C', 1, { ttlMs: ttlMs + (index % 5) }),
    );
    await applyToBoth(world, [transaction(`flood-${first}`, steps)]);
  });

/** fast-check draws each entry with the same probability, so a frequent command has many entries. */
export function commandArbitraries(persistent: boolean): fc.Arbitrary<Command>[] {
  const applies = batchPlan.map(apply);
  const clocks = clockPlan.map(moveClock);
  const probes = fc.record({ sku: fc.constantFrom(...SKUS), customer: fc.constantFrom(...CUSTOMERS) }).map(probe);
  const reopens = fc.constant(null).map(() => reopen(persistent));
  const floods = fc.integer({ min: 1, max: 200 }).map(flood);
  const seldom = fc.oneof({ weight: 3, arbitrary: reopens }, { weight: 1, arbitrary: floods });
  const often = Array.from({ length: 12 }, () => applies);
  return [...often, clocks, clocks, clocks, reclaimPlan.map(reclaim), probes, seldom];
}

/** Supplies stock: with a limit, at two locations, with backorders, and plenty of it. Two SKUs are kits. */
export async function supply(world: World): Promise<void> {
  await applyToBoth(world, [
    transaction('supply', [
      configure('A', { limitPerCustomer: 6 }),
      receive('A', 12),
      configure('B', { safetyStock: 1, backorderLimit: 6 }),
      receive('B', 8),
      configure('C'),
      receive('C', 1_000),
      configure('A@b', { limitPerCustomer: 6, backorderLimit: 3 }),
      receive('A@b', 6),
      configure('K', { components: KITS.K, limitPerCustomer: 4 }),
      configure('L@b', { components: KITS['L@b'] }),
    ]),
  ]);
}
