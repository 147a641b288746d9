// The program of scripts/redis-sentinel.
import { optionsOf, portsFrom, serveGroup, until } from './private-redis.js';

const NAME = 'shop';
const SENTINELS = 3;
const DOWN_MS = 500;
const FAILOVER_MS = 5_000;

const options = optionsOf(process.argv.slice(2), SENTINELS + 2);

async function startGroup(group) {
  const [masterPort, replicaPort, ...ports] = await portsFrom(options.port, SENTINELS + 2);
  const master = await group.startServer(masterPort, options.settings);
  const following = { ...options.settings, replicaof: `${master.host} ${masterPort}` };
  const replica = await group.startServer(replicaPort, following);
  await until('the replication', async () => {
    const replication = await replica.client.info('replication');
    return replication.includes('master_link_status:up');
  });
  const lines = [
    `sentinel monitor ${NAME} ${master.host} ${masterPort} ${Math.ceil(SENTINELS / 2)}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_MS}`,
    `sentinel failover-timeout ${NAME} ${FAILOVER_MS}`,
  ];
  const sentinels = await Promise.all(ports.map((port) => group.startSentinel(port, lines)));
  await until('the start of the sentinels', async () => {
    const infos = await Promise.all(sentinels.map(({ client }) => client.info('sentinel')));
    return infos.every((info) => info.includes(`slaves=1,sentinels=${SENTINELS}`));
  });
  const describe = (role, { host, port, socketPath, pid }) => ({ role, host, port, socketPath, pid });
  const nodes = [describe('master', master), describe('replica', replica)];
  nodes.push(...sentinels.map((sentinel) => describe('sentinel', sentinel)));
  return { url: `redis+sentinel://${ports.map((port) => `${master.host}:${port}`).join(',')}/${NAME}`, nodes };
}

await serveGroup(startGroup, options);
