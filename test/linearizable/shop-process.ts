import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StockOutput } from './stock-specification.ts';

const CHILD = join(import.meta.dirname, 'shop-child.js');

export type Act = 'supply' | 'reserve' | 'release' | 'consume' | 'level';

export interface Reply {
  call: number;
  output?: StockOutput | null;
  holdId?: string;
  /** The key with which a repetition finds out what happened. */
  unknown?: string;
  /** The call had no effect and will have none. */
  nothing?: string;
  error?: string;
}

/** A real process that serves the shop. */
export interface ShopProcess extends AsyncDisposable {
  call(act: Act, input: object, key?: string | null): Promise<Reply>;
}

/** The store of a process. A replicated one is a Redis with `DURABILITY=replicated`. */
type Kind = 'redis' | 'replicated' | 'embedded';

export async function startShopProcess(kind: Kind, place: string, fault = ''): Promise<ShopProcess> {
  const child = fork(CHILD, [kind, place, fault], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const waiting = new Map<number, (reply: Reply) => void>();
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('the child ended before it was ready'))),
  ]);
  child.on('message', (reply: Reply) => {
    waiting.get(reply.call)?.(reply);
    waiting.delete(reply.call);
  });
  let calls = 0;
  return {
    call: (act, input, key = null) =>
      new Promise((resolve) => {
        calls += 1;
        waiting.set(calls, resolve);
        child.send({ call: calls, act, input, key });
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
