import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Store, StoreError, type StoreFault } from '../../src/store/store.ts';
import type { Clock } from './engines.ts';

const CHILD = join(import.meta.dirname, 'store-child.js');

/** The methods of a store that work across processes: plain calls with answers. */
export type RemoteStore = Pick<Store, 'apply' | 'read' | 'reclaim' | 'history' | 'feed' | 'listStock' | 'listHolds'> &
  Pick<Store, 'listDocuments' | 'scan' | 'close'>;

export interface StoreProcess extends AsyncDisposable {
  readonly store: RemoteStore;
  readonly pid: number;
  /** Kills the process. Calls under way reject with `outcome_unknown`. */
  kill9(): Promise<void>;
}

interface Reply {
  call: number;
  value?: unknown;
  fault?: StoreFault;
  message?: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface StoreProcessOptions {
  deadlineMs?: number;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
}

/** Starts a process with the built embedded store on `dir`. */
export function startStoreProcess(
  dir: string,
  clock: Clock,
  { deadlineMs = 10_000, env = {} }: StoreProcessOptions = {},
): Promise<StoreProcess> {
  return start(['embedded', dir, String(deadlineMs)], clock, env);
}

/** Starts a process with the built Redis store of a shop, whose time is that of the server. */
export function startRedisStoreProcess(url: string, shop: string, deadlineMs = 10_000): Promise<StoreProcess> {
  return start(['redis', url, shop, String(deadlineMs)], { now: 0 }, {});
}

async function start(args: readonly string[], clock: Clock, env: Record<string, string>): Promise<StoreProcess> {
  const child = fork(CHILD, args, {
    env: { ...process.env, ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('the child ended before it was ready'))),
  ]);
  const { pid } = child;
  if (pid === undefined) throw new Error('the child has no process id');
  const kill9 = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { store: remote(child, clock), pid, kill9, [Symbol.asyncDispose]: kill9 };
}

function remote(child: ChildProcess, clock: Clock): RemoteStore {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  child.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.call);
    waiting.delete(reply.call);
    if (reply.fault === undefined && reply.message === undefined) caller?.resolve(reply.value);
    else caller?.reject(new StoreError(reply.fault ?? 'unavailable', reply.message ?? ''));
  });
  child.once('exit', () => {
    for (const caller of waiting.values()) caller.reject(new StoreError('outcome_unknown', 'the process is gone'));
    waiting.clear();
  });
  const ask = (method: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      calls += 1;
      waiting.set(calls, { resolve, reject });
      child.send({ call: calls, method, args, now: clock.now }, (error) => {
        if (error) reject(new StoreError('unavailable', 'the process is gone', { cause: error }));
      });
    });
  return new Proxy({} as RemoteStore, {
    get: (_, method) => (method === 'then' ? undefined : (...args: unknown[]) => ask(String(method), args)),
  });
}
