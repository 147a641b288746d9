import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { redisBinary } from './redis-binary.ts';
import type { RedisConfig } from './redis-server.ts';

export interface GroupNode {
  readonly role: 'master' | 'replica' | 'sentinel';
  /** The id of a node of a cluster. */
  readonly id: string;
  readonly port: number;
  /** A server also listens on this socket; a sentinel does not. */
  readonly socketPath: string;
  readonly pid: number;
}

/** Servers of `scripts/redis-cluster` or `scripts/redis-sentinel`. Disposing ends them and deletes their data. */
export interface RedisGroup extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly nodes: readonly GroupNode[];
}

/** Starts the servers with settings of redis.conf. Resolves when all have joined, and replicas are in sync. */
export async function startRedisGroup(kind: 'cluster' | 'sentinel', settings: RedisConfig = {}): Promise<RedisGroup> {
  const program = fileURLToPath(new URL(`../../scripts/lib/redis-${kind}.js`, import.meta.url));
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value ?? '']);
  const env = { ...process.env, HOLDFAST_REDIS_SERVER: redisBinary() };
  const child = spawn(process.execPath, [program, '--json', '--', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const exited = once(child, 'exit');
  let [output, errors] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.endsWith('\n')) resolve();
    });
    void exited.then(() => reject(new Error(`the ${kind} ended: ${errors}`)));
  });
  return {
    ...(JSON.parse(output) as Pick<RedisGroup, 'url' | 'nodes'>),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export function kill9({ pid }: GroupNode): void {
  process.kill(pid, 'SIGKILL');
}
