import type { Engine, Opened } from '../support/engines.ts';
import type { Store } from '../../src/store/store.ts';

/** A store that has one bug of the kind that shops really had; the comparison has to find it. */
export interface Fault {
  name: string;
  breaks: (store: Store) => Partial<Store>;
}

export const faults: Fault[] = [
  {
    name: 'a lost reply is sent again under another id (ANCHORS 16)',
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
    name: 'of a refused transaction, the steps before the refused one stay (ANCHORS 11)',
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
    name: 'an extension revives an expired hold (ANCHORS 7)',
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
    name: 'a hold that is overdue is left out of the list',
    breaks: (store) => ({
      listHolds: async (page) => {
        const [snapshot] = await store.read([{}]);
        return (await store.listHolds(page)).filter((hold) => hold.expiresAt > (snapshot?.at ?? 0));
      },
    }),
  },
  {
    name: 'reclaim forgets that more is left',
    breaks: (store) => ({ reclaim: async (request) => ({ ...(await store.reclaim(request)), more: false }) }),
  },
  {
    name: 'the next deadline is not looked up again when a hold ends',
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

/** The engine with the fault built in. */
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
