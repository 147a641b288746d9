import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { poll } from './poll.ts';
import { redisBinary } from './redis-binary.ts';
import { tempDir } from './temp-dir.ts';
import { watchOver } from './watchdog.ts';

export interface RedisConfig {
  appendonly?: 'yes' | 'no';
  appendfsync?: 'always' | 'everysec' | 'no';
  maxmemory?: string;
  'maxmemory-policy'?: string;
  [setting: string]: string | undefined;
}

export interface RedisServer extends AsyncDisposable {
  /** For REDIS_URL: `unix:` and the socket's path. */
  readonly url: string;
  readonly socketPath: string;
  readonly pid: number;
  readonly config: Readonly<RedisConfig>;
  /** Shuts it down as an operator would. Its data stays for `restart`. */
  stop(): Promise<void>;
  /** Ends the process by SIGKILL. */
  kill9(): Promise<void>;
  /** Restarts it on the same socket and data, with changed settings if given. Shuts it down first if it runs. */
  restart(changes?: RedisConfig): Promise<void>;
}

const READY_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const LOG_CHARACTERS_MAX = 4_000;

const DEFAULTS: RedisConfig = {
  port: '0',
  save: '',
  appendonly: 'no',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  'enable-debug-command': 'yes',
};

/** True once the server answers PING with PONG. False while it does not listen yet or still loads its data. */
const answersPing = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => settle(reply.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });

interface Running {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<unknown>;
}

interface LaunchOptions {
  env: Record<string, string>;
  readyTimeoutMs: number;
  /** The longest time of a clean shutdown, before it is forced. */
  stopTimeoutMs: number;
  /** A command that runs the server's command, such as an instrument. Its process becomes the server. */
  under: readonly string[];
}

const launch = async (
  dir: string,
  socketPath: string,
  config: RedisConfig,
  { env, readyTimeoutMs: timeoutMs, under }: Omit<LaunchOptions, 'stopTimeoutMs'>,
): Promise<Running> => {
  const settings = Object.entries({ ...config, dir, unixsocket: socketPath });
  const args = settings.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const [program = redisBinary(), ...rest] = [...under, redisBinary(), ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  const keep = (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_CHARACTERS_MAX);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit').catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  const watchdog = watchOver(pid);
  void exited.then(() => watchdog.kill('SIGKILL'));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  await poll(async () => ended() || (await answersPing(socketPath)), {
    timeoutMs,
    describe: () => `Redis does not answer:\n${log}`,
  });
  if (ended()) throw new Error(`Redis ended at once:\n${log}`);
  return { process: child, pid, exited };
};

const end = async (running: Running, signal: 'SIGTERM' | 'SIGKILL', timeoutMs: number): Promise<void> => {
  running.process.kill(signal);
  const forced = setTimeout(() => running.process.kill('SIGKILL'), timeoutMs);
  await running.exited;
  clearTimeout(forced);
};

/**
 * Starts a private Redis on a unix socket in a directory of its own, without a TCP port. Settings are those of
 * redis.conf. `await using redis = await startRedis()` ends it with the test. `readyTimeoutMs` is for a server that has
 * much to load. `env` is added to its environment, for example a shifted clock.
 */
export async function startRedis(
  settings: RedisConfig = {},
  {
    readyTimeoutMs = READY_TIMEOUT_MS,
    stopTimeoutMs = STOP_TIMEOUT_MS,
    env = {},
    under = [],
  }: Partial<LaunchOptions> = {},
): Promise<RedisServer> {
  const dir = await tempDir();
  const socketPath = join(dir.path, 'redis.sock');
  let config = { ...DEFAULTS, ...settings };
  let running: Running | undefined;
  const finish = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = running;
    running = undefined;
    if (ending) await end(ending, signal, stopTimeoutMs);
  };
  const restart = async (changes: RedisConfig = {}) => {
    await finish('SIGTERM');
    config = { ...config, ...changes };
    running = await launch(dir.path, socketPath, config, { env, readyTimeoutMs, under });
  };
  const dispose = async () => {
    await finish('SIGKILL');
    await dir[Symbol.asyncDispose]();
  };
  try {
    await restart();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url: `unix:${socketPath}`,
    socketPath,
    get pid() {
      if (!running) throw new Error('this Redis is stopped');
      return running.pid;
    },
    get config() {
      return config;
    },
    stop: () => finish('SIGTERM'),
    kill9: () => finish('SIGKILL'),
    restart,
    [Symbol.asyncDispose]: dispose,
  };
}
