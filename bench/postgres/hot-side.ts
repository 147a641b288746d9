import type { Figure, OpenSide, Plan, Side } from '../core/types.ts';
import { PLENTY_UNITS } from '../support/goods.ts';
import { PostgresClients, HOT_SKU } from './clients.ts';
import { type PostgresCluster, startPostgres } from './cluster.ts';
import { type Scheme, SCHEMES } from './schemes.ts';

const CLIENT_COUNTS = [16, 64] as const;
const TRIAL_MS = 800;
const SMOKE_UNITS = 20_000;

const unitsFor = ({ smoke }: Plan): number => (smoke ? SMOKE_UNITS : PLENTY_UNITS);

interface Choice {
  scheme: Scheme;
  clients: number;
  perSecond: number;
}

/**
 * One hot SKU in PostgreSQL, durable. The best scheme and number of clients are measured first, and only those are the
 * reference of the rounds.
 */
export function postgresHotSide(): Side {
  const side: Side = { name: 'PostgreSQL, the best durable scheme', unit: 'reservations/s', open };
  async function open(plan: Plan): Promise<OpenSide> {
    const cluster = await startPostgres();
    try {
      const tried = await calibrate(cluster, plan);
      const [choice] = tried;
      if (!choice) throw new Error('no scheme was measured');
      side.name = `PostgreSQL: ${choice.scheme.name}, ${choice.clients} clients`;
      return await openChoice(cluster, choice, { plan, tried });
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }
  return side;
}

/** Returns the best first. Each is tried twice, in turns, so that short disturbances on the machine matter less. */
async function calibrate(cluster: PostgresCluster, plan: Plan): Promise<Choice[]> {
  const ms = Math.min(TRIAL_MS, plan.roundMs);
  const choices = SCHEMES.flatMap((scheme) => CLIENT_COUNTS.map((clients) => ({ scheme, clients, perSecond: 0 })));
  for (const scheme of SCHEMES) await withClient(cluster, (client) => scheme.prepare(client, HOT_SKU, unitsFor(plan)));
  for (let pass = 0; pass < 2; pass += 1) {
    for (const choice of choices) choice.perSecond = Math.max(choice.perSecond, await tryOut(cluster, choice, ms));
  }
  choices.sort((one, other) => other.perSecond - one.perSecond);
  for (const { scheme, clients, perSecond } of choices) {
    plan.say(
      `PostgreSQL, ${scheme.name}, ${clients} clients: ${Math.round(perSecond).toLocaleString('en')} reservations/s`,
    );
  }
  return choices;
}

async function tryOut(cluster: PostgresCluster, { scheme, clients: count }: Choice, ms: number): Promise<number> {
  const clients = await PostgresClients.connect(cluster, count);
  try {
    // The earlier trials have prepared the statements and filled the caches.
    await clients.measure(scheme, ms / 4);
    return await clients.measure(scheme, ms);
  } finally {
    await clients.close();
  }
}

/** The first round includes the details of the trials. */
const detailsOf = (tried: readonly Choice[]): Record<string, number> =>
  Object.fromEntries(
    tried.map(({ scheme, clients, perSecond }) => [`${scheme.name}, ${clients} clients`, Math.round(perSecond)]),
  );

async function openChoice(
  cluster: PostgresCluster,
  { scheme, clients: count }: Choice,
  { plan, tried }: { plan: Plan; tried: readonly Choice[] },
): Promise<OpenSide> {
  await withClient(cluster, (client) => scheme.prepare(client, HOT_SKU, unitsFor(plan)));
  const clients = await PostgresClients.connect(cluster, count);
  return {
    round: async (round): Promise<Figure> => ({
      value: await clients.measure(scheme, plan.roundMs),
      ...(round === 1 && { details: detailsOf(tried) }),
    }),
    verify: () => withClient(cluster, async (client) => checkTaken(await scheme.taken(client), clients.acknowledged)),
    close: async () => {
      await clients.close();
      await cluster.close();
    },
  };
}

export async function withClient<T>(
  cluster: PostgresCluster,
  use: (client: Awaited<ReturnType<PostgresCluster['connect']>>) => Promise<T>,
): Promise<T> {
  const client = await cluster.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** The acknowledged, the counted and the held units must be the same number. */
export function checkTaken({ units, holds }: { units: number; holds: number }, acknowledged: number): void {
  if (units === acknowledged && holds === acknowledged) return;
  throw new Error(`PostgreSQL: ${acknowledged} acknowledged, ${units} taken, ${holds} held`);
}
