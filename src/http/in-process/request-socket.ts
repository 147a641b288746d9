import { EventEmitter } from 'node:events';

interface RequestSocketOptions {
  /** The address of the client; undefined if it is unknown. */
  remoteAddress: string | undefined;
  /** Whether the URL of the request begins with `https:`. */
  encrypted: boolean;
}

/**
 * Represents the connection of a request that did not arrive on a socket of this process. Each request has one of its
 * own, which is destroyed when the request has been answered or its client has disconnected.
 */
export class RequestSocket extends EventEmitter {
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
  destroyed = false;
  #idle: { ms: number; timer: NodeJS.Timeout } | null = null;
  #onIdle: (() => void) | undefined;

  constructor({ remoteAddress, encrypted }: RequestSocketOptions) {
    super();
    this.remoteAddress = remoteAddress;
    this.encrypted = encrypted;
  }

  /** Does nothing: the caller of the handler reads the connection. */
  pause(): this {
    return this;
  }

  /** Does nothing, like `pause`. */
  resume(): this {
    return this;
  }

  /** Calls `onIdle` after each `ms` milliseconds without a byte in either direction. */
  setTimeout(ms: number, onIdle?: () => void): this {
    clearTimeout(this.#idle?.timer);
    this.#onIdle = onIdle;
    this.#idle = ms > 0 && !this.destroyed ? { ms, timer: setTimeout(() => this.#onIdle?.(), ms).unref() } : null;
    return this;
  }

  /** To be called for each byte that has arrived or left. */
  touch(): void {
    this.#idle?.timer.refresh();
  }

  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    clearTimeout(this.#idle?.timer);
    this.emit('close');
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }
}
