// Starts private Redis servers on loopback for scripts/redis-cluster and scripts/redis-sentinel, and ends them on a
// signal, at the parent's death, or after a time limit.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';

const READY_MS_MAX = 30_000;
const STEP_MS = 20;
const PARENT_CHECK_MS = 500;
const MINUTES_MAX = 24 * 60;
const HOST = '127.0.0.1';

const DEFAULTS = {
  bind: HOST,
  save: '',
  appendonly: 'yes',
  'maxmemory-policy': 'noeviction',
  'notify-keyspace-events': 'Ex',
  'repl-diskless-sync-delay': '0',
  // A replica is listed by CLUSTER SLOTS once it has received something, which is a ping after 10 s unless changed.
  'repl-ping-replica-period': '1',
  'enable-debug-command': 'local',
};

/** Resolves when `condition` resolves with true. Rejects after 30 seconds; an error of `condition` counts as false. */
export async function until(what, condition) {
  const deadline = performance.now() + READY_MS_MAX;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${READY_MS_MAX / 1_000} s`);
    await sleep(STEP_MS);
  }
}

/** Parses `[--port N] [--minutes N] [--json] [-- --SETTING VALUE ...]`. `nodes` is the number of ports. */
export function optionsOf(args, nodes) {
  try {
    return parse(args, nodes);
  } catch (error) {
    console.error(`holdfast: ${error.message}`);
    process.exit(2);
  }
}

function parse(args, nodes) {
  const options = { port: { type: 'string' }, minutes: { type: 'string' }, json: { type: 'boolean' } };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const minutes = whole(values.minutes ?? '60', 1, MINUTES_MAX, '--minutes');
  const port = values.port === undefined ? null : whole(values.port, 1_024, 65_536 - nodes, '--port');
  const settings = {};
  for (let index = 0; index < positionals.length; index += 2) {
    const [name = '', value] = positionals.slice(index, index + 2);
    if (!name.startsWith('--') || value === undefined) throw new Error(`expected --SETTING VALUE, found ${name}`);
    settings[name.slice(2)] = value;
  }
  return { port, minutes, json: values.json ?? false, settings };
}

function whole(text, min, max, name) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} takes a whole number from ${min} to ${max}, not ${text}`);
}

/** Returns `count` ports: `first` and those after it, or free ones. All are reserved at once, so that they differ. */
export async function portsFrom(first, count) {
  if (first !== null) return Array.from({ length: count }, (_, index) => first + index);
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** The servers of one script, in a folder of their own. */
export class PrivateGroup {
  #dir = '';
  #children = [];
  #clients = [];
  #watchdog;

  async open() {
    this.#dir = await mkdtemp(join(tmpdir(), 'hf-redis-'));
    this.#watchdog = startWatchdog(this.#dir);
  }

  /** Starts a server with the settings of redis.conf. Resolves when it answers. */
  async startServer(port, settings) {
    const socketPath = join(this.#dir, `${port}.sock`);
    const all = { ...DEFAULTS, ...settings, port, dir: this.#dir, unixsocket: socketPath, dbfilename: `${port}.rdb` };
    const files = { appenddirname: `aof-${port}` };
    const args = Object.entries({ ...all, ...files }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = this.#spawn(args);
    const client = this.#client({ path: socketPath });
    await this.#answers(client, child, port);
    return { host: HOST, port, socketPath, pid: child.pid, client };
  }

  async startSentinel(port, lines) {
    const file = join(this.#dir, `sentinel-${port}.conf`);
    await writeFile(file, [`port ${port}`, `bind ${HOST}`, `dir ${this.#dir}`, ...lines].join('\n'));
    const child = this.#spawn([file, '--sentinel']);
    const client = this.#client({ host: HOST, port });
    await this.#answers(client, child, port);
    return { host: HOST, port, pid: child.pid, client };
  }

  #spawn(args) {
    const program = process.env.HOLDFAST_REDIS_SERVER ?? 'redis-server';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.log = '';
    child.stdout.on('data', (chunk) => (child.log = (child.log + String(chunk)).slice(-4_000)));
    child.once('error', (error) => (child.log += error.message));
    this.#children.push(child);
    if (child.pid !== undefined) this.#watchdog.stdin.write(`${child.pid}\n`);
    return child;
  }

  #client(address) {
    const client = new Redis({ ...address, lazyConnect: true, retryStrategy: () => STEP_MS, protocol: 2 });
    client.on('error', () => undefined);
    this.#clients.push(client);
    return client;
  }

  async #answers(client, child, port) {
    await until(`the start of Redis on port ${port}`, async () => {
      if (hasEnded(child)) return true;
      if (client.status === 'wait') await client.connect();
      return (await client.ping()) === 'PONG';
    });
    if (hasEnded(child)) throw new Error(`Redis on port ${port} ended at once:\n${child.log}`);
  }

  /** The connections are for the setup only: a client that reconnects forever would disturb tests that end servers. */
  disconnect() {
    for (const client of this.#clients) client.disconnect();
  }

  async close() {
    this.disconnect();
    const running = this.#children.filter((child) => !hasEnded(child) && child.pid !== undefined);
    await Promise.all(
      running.map(async (child) => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }),
    );
    this.#watchdog.kill('SIGKILL');
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 5, retryDelay: STEP_MS });
  }
}

/**
 * Reads the ids of the servers' processes. Ends them if this process dies without a cleanup, because then its standard
 * input closes.
 */
function startWatchdog(dir) {
  const script = 'while read -r pid; do pids="$pids $pid"; done; kill -9 $pids 2>/dev/null; rm -rf "$1"';
  const watchdog = spawn('sh', ['-c', script, 'watchdog', dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  return watchdog;
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

/** Runs `start`, prints what it resolves with, and serves until something ends this process. Sets the exit code. */
export async function serveGroup(start, { minutes, json }) {
  const group = new PrivateGroup();
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ending.abort(signal));
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || ending.abort('the parent has ended'), PARENT_CHECK_MS);
  try {
    await group.open();
    const { url, ...details } = await start(group);
    group.disconnect();
    console.log(json ? JSON.stringify({ url, ...details }) : `REDIS_URL=${url}`);
    if (!json) console.error(`Press Ctrl-C to stop it. It stops by itself after ${minutes} minutes.`);
    await sleep(minutes * 60_000, undefined, { signal: ending.signal }).catch(() => undefined);
  } catch (error) {
    console.error(`holdfast: ${error.message}`);
    process.exitCode = 1;
  } finally {
    clearInterval(watch);
    await group.close();
  }
}
