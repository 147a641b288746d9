import type { Log } from '../../transact/log.ts';
import { systemCaller } from '../../contract/calls/call.ts';
import type { EventService } from '../../shop/event/event-api.ts';
import type { ClientRequest, Clients } from '../listener/clients.ts';

/** Reports about one client are at least this far apart. */
const REPORT_WINDOW_MS = 60_000;
/** Further clients are reported together, so that an attack from many addresses fills neither the log nor the store. */
const CLIENTS_MAX = 10;
const OTHER_CLIENTS = 'others';
const ADDRESS_CHARS_MAX = 64;

interface Attempts {
  client: string | undefined;
  /** Wrong keys since the last report. */
  count: number;
  timer: NodeJS.Timeout;
}

interface WrongKeyLogOptions {
  log: Pick<Log, 'warn'>;
  clients: Pick<Clients, 'of' | 'addressOf'>;
  /** Records an event with the number of wrong keys of a client. */
  record: (client: string | undefined, count: number) => Promise<void>;
  windowMs?: number;
}

/** Logs and records wrong keys: the first one of a client at once, and then the number of further ones each minute. */
export class WrongKeyLog {
  readonly #options: WrongKeyLogOptions;
  readonly #attempts = new Map<string, Attempts>();

  constructor(options: WrongKeyLogOptions) {
    this.#options = options;
  }

  readonly note = (incoming: ClientRequest): void => {
    const { clients } = this.#options;
    const named = clients.addressOf(incoming) || (incoming.socket.remoteAddress ?? '');
    const own = named.slice(0, ADDRESS_CHARS_MAX);
    const address = this.#attempts.has(own) || this.#attempts.size < CLIENTS_MAX ? own : OTHER_CLIENTS;
    const known = this.#attempts.get(address);
    if (known) {
      known.count += 1;
      return;
    }
    const client = address === own ? clients.of(incoming) : undefined;
    this.#attempts.set(address, { client, count: 0, timer: this.#afterWindow(address) });
    this.#report(address, client, 1);
  };

  /** Ends the timers, and logs what is not reported yet. */
  readonly close = (): void => {
    for (const [address, { count, timer }] of this.#attempts) {
      clearTimeout(timer);
      if (count > 0) this.#log(address, count);
    }
    this.#attempts.clear();
  };

  #afterWindow(address: string): NodeJS.Timeout {
    return setTimeout(() => this.#endWindow(address), this.#options.windowMs ?? REPORT_WINDOW_MS).unref();
  }

  #endWindow(address: string): void {
    const attempts = this.#attempts.get(address);
    if (!attempts) return;
    const { client, count } = attempts;
    if (count === 0) {
      this.#attempts.delete(address);
      return;
    }
    this.#attempts.set(address, { client, count: 0, timer: this.#afterWindow(address) });
    this.#report(address, client, count);
  }

  #report(address: string, client: string | undefined, count: number): void {
    this.#log(address, count);
    this.#options.record(client, count).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'a wrong key could not be recorded as an event');
    });
  }

  #log(address: string, count: number): void {
    this.#options.log.warn({ client: address, count }, 'requests with a wrong operator key were refused');
  }
}

/** Returns the log of wrong keys of a server, which also records them as events. */
export const wrongKeysOf = (events: Pick<EventService, 'record'>, clients: Clients, log: Log): WrongKeyLog => {
  const record = (client: string | undefined, count: number): Promise<void> =>
    events.record({ caller: { ...systemCaller('unknown'), client } }, { what: 'login.failed', after: { count } });
  return new WrongKeyLog({ log, clients, record });
};
