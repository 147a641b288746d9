// The program of scripts/redis-cluster.
import { optionsOf, portsFrom, serveGroup, until } from './private-redis.js';

const MASTERS = 3;
const NODES = 2 * MASTERS;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1_000;

const options = optionsOf(process.argv.slice(2), 2 * NODES);

async function startCluster(group) {
  const ports = await portsFrom(options.port, 2 * NODES);
  const nodes = await Promise.all(
    ports.slice(0, NODES).map((port, index) => startNode(group, port, ports[NODES + index])),
  );
  const masters = nodes.slice(0, MASTERS);
  await Promise.all(masters.map(giveSlots));
  await meet(nodes);
  await Promise.all(nodes.slice(MASTERS).map((node, index) => follow(node, masters[index])));
  await until('the start of the cluster', async () => (await Promise.all(nodes.map(isReady))).every(Boolean));
  const described = nodes.map(({ id, host, port, socketPath, pid }, index) => ({
    role: index < MASTERS ? 'master' : 'replica',
    id,
    host,
    port,
    socketPath,
    pid,
  }));
  return { url: `redis+cluster://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}`, nodes: described };
}

async function startNode(group, port, busPort) {
  const cluster = {
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'cluster-config-file': `nodes-${port}.conf`,
    'cluster-node-timeout': NODE_TIMEOUT_MS,
    'cluster-allow-replica-migration': 'no',
  };
  const node = await group.startServer(port, { ...cluster, ...options.settings });
  return { ...node, busPort, id: await node.client.cluster('MYID') };
}

async function giveSlots({ client }, index) {
  const [first, next] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS));
  await client.cluster('ADDSLOTSRANGE', first, next - 1);
  await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
}

async function meet([first, ...others]) {
  await Promise.all(others.map(({ host, port, busPort }) => first.client.call('CLUSTER', 'MEET', host, port, busPort)));
  const all = [first, ...others];
  await until('the meeting of the nodes', async () => {
    const known = await Promise.all(all.map(({ client }) => client.cluster('NODES')));
    return known.every((text) => all.every(({ id }) => text.includes(id)) && !text.includes('handshake'));
  });
}

const follow = (replica, master) =>
  until('the replication', async () => (await replica.client.cluster('REPLICATE', master.id)) === 'OK');

async function isReady({ client }) {
  const [info, replication, slots] = await Promise.all([
    client.cluster('INFO'),
    client.info('replication'),
    client.cluster('SLOTS'),
  ]);
  const hasReplicas = slots.length === MASTERS && slots.every((range) => range.length === 4);
  const isInSync = /role:master/.test(replication) || /master_link_status:up/.test(replication);
  return info.includes('cluster_state:ok') && hasReplicas && isInSync;
}

await serveGroup(startCluster, options);
