import type { Loss } from './lost-writes.ts';
import type { Durability } from '../link/requirements.ts';
import type { Fence } from './shop-record.ts';

const utcTime = (at: number): string => new Date(at).toISOString();

/** Returns one sentence about the lost writes, for operators. */
function describe(shop: string, { count, first, last, since, until, replaced }: Loss): string {
  const span = since === null ? `the last at ${utcTime(until)}` : `from ${utcTime(since)} to ${utcTime(until)}`;
  const lost = `${count} acknowledged writes, sequences ${first} to ${last}, ${span}`;
  return replaced === undefined
    ? `the store has lost writes of shop ${shop}: ${lost}`
    : `the store has a new shop ${shop}, and the former one with generation ${replaced} is gone: ${lost}`;
}

export const frozenLine = (shop: string, loss: Loss): string =>
  `${describe(shop, loss)}. The shop is frozen: it sells nothing until an operator restores what the processes still ` +
  `know (npx holdfast recover --of-shop ${shop} shows it, --replay ${loss.kept} applies it again), ` +
  `or accepts the loss with: npx holdfast recover --accept ${loss.kept} --of-shop ${shop}`;

export const acceptedLine = (shop: string, loss: Loss): string =>
  `${describe(shop, loss)}. An operator has already accepted this loss; the shop continues`;

export const allowedLine = (shop: string, loss: Loss, durability: Durability): string =>
  loss.replaced === undefined
    ? `${describe(shop, loss)}. DURABILITY=${durability} permits such a loss; the shop continues in a new epoch`
    : `${describe(shop, loss)}. The shop continues, because MARK_FILE is not set`;

export const replacedLine = (shop: string, { by, at }: Fence): string =>
  `this server was replaced as the master of shop ${shop} ${by === '' ? '' : `by ${by} `}at ${utcTime(at)}: make it a ` +
  'replica of the new master; docs/redis.md describes how to use it as the master again';
