import type { Definition } from '../toolkit/definition.ts';
import { at, whole } from '../toolkit/options.ts';

const ALL_PERCENT = 100;

export const hoarding: Definition = {
  name: 'hoarding',
  about:
    'one client takes units with a thousand sessions: it keeps at most its share, and honest shoppers buy the rest',
  options: {
    units: whole(400, 'units on sale', 100_000),
    sessions: whole(1_000, 'sessions of the client that hoards', 100_000),
    rate: whole(100, 'sessions, and then honest shoppers, per second'),
    shoppers: whole(600, 'honest shoppers, each a client of its own', 100_000),
    percent: whole(5, 'HOLD_SHARE_MAX_CLIENT; 100 switches the cap off', ALL_PERCENT),
  },
  ownOnly: 'its clients are named by X-Client-Key, which only a trusted proxy may send',
  // Only the caps defend here. Limits of rate would hide a cap that does not work.
  server: (options) => ({
    TRUST_PROXY: 'loopback',
    CLIENT_KEYS: 'on',
    HOLD_SHARE_MAX_CLIENT: String(at(options, 'percent')),
    RATE_LIMITS: 'off',
  }),
  stockOnlyFalls: true,
  seconds: (options) => (at(options, 'sessions') + at(options, 'shoppers')) / at(options, 'rate'),
  goods: (options) => [{ name: 'drop', units: at(options, 'units'), unitPrice: { amount: 9_900, currency: 'EUR' } }],
  after({ options, records, metrics, sku, note }) {
    const units = at(options, 'units');
    const share = Math.max(1, Math.floor((units * Math.min(at(options, 'percent'), FAIR_PERCENT)) / ALL_PERCENT));
    const hoarded = metrics('units_hoarded')['count'] ?? 0;
    const sold = records.soldBySku.get(sku('drop')) ?? 0;
    note('units that the client hoards', hoarded);
    note('units that honest shoppers bought', sold);
    const problems: string[] = [];
    if (hoarded > share) problems.push(`one client holds ${hoarded} of ${units} units, and its share is ${share}`);
    if (hoarded === 0) problems.push('the client got no unit at all, so nothing was shown');
    const came = metrics('cart_add{phase:sale}')['count'] ?? 0;
    const wanted = Math.min(units - hoarded, came);
    if (came < at(options, 'shoppers') - 1) problems.push(`only ${came} honest shoppers asked for a unit`);
    if (sold !== wanted) problems.push(`honest shoppers bought ${sold} units, and ${wanted} were left for them`);
    return problems;
  },
};

/** The largest share that counts as fair, so that the scenario fails when the cap is off. */
const FAIR_PERCENT = 20;
