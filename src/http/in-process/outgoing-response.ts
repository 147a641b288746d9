import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import type { IncomingRequest } from './incoming-request.ts';
import type { RequestSocket } from './request-socket.ts';

/** Bytes of a stream that are buffered before its reader requests them. */
const STREAM_BYTES_AHEAD = 16_384;
/** The status of an answer whose client has disconnected, as nginx logs it. Nobody receives it. */
const CLIENT_CLOSED = 499;
/** Headers about a connection to this process. The caller of the handler uses another connection. */
const HEADERS_OF_CONNECTIONS = ['connection', 'keep-alive', 'transfer-encoding'];
const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

type GivenHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];
type WriteCallback = (error?: Error | null) => void;

/** A `Response` in the form of Node's `ServerResponse`, as far as the HTTP code uses it. */
export class OutgoingResponse extends Writable {
  readonly req: IncomingRequest;
  readonly socket: RequestSocket;
  /** Resolves when the headers and either the whole body or its first bytes are known. Never rejects. */
  readonly response: Promise<Response>;
  statusCode = 200;
  headersSent = false;
  readonly #headers = new Headers();
  readonly #resolve: (response: Response) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #isAnswered = false;
  #onRead: WriteCallback | null = null;

  constructor(req: IncomingRequest) {
    super({ decodeStrings: true });
    this.req = req;
    this.socket = req.socket;
    const { promise, resolve } = withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    // An error without a listener would end the process.
    this.on('error', () => undefined);
    req.once('error', () => this.destroy());
  }

  get isEventStream(): boolean {
    return this.getHeader('content-type') === 'text/event-stream';
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name);
  }

  setHeader(name: string, value: OutgoingHttpHeader): this {
    this.#headers.delete(name);
    for (const each of [value].flat()) this.#headers.append(name, String(each));
    return this;
  }

  removeHeader(name: string): void {
    this.#headers.delete(name);
  }

  writeHead(status: number, headers: GivenHeaders = {}): this {
    this.statusCode = status;
    this.headersSent = true;
    for (const [name, value] of pairsOf(headers)) if (value !== undefined) this.setHeader(name, value);
    return this;
  }

  flushHeaders(): void {
    this.#beginStream();
  }

  override write(chunk: string | Uint8Array, ...more: unknown[]): boolean {
    this.#beginStream();
    return super.write(chunk, ...(more as [WriteCallback?]));
  }

  override end(chunk?: unknown): this {
    if (this.#isAnswered || this.destroyed || typeof chunk === 'function') return super.end(chunk as never);
    this.#answer((chunk ?? null) as string | Uint8Array | null);
    return super.end();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteCallback): void {
    const stream = this.#stream;
    if (!stream) return done();
    this.socket.touch();
    stream.enqueue(chunk);
    if ((stream.desiredSize ?? 0) > 0) return done();
    this.#onRead = done;
    return undefined;
  }

  override _final(done: WriteCallback): void {
    this.#stream?.close();
    this.#stream = null;
    done();
  }

  override _destroy(error: Error | null, done: WriteCallback): void {
    this.#endStream(error ?? new CutOff('the answer was cut off'));
    if (!this.#isAnswered) {
      this.statusCode = CLIENT_CLOSED;
      this.#answer(null);
    }
    this.socket.destroy();
    this.req.destroy();
    done(error);
  }

  /**
   * Ends the stream with an error, so that a truncated answer does not look complete. Event streams may end at any
   * time, because their clients reconnect.
   */
  #endStream(error: Error): void {
    if (this.isEventStream) this.#stream?.close();
    else this.#stream?.error(error);
    this.#stream = null;
  }

  #beginStream(): void {
    if (this.#isAnswered || this.destroyed) return;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller;
        },
        pull: () => {
          const done = this.#onRead;
          this.#onRead = null;
          done?.();
        },
        cancel: () => {
          this.#stream = null;
          this.destroy();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: STREAM_BYTES_AHEAD }),
    );
    this.#answer(stream);
  }

  #answer(body: ReadableStream<Uint8Array> | string | Uint8Array | null): void {
    this.#isAnswered = true;
    this.headersSent = true;
    for (const name of HEADERS_OF_CONNECTIONS) this.#headers.delete(name);
    const isWithout = this.req.method === 'HEAD' || STATUSES_WITHOUT_BODY.has(this.statusCode);
    const init = { status: this.statusCode, headers: this.#headers };
    this.#resolve(new Response(isWithout ? null : body, init));
  }
}

/** Has the code of Node's error for a client that has disconnected, because frameworks log all other stream errors. */
class CutOff extends Error {
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Returns the headers that were passed to `writeHead` as pairs of names and values. */
const pairsOf = (headers: GivenHeaders): [string, OutgoingHttpHeader | undefined][] => {
  if (!Array.isArray(headers)) return Object.entries(headers);
  const pairs: [string, OutgoingHttpHeader][] = [];
  for (let n = 0; n < headers.length; n += 2) pairs.push([String(headers[n]), headers[n + 1] as OutgoingHttpHeader]);
  return pairs;
};

/** Does what `Promise.withResolvers` does, which Node 20 lacks. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
