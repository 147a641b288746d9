import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandName, RespFrames } from './resp-frames.ts';

export type ReplyMatcher = (command: string, reply: Buffer) => boolean;

export interface ProxyCounters {
  /** Connections accepted since the start, without the refused ones. */
  readonly accepted: number;
  readonly open: number;
  readonly refused: number;
  /** Replies that the current matcher matched, including dropped ones. */
  readonly matched: number;
  readonly dropped: number;
  /** Batches that were sent twice. */
  readonly copied: number;
}

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** For REDIS_URL. */
  readonly url: string;
  readonly counters: ProxyCounters;
  /** Loses every n-th matching reply: Redis did the work, and the client sees its connection close. 0 stops that. */
  dropReplyOfEvery(n: number, matches?: ReplyMatcher): void;
  /** Sends every n-th batch to Redis twice in a row. The client receives the first reply only. 0 stops that. */
  copyOfEvery(n: number): void;
  /** Resets every open connection, in the middle of its work. */
  reset(): void;
  /** Delays all data in both directions, and new connections too, for `ms`. */
  stall(ms: number): Promise<void>;
  stallUntil(over: Promise<unknown>): Promise<void>;
  /** While true, new connections are reset. The open ones stay. */
  refuse(refusing: boolean): void;
}

/** A reply that carries the result of a batch: of a call that found its function. */
const isBatch: ReplyMatcher = (command, reply) =>
  command === 'FCALL' && !reply.subarray(0, 23).equals(Buffer.from('-ERR Function not found'));

const PUSH_FRAME = 0x3e;
/** Stands for a request whose reply is for nobody. */
const COPY = 'COPY';

class Faults {
  accepted = 0;
  refused = 0;
  matched = 0;
  dropped = 0;
  copied = 0;
  copyEvery = 0;
  #batches = 0;
  refusing = false;
  stalls = 0;
  every = 0;
  matches: ReplyMatcher = isBatch;
  readonly pairs = new Set<Pair>();

  get open(): number {
    return this.pairs.size;
  }

  copies(command: string): boolean {
    if (this.copyEvery === 0 || command !== 'FCALL') return false;
    this.#batches += 1;
    if (this.#batches % this.copyEvery !== 0) return false;
    this.copied += 1;
    return true;
  }

  loses(command: string, reply: Buffer): boolean {
    if (this.every === 0 || !this.matches(command, reply)) return false;
    this.matched += 1;
    if (this.matched % this.every !== 0) return false;
    this.dropped += 1;
    return true;
  }
}

/** One client connection and its own connection to Redis. */
class Pair {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #faults: Faults;
  readonly #requests = new RespFrames();
  readonly #replies = new RespFrames();
  readonly #waiting: string[] = [];

  constructor(client: Socket, upstream: Socket, faults: Faults) {
    this.#client = client;
    this.#upstream = upstream;
    this.#faults = faults;
    client.setNoDelay(true);
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    upstream.on('data', (chunk: Buffer) => this.#fromUpstream(chunk));
    for (const socket of [client, upstream]) {
      socket.on('error', () => this.reset());
      socket.on('close', () => this.#close());
    }
    if (faults.stalls > 0) this.pause();
  }

  pause(): void {
    this.#client.pause();
    this.#upstream.pause();
  }

  resume(): void {
    this.#client.resume();
    this.#upstream.resume();
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#upstream.destroy();
  }

  #fromClient(chunk: Buffer): void {
    // Whole requests are forwarded, so that a copy never stands in the middle of another request.
    for (const request of this.#requests.push(chunk)) {
      const command = commandName(request);
      this.#waiting.push(command);
      this.#upstream.write(request);
      if (!this.#faults.copies(command)) continue;
      this.#waiting.push(COPY);
      this.#upstream.write(request);
    }
  }

  #fromUpstream(chunk: Buffer): void {
    for (const reply of this.#replies.push(chunk)) {
      const command = reply[0] === PUSH_FRAME ? '' : (this.#waiting.shift() ?? '');
      if (command === COPY) continue;
      if (this.#faults.loses(command, reply)) {
        this.#close();
        return;
      }
      this.#client.write(reply);
    }
  }

  /** The client still receives the replies before the lost one: the connection is closed, not reset. */
  #close(): void {
    this.#faults.pairs.delete(this);
    this.#upstream.removeAllListeners('data').destroy();
    this.#client.destroySoon();
  }
}

const stallUntil = async (faults: Faults, over: Promise<unknown>): Promise<void> => {
  faults.stalls += 1;
  for (const pair of faults.pairs) pair.pause();
  await over;
  faults.stalls -= 1;
  if (faults.stalls === 0) for (const pair of faults.pairs) pair.resume();
};

const accept = (client: Socket, target: string | number, faults: Faults): void => {
  if (faults.refusing) {
    faults.refused += 1;
    client.on('error', () => undefined).resetAndDestroy();
    return;
  }
  faults.accepted += 1;
  const upstream = typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1');
  faults.pairs.add(new Pair(client, upstream, faults));
};

/**
 * A proxy on 127.0.0.1 in front of a Redis, given by its unix socket or its port. It knows where each reply begins and
 * ends, so that its faults are exact. Nothing is random: the dropped replies depend only on the order of replies.
 */
export async function startTcpProxy(target: string | number): Promise<TcpProxy> {
  const faults = new Faults();
  const server = createServer((client) => accept(client, target, faults));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reset = () => {
    for (const pair of faults.pairs) pair.reset();
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    counters: faults,
    dropReplyOfEvery: (n, matches = isBatch) => {
      Object.assign(faults, { every: n, matches, matched: 0 });
    },
    copyOfEvery: (n) => {
      faults.copyEvery = n;
    },
    reset,
    stall: (ms) => stallUntil(faults, sleep(ms)),
    stallUntil: (over) => stallUntil(faults, over),
    refuse: (refusing) => {
      faults.refusing = refusing;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      reset();
      await once(server, 'close');
    },
  };
}
