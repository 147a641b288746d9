import { Agent, type IncomingMessage, request } from 'node:http';
import { queryPath } from './shop-server.ts';

export interface WatchedState {
  sku: string;
  available: number;
  status: string;
  version: number;
}

/** One connection of a subscriber that parses server-sent events itself, as clients in any language do. */
export interface Watcher {
  /** Resolves when the server has begun to answer. */
  readonly opened: Promise<IncomingMessage>;
  /** Resolves when the connection has ended, for any reason. */
  readonly ended: Promise<void>;
  readonly text: () => string;
  /** Every received state, in order. */
  readonly states: WatchedState[];
  pause(): void;
  resume(): void;
  leave(): void;
}

export interface WatcherOptions {
  headers?: Record<string, string>;
  agent?: Agent;
  /** A unix socket on which the server listens, in place of the host and port of the URL. */
  socketPath?: string;
  /** Called with each received state. */
  onState?: (state: WatchedState) => void;
  /** False where the messages of a thousand watchers would fill the memory. */
  keep?: boolean;
}

export const watchPath = (skus: readonly string[]): string => queryPath('stock.watch', { skus });

export function watch(url: string, skus: readonly string[], options: WatcherOptions = {}): Watcher {
  const { headers = {}, agent = new Agent({ keepAlive: false }), socketPath, onState, keep = true } = options;
  const states: WatchedState[] = [];
  const chunks: string[] = [];
  let rest = '';
  const hear = (chunk: string): void => {
    if (keep) chunks.push(chunk);
    const events = (rest + chunk).split('\n\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (event.startsWith('event:') || data === undefined) continue;
      const state = (JSON.parse(data) as { json: WatchedState }).json;
      if (keep) states.push(state);
      onState?.(state);
    }
  };
  let incoming: IncomingMessage | null = null;
  const sent = request(`${url}${watchPath(skus)}`, { agent, headers, ...(socketPath !== undefined && { socketPath }) });
  const ended = new Promise<void>((resolve) => sent.once('close', resolve));
  const opened = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (answer) => {
      incoming = answer;
      answer.setEncoding('utf8').on('data', hear);
      // A broken connection is an end like any other. `ended` resolves for it.
      answer.on('error', () => {});
      resolve(answer);
    });
  });
  opened.catch(() => {});
  sent.on('error', () => {});
  sent.end();
  return {
    opened,
    ended,
    text: () => chunks.join(''),
    states,
    pause: () => incoming?.pause(),
    resume: () => incoming?.resume(),
    leave: () => sent.destroy(),
  };
}
