import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { GenerationalCache } from '../../store/generational-cache.ts';
import { shortHash } from '../../transact/documents/ids.ts';
import { addressOf, clientOf, isTrusted, type Network } from './client-address.ts';

const CLIENT_KEY = 'x-client-key';
const USABLE_KEY = /^[\x21-\x7e]{1,128}$/;
const PREFIX = 'clt_';
/** The client of a request, once it was read from the headers. */
const CLIENT = Symbol('client');
/** The number of clients behind proxies whose names are cached, so that their requests need no hash. */
const REMEMBERED_MAX = 10_000;
/** Longer headers are not cached, because they would fill the memory. */
const REMEMBERED_CHARS_MAX = 256;

/** The part of a request from which its client follows. */
export type ClientRequest = Pick<IncomingMessage, 'headers'> & { socket: Socket; [CLIENT]?: string | null };

interface ClientsOptions {
  /** Proxies whose `X-Forwarded-For` is trusted. */
  trusted: readonly Network[];
  /**
   * Whether their `X-Client-Key` is trusted too. Default: false. Many proxies forward headers that they do not know, so
   * a browser could choose its own client key.
   */
  hasKeys?: boolean;
  /** Called once, for the first call whose client is unknown. */
  onUnknown?: () => void;
}

/**
 * Names the client of each request: `clt_` and 22 characters of a hash of its address, or of the `X-Client-Key` that a
 * trusted proxy sets. The name of a connection is cached, and for connections of proxies the names of headers.
 */
export class Clients {
  readonly #trusted: readonly Network[];
  readonly #hasKeys: boolean;
  readonly #onUnknown: () => void;
  /** The client of a connection; null if it is unknown, and `PROXY` if it depends on the headers of a request. */
  readonly #connections = new WeakMap<Socket, string | null | typeof PROXY>();
  readonly #named = new GenerationalCache<{ client: string | null }>(REMEMBERED_MAX);
  #hasUnknown = false;

  constructor({ trusted, hasKeys = false, onUnknown = () => undefined }: ClientsOptions) {
    this.#trusted = trusted;
    this.#hasKeys = hasKeys;
    this.#onUnknown = onUnknown;
  }

  /** Whether there was a call whose client is unknown. */
  get hasUnknown(): boolean {
    return this.#hasUnknown;
  }

  /** Returns the client of a request; undefined if it is unknown, because its address is not public. */
  of(request: ClientRequest): string | undefined {
    const known = this.#connections.get(request.socket);
    const client = known === undefined || known === PROXY ? this.#read(request, known) : known;
    if (client !== null) return client;
    if (!this.#hasUnknown) {
      this.#hasUnknown = true;
      this.#onUnknown();
    }
    return undefined;
  }

  /** Returns the plain address of a request's client. Only for log lines about refused logins and limits. */
  addressOf(request: ClientRequest): string {
    return addressOf(request, this.#trusted);
  }

  #read(request: ClientRequest, known: typeof PROXY | undefined): string | null {
    const { socket } = request;
    // A request that did not arrive on a socket of this process has no address. Parsing it would throw, which is slow.
    if (socket.remoteAddress === undefined && known !== PROXY) return null;
    if (known === PROXY || isTrusted(socket.remoteAddress ?? '', this.#trusted)) {
      if (!known) this.#connections.set(socket, PROXY);
      // Cached, because both the limits and the call need the client of a request.
      return (request[CLIENT] ??= this.#readHeaders(request));
    }
    const client = clientNameOf(clientOf(request, this.#trusted));
    this.#connections.set(socket, client);
    return client;
  }

  #readHeaders(request: ClientRequest): string | null {
    const { 'x-forwarded-for': forwarded = '' } = request.headers;
    const key = this.#hasKeys ? (request.headers[CLIENT_KEY] ?? '') : '';
    const text = `${String(key)}\n${String(forwarded)}\n${request.socket.remoteAddress}`;
    const remembered = this.#named.get(text);
    if (remembered) return remembered.client;
    const isKey = typeof key === 'string' && USABLE_KEY.test(key);
    const client = isKey ? PREFIX + shortHash('client', 'key', key) : clientNameOf(clientOf(request, this.#trusted));
    if (text.length <= REMEMBERED_CHARS_MAX) this.#named.set(text, { client });
    return client;
  }
}

const PROXY = Symbol('proxy');

const clientNameOf = (address: string | null): string | null =>
  address === null ? null : PREFIX + shortHash('client', address);
