import type { Engine, Opened } from '../support/engines.ts';
import type { Store } from '../../src/store/store.ts';

/** A bug in a store, like bugs that real shops had. The comparison has to find it. */
export interface Fault {
  name: string;
  breaks: (store: Store) => Partial<Store>;
}

export const faults: Fault[] = [
  {
    name: 'a lost reply is sent again under another id (bug 16)',
    breaks: (store) => ({
      apply: async (transactions) => {
        const result = await store.apply(transactions);
        const again = transactions.filter(({ id }) => id !== 'supply');
        await store.apply(again.map((transaction) => ({ ...transaction, id: `${transaction.id}:again` })));
        return result;
      },
    }),
  },
  {
    name: 'a refused transaction keeps the steps before the refused one (bug 11)',
    breaks: (store) => ({
      apply: async (transactions) => {
        const result = await store.apply(transactions);
        const halves = transactions.flatMap((transaction, index) => {
          const answer = result.answers[index];
          if (answer?.status !== 'refused' || !answer.step) return [];
          return [{ ...transaction, id: `${transaction.id}:half`, steps: transaction.steps.slice(0, answer.step) }];
        });
        if (halves.length > 0) await store.apply(halves);
        return result;
      },
    }),
  },
  {
    name: 'an extension revives an expired hold (bug 7)',
    breaks: (store) => ({
      apply: async (transactions) => {
        const result = await store.apply(transactions);
        const answers = result.answers.map((answer, index) => {
          const last = transactions[index]?.steps.at(-1);
          const late = answer.status === 'refused' && answer.refusal.reason === 'hold_not_active';
          return late && last?.kind === 'extend'
            ? { status: 'applied' as const, sequence: result.sequence, at: result.at, reference: null, granted: [] }
            : answer;
        });
        return { ...result, answers };
      },
    }),
  },
  {
    name: 'the list omits an overdue hold',
    breaks: (store) => ({
      listHolds: async (page) => {
        const [snapshot] = await store.read([{}]);
        return (await store.listHolds(page)).filter((hold) => hold.expiresAt > (snapshot?.at ?? 0));
      },
    }),
  },
  {
    name: 'reclaim does not report that overdue holds remain',
    breaks: (store) => ({ reclaim: async (request) => ({ ...(await store.reclaim(request)), more: false }) }),
  },
  {
    name: 'the next deadline stays when its hold ends',
    breaks: (store) => {
      let earliest: number | null = null;
      return {
        apply: async (transactions) => {
          const result = await store.apply(transactions);
          const due = result.nextDueAt;
          if (due !== null) earliest = earliest === null || due < earliest ? due : earliest;
          return { ...result, nextDueAt: earliest };
        },
      };
    },
  },
];

/** Returns the engine with the fault. */
export function faulty(engine: Engine, { name, breaks }: Fault): Engine {
  const open = async (clock: { now: number }): Promise<Opened> => {
    const opened = await engine.open(clock);
    const store = opened.store;
    const broken = breaks(store);
    const proxy = new Proxy(store, {
      get: (target, property) => {
        const value = Reflect.get(broken, property) ?? Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { ...opened, store: proxy, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  };
  return { ...engine, name, open };
}
