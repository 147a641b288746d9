import type { Settings } from '../../src/contract/settings.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { cartAddSide } from '../http/cart-add-side.ts';
import { detailsOf, type Loaded } from '../http/http-shop.ts';
import type { Bench, Figure, Side } from '../core/types.ts';
import { warmedMs } from '../core/warm-up.ts';
import { addOne, shopper } from '../sides/cart-adding.ts';
import { CALLERS, openStockedShop, reserveOne } from '../sides/reserving.ts';
import { closedLoop } from '../support/callers.ts';
import { skuName } from '../support/goods.ts';
import { redisCpuUs } from '../support/redis-cpu.ts';

/**
 * What the caps, and over HTTP the limits, cost: the same work with all of them on, and with all of them off. The
 * figures are processor time, because other work of the machine affects it less than the calls per second.
 */

const COOLDOWN_MS = 900_000;
const CAPS_ON: Partial<Settings> = { holdUnitsMaxSession: 20, holdShareMaxClient: 10, holdCooldownMs: COOLDOWN_MS };
const CAPS_OFF: Partial<Settings> = { holdShareMaxClient: undefined, holdCooldownMs: 0 };

/** A slow machine answers the first calls late. */
const PATIENT = { WAIT_MAX_MS: '60000' };
/** Every shopper is a client of its own, so each call writes a count: that is the most expensive case. */
const LIMITS_ON = {
  ...PATIENT,
  TRUST_PROXY: 'loopback',
  CLIENT_KEYS: 'on',
  RATE_LIMITS: 'on',
  HOLD_UNITS_MAX_SESSION: '20',
  HOLD_SHARE_MAX_CLIENT: '10',
  HOLD_COOLDOWN_MS: String(COOLDOWN_MS),
};
const LIMITS_OFF = {
  ...PATIENT,
  RATE_LIMITS: 'off',
  HOLD_UNITS_MAX_SESSION: '0',
  HOLD_SHARE_MAX_CLIENT: '0',
  HOLD_COOLDOWN_MS: '0',
};

const REACH = { atMost: 1.05 };
const MANY = 1_000;
const UNIT = 'CPU us per call, server and Redis';

type Work = (holdfast: Holdfast, number: number) => Promise<void>;

/** The processor time of this process and of Redis for each call. */
function cpuSide(name: string, settings: Partial<Settings>, work: Work): Side {
  return {
    name,
    unit: UNIT,
    open: async (plan) => {
      const shop = await openStockedShop({ name, skus: 1, settings }, plan);
      const { socketPath } = shop.redis;
      let done = 0;
      return {
        round: async (round) => {
          const redisBeforeUs = await redisCpuUs(socketPath);
          const before = process.cpuUsage();
          const loop = { callers: CALLERS, ms: warmedMs(plan, round), from: done };
          const { calls, seconds } = await closedLoop(loop, (number) => work(shop.holdfast, number));
          const { user, system } = process.cpuUsage(before);
          const redisUs = (await redisCpuUs(socketPath)) - redisBeforeUs;
          done += calls;
          const details = { redisCpuUs: redisUs / calls, perSecond: calls / seconds };
          return { value: (user + system + redisUs) / calls, details };
        },
        verify: () => shop.audit({ reserved: done }),
        close: () => shop.close(),
      };
    },
  };
}

const reserve: Work = (holdfast, number) => reserveOne(holdfast, skuName(0), number);
const addToCart: Work = (holdfast, number) => {
  const caller = shopper(number);
  return addOne(holdfast, skuName(0), { ...caller, client: `clt_${caller.principal}` });
};

const inProcess = (key: string, what: string, work: Work): Bench => ({
  key,
  about: `processor time of ${what} of one hot SKU with all caps, compared with none`,
  reach: REACH,
  a: cpuSide(`${what}, ${CALLERS} callers, all caps`, CAPS_ON, work),
  b: cpuSide(`${what}, ${CALLERS} callers, no caps`, CAPS_OFF, work),
});

export const hotLimitsOn = inProcess('hot_limits_on', 'reserving', reserve);
export const cartLimitsOn = inProcess('cart_limits_on', 'add-to-cart', addToCart);

const cpuOf = ({ perSecond, ...loaded }: Loaded): Figure => ({
  value: loaded.serverCpuUs + loaded.redisCpuUs,
  details: { ...detailsOf(loaded), perSecond },
});

const overHttp = (key: string, skus: number): Bench => {
  const measured = { fsync: 'everysec', unit: UNIT, figure: cpuOf } as const;
  const goods = skus === 1 ? 'one hot SKU' : '1,000 SKUs';
  return {
    key,
    about: `processor time of cart.add over HTTP, ${goods}, with all caps and limits, compared with none`,
    reach: REACH,
    a: cartAddSide(skus, { ...measured, label: ' with all caps and limits', env: LIMITS_ON }),
    b: cartAddSide(skus, { ...measured, label: ' without caps and limits', env: LIMITS_OFF }),
  };
};

export const httpHotLimitsOn = overHttp('http_hot_limits_on', 1);
export const httpUniformLimitsOn = overHttp('http_uniform_limits_on', MANY);
