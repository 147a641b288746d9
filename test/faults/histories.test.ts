import { describe, expect, test } from 'vitest';
import type { Step as StoreStep } from '../../src/domain/steps.ts';
import { type Killable, killables } from '../support/killables.ts';
import { configure, receive, release, reserve, START, transaction } from '../support/transactions.ts';
import { isLinearizable, type Operation, type Step } from './linearizable.ts';
import { FULL, seededRandom } from '../support/scale.ts';

const HISTORIES = FULL ? 40 : 2;
const CLIENTS = 5;
const CALLS = 12;
const UNITS = 3;

type Call = 'reserve' | 'release' | 'read';
/** Whether a call took effect, or how many units were reserved. */
type Result = boolean | number;

/** The state of one SKU with three units: a number from 0 to 3. */
const oneSku: Step<number, Call, Result> = (reserved, call, result) => {
  if (call === 'read') return result === undefined || result === reserved ? reserved : null;
  const next = call === 'reserve' ? reserved + 1 : reserved - 1;
  const isPossible = next >= 0 && next <= UNITS;
  if (result === undefined) return isPossible ? next : null;
  if (result === isPossible) return isPossible ? next : reserved;
  return null;
};

test('the checker accepts histories that some order explains, and refuses others', () => {
  const operation = (call: Call, called: number, returned: number, result?: Result): Operation<Call, Result> => ({
    call,
    called,
    returned,
    ...(result === undefined ? {} : { result }),
  });
  const late = operation('reserve', 0, Infinity);
  expect(isLinearizable([operation('reserve', 0, 9, true), operation('read', 1, 2, 0)], 0, oneSku)).toBe(true);
  expect(isLinearizable([operation('reserve', 0, 1, true), operation('read', 2, 3, 0)], 0, oneSku)).toBe(false);
  expect(isLinearizable([late, operation('read', 5, 6, 1)], 0, oneSku)).toBe(true);
  expect(isLinearizable([late, operation('read', 5, 6, 0), operation('read', 7, 8, 1)], 0, oneSku)).toBe(true);
  expect(isLinearizable([late, operation('read', 5, 6, 1), operation('read', 7, 8, 0)], 0, oneSku)).toBe(false);
});

/** Clients reserve, release and read one SKU at random while the store is killed and restarted once. */
async function record(killable: Killable, random: () => number): Promise<Operation<Call, Result>[]> {
  const history: Operation<Call, Result>[] = [];
  const killAt = 10 + Math.floor(random() * 25);
  let restarted: Promise<void> | null = null;
  let answers = 0;
  const perform = async (call: Call, perform: () => Promise<Result>): Promise<boolean> => {
    const operation: Operation<Call, Result> = { call, called: performance.now(), returned: Infinity };
    history.push(operation);
    try {
      operation.result = await perform();
      operation.returned = performance.now();
    } catch (error) {
      expect(error).toMatchObject({ name: 'StoreError' });
    }
    answers += 1;
    if (answers === killAt) restarted = killable.kill9().then(() => killable.restart());
    await restarted;
    return operation.result === true;
  };
  const apply = (id: string, step: StoreStep) => async (): Promise<Result> => {
    const result = await killable.store.apply([transaction(id, [step])]);
    return result.answers[0]?.status === 'applied';
  };
  const read = async (): Promise<Result> => (await killable.store.read([{ skus: ['A'] }]))[0]?.stock[0]?.reserved ?? -1;
  const client = async (name: number): Promise<void> => {
    const own: string[] = [];
    for (let nth = 0; nth < CALLS; nth += 1) {
      const [id, choice] = [`c${name}n${nth}`, random()];
      const hold = own.at(-1);
      if (choice < 0.3) await perform('read', read);
      else if (choice < 0.6 && hold !== undefined) {
        own.pop();
        await perform('release', apply(id, release(hold)));
      } else if (await perform('reserve', apply(id, reserve(id, 'A', 1)))) own.push(id);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  return history;
}

describe.each(killables)('$name, killed and restarted', ({ name, open }) => {
  test('has only linearizable histories', { timeout: 600_000 }, async () => {
    const random = seededRandom(`histories ${name}`);
    for (let nth = 0; nth < HISTORIES; nth += 1) {
      await using killable = await open({ now: START });
      await killable.store.apply([transaction('supply', [configure('A'), receive('A', UNITS)])]);
      const history = await record(killable, random);
      expect(history.filter(({ result }) => result !== undefined).length).toBeGreaterThan(CLIENTS * 2);
      expect(isLinearizable(history, 0, oneSku), JSON.stringify(history)).toBe(true);
    }
  });
});
