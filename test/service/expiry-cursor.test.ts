import { expect, test } from 'vitest';
import { createHoldfast } from '../../src/shop/holdfast.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { configure, receive, transaction } from '../support/transactions.ts';

const PAGE_ENTRIES = 500;

test.each([1, PAGE_ENTRIES - 1, PAGE_ENTRIES, 2 * PAGE_ENTRIES, 2 * PAGE_ENTRIES + 1])(
  'reads the beginning of a ledger of %i entries once',
  async (count) => {
    const store = openMemoryStore({ shop: 'main' });
    const pages: (string | null)[] = [];
    const watched: Store = new Proxy(store, {
      get(target, name) {
        if (name === 'feed') {
          return (page: Parameters<Store['feed']>[0]) => {
            pages.push(page.after);
            return store.feed(page);
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const received = Array.from({ length: count }, () => receive('A', 1));
    await store.apply([transaction('supply', [configure('A'), ...received])]);
    const holdfast = createHoldfast({ store: watched });
    await holdfast.expiry.sweepNow();
    expect(pages.filter((after) => after === null)).toHaveLength(1);
    await holdfast.expiry.sweepNow();
    expect(pages.filter((after) => after === null)).toHaveLength(1);
    await holdfast.close();
  },
);
