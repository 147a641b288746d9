import type { Figure, OpenSide, Plan, Side } from '../core/types.ts';
import { PostgresClients, HOT_SKU } from './clients.ts';
import { type PostgresCluster, startPostgres } from './cluster.ts';
import { type Scheme, SCHEMES } from './schemes.ts';

const CLIENT_COUNTS = [16, 64] as const;
const UNITS = 1_000_000_000;

interface Choice {
  scheme: Scheme;
  clients: number;
  perSecond: number;
}

/**
 * One hot SKU in PostgreSQL, durable. Which scheme at how many clients is best is measured first, each twice, in turns;
 * only the best of them is the reference of the rounds.
 */
export function postgresHotSide(): Side {
  const side: Side = { name: 'PostgreSQL, the best durable scheme', unit: 'reservations/s', open };
  async function open(plan: Plan): Promise<OpenSide> {
    const cluster = await startPostgres();
    try {
      const choice = await calibrate(cluster, plan);
      side.name = `PostgreSQL: ${choice.scheme.name}, ${choice.clients} clients`;
      return await openChoice(cluster, choice, plan);
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }
  return side;
}

async function calibrate(cluster: PostgresCluster, plan: Plan): Promise<Choice> {
  const ms = plan.smoke ? plan.roundMs : Math.min(1_500, plan.roundMs);
  let best: Choice | undefined;
  for (const scheme of SCHEMES) {
    await withClient(cluster, (client) => scheme.prepare(client, HOT_SKU, UNITS));
    for (const clients of CLIENT_COUNTS) {
      const perSecond = await tryOut(cluster, { scheme, clients, ms });
      plan.say(`PostgreSQL, ${scheme.name}, ${clients} clients: ${Math.round(perSecond)} reservations/s`);
      if (!best || perSecond > best.perSecond) best = { scheme, clients, perSecond };
    }
  }
  if (!best) throw new Error('no scheme');
  return best;
}

async function tryOut(
  cluster: PostgresCluster,
  { scheme, clients: count, ms }: { scheme: Scheme; clients: number; ms: number },
): Promise<number> {
  const clients = await PostgresClients.connect(cluster, count);
  try {
    const first = await clients.measure(scheme, ms / 2);
    return Math.max(first, await clients.measure(scheme, ms));
  } finally {
    await clients.close();
  }
}

async function openChoice(cluster: PostgresCluster, { scheme, clients: count }: Choice, plan: Plan): Promise<OpenSide> {
  await withClient(cluster, (client) => scheme.prepare(client, HOT_SKU, UNITS));
  const clients = await PostgresClients.connect(cluster, count);
  return {
    round: async (): Promise<Figure> => ({
      value: await clients.measure(scheme, plan.roundMs),
      details: { clients: count },
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

/** What was acknowledged, what is counted as taken and what the holds say are one number. */
export function checkTaken({ units, holds }: { units: number; holds: number }, acknowledged: number): void {
  if (units === acknowledged && holds === acknowledged) return;
  throw new Error(`PostgreSQL: ${acknowledged} acknowledged, ${units} taken, ${holds} held`);
}
