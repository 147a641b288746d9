import { randomBytes } from 'node:crypto';
import type { HttpCaller } from '../../../test/support/http-caller.ts';
import type { Events } from '../../lib/words.ts';
import type { Definition, Running } from '../toolkit/definition.ts';
import type { OwnShop } from '../toolkit/load-shop.ts';
import { at, whole } from '../toolkit/options.ts';
import type { Records } from '../toolkit/read-back.ts';
import { inParallel } from '../toolkit/in-parallel.ts';

export const kill: Definition = {
  name: 'kill',
  about: 'a flash sale while Redis, then the server, is killed: nothing acknowledged is lost',
  options: {
    units: whole(1_200, 'units on sale', 1_000_000),
    rate: whole(50, 'shoppers that arrive per second'),
    seconds: whole(30, 'seconds in which they arrive', 3_600, 15),
    'warmup-seconds': whole(5, 'seconds before, in which nothing may fail', 600),
    'down-ms': whole(1_000, 'milliseconds from a kill to the start', 10_000),
    'away-ms': whole(10_000, 'milliseconds that the shop may be away beyond that', 60_000),
  },
  ownOnly: 'it kills the server and its store',
  stockOnlyFalls: true,
  seconds: (options) => at(options, 'seconds') + at(options, 'warmup-seconds'),
  goods: (options) => [
    { name: 'sale', units: at(options, 'units') },
    { name: 'probe', units: 1_000 },
  ],
  // Sessions outlive the server that issued them.
  server: () => ({ DURABILITY: 'local', SESSION_SECRET: randomBytes(24).toString('hex') }),
  redis: () => ({ appendfsync: 'always' }),
  async during(running) {
    const { options, nextEvent, sleep } = running;
    const victims = victimsOf(running);
    const begun = await nextEvent('begun', () => true);
    for (const [index, victim] of victims.entries()) {
      const seconds = at(options, 'warmup-seconds') + (at(options, 'seconds') * (index + 1)) / KILLS_PART;
      await sleep(Math.max(0, begun.at + seconds * 1_000 - Date.now()) / 1_000);
      await killOnce(running, victim);
    }
  },
  async after({ options, operator, reported: { events }, records, sku, tooSlow }) {
    const outages = events.of('outage');
    const awayMsMax = at(options, 'down-ms') + at(options, 'away-ms');
    for (const outage of outages) if (lastedMs(outage) > awayMsMax) tooSlow(tooLong(outage, awayMsMax));
    const lost = await lostLines(operator, events.of('line'));
    return [
      ...(outages.length === KILLS ? [] : [`${outages.length} outages were survived, of ${KILLS}`]),
      ...(lost.length === 0 ? [] : [`${lost.length} acknowledged cart lines are gone, such as ${lost[0]}`]),
      faultsBetween(events.of('probe'), outages),
      leftOver(records, sku('sale'), at(options, 'rate') * at(options, 'seconds') > at(options, 'units')),
    ].filter((problem) => problem !== null);
  },
};

const KILLS = 2;
/** The kills are after one and two of these parts of the sale. */
const KILLS_PART = 4;

interface Victim extends Pick<OwnShop['server'], 'kill9' | 'restart'> {
  name: string;
}

/** Two kills: Redis and the server; or the server twice, if it contains the store. */
function victimsOf({ own }: Running): Victim[] {
  if (!own) return [];
  const server: Victim = { name: 'the server', kill9: own.server.kill9, restart: own.server.restart };
  const { redis } = own;
  if (!redis) return [server, { ...server, name: 'the server again' }];
  return [{ name: 'Redis', kill9: redis.kill9, restart: () => redis.restart() }, server];
}

async function killOnce(running: Running, { name, kill9, restart }: Victim): Promise<void> {
  const { options, nextEvent, sleep, recordEvent, note } = running;
  const killedAt = Date.now();
  await kill9();
  const goneAt = Date.now();
  const answered = nextEvent('probe', ({ ok, sentAt }) => ok && sentAt >= goneAt);
  // Also if k6 has ended in the meantime, so that the runner can read the shop. Not after the shop was closed.
  const restarted = sleep(at(options, 'down-ms') / 1_000).then(restart, restart);
  const [{ answeredAt }] = await bothOf(answered, restarted);
  recordEvent('outage', { of: name, killedAt, backAt: answeredAt });
  note(`${name} away, ms`, answeredAt - killedAt);
}

/** Like `Promise.all`, but waits for all promises before it rejects. */
async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

const lastedMs = ({ killedAt, backAt }: Events['outage']): number => backAt - killedAt;

const tooLong = (outage: Events['outage'], msMax: number): string =>
  `${outage.of} was away for ${lastedMs(outage)} ms, of at most ${msMax}`;

/** Returns acknowledged cart lines before their deadline that are missing or changed. */
async function lostLines(operator: HttpCaller, lines: readonly Events['line'][]): Promise<string[]> {
  const lost: string[] = [];
  await inParallel(lines, async ({ sessionId, sku, quantity, holdId, expiresAt }) => {
    const cart = await operator.as(sessionId).query('cart.get', undefined);
    const isThere = cart.ok && cart.value.lines.some((line) => line.holdId === holdId && line.quantity === quantity);
    const isOver = cart.ok && cart.value.serverTime >= expiresAt;
    if (!isThere && !isOver) lost.push(`${quantity} of ${sku} with ${holdId}`);
  });
  return lost;
}

/** Returns failures of the probe outside of outages. */
function faultsBetween(probes: readonly Events['probe'][], outages: readonly Events['outage'][]): string | null {
  const isExcused = ({ sentAt, answeredAt }: Events['probe']): boolean =>
    outages.some(({ killedAt, backAt }) => answeredAt >= killedAt && sentAt <= backAt);
  const faults = probes.filter((probe) => !probe.ok && !isExcused(probe));
  if (faults.length === 0) return null;
  return `${faults.length} of ${probes.length} probes failed while the shop was there: ${faults[0]?.reason}`;
}

/** Every shopper retried until a final answer, so a unit that was not sold was lost. */
function leftOver({ levels }: Records, sku: string, isSoldOut: boolean): string | null {
  const left = levels.get(sku)?.available ?? 0;
  return isSoldOut && left > 0 ? `${left} units were left, though more shoppers came than units were there` : null;
}
