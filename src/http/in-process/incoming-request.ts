import { Readable } from 'node:stream';
import type { RequestSocket } from './request-socket.ts';

type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/** A `Request` in the form of Node's `IncomingMessage`, as far as the HTTP code uses it. */
export class IncomingRequest extends Readable {
  readonly socket: RequestSocket;
  readonly method: string;
  /** The path below the base path, and the query. `withServedTarget` replaces it by its normal form. */
  url: string;
  readonly httpVersion = '1.1';
  readonly headers: Record<string, string>;
  readonly rawHeaders: string[] = [];
  readonly headersDistinct: Record<string, string[]> = {};
  /** Whether the whole body has arrived. */
  complete = false;
  /** Whether the body has fewer bytes than its headers announce. */
  isBodyShort = false;
  readonly #reader: BodyReader | null;
  #bytes = 0;

  /** The body must not have been read, or be locked. */
  constructor(request: Request, { host, target, socket }: { host: string; target: string; socket: RequestSocket }) {
    super();
    this.socket = socket;
    this.method = request.method;
    this.url = target;
    this.headers = this.#readHeaders(request, host);
    this.#reader = request.body ? (request.body.getReader() as BodyReader) : null;
    // Without a listener an error would end the process. The answer needs no handling: it ends when the client
    // disconnects.
    this.on('error', () => undefined);
  }

  setTimeout(ms: number, onIdle?: () => void): this {
    this.socket.setTimeout(ms, onIdle);
    return this;
  }

  override _read(): void {
    if (!this.#reader) return this.#end();
    this.#reader.read().then(
      ({ done, value }) => {
        if (done) return this.#end();
        this.socket.touch();
        this.#bytes += value.byteLength;
        return void this.push(value);
      },
      (error: Error) => void this.destroy(error),
    );
  }

  /** Does not cancel the body: its source would then close a connection on which the answer is still to be sent. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reader?.releaseLock();
    callback(error);
  }

  #end(): void {
    const announced = Number(this.headers['content-length'] ?? 0);
    this.isBodyShort = this.#bytes < announced;
    if (this.isBodyShort) return void this.destroy();
    this.complete = true;
    this.push(null);
  }

  #readHeaders(request: Request, host: string): Record<string, string> {
    const headers: Record<string, string> = {};
    const add = (name: string, value: string): void => {
      headers[name] = value;
      this.rawHeaders.push(name, value);
      this.headersDistinct[name] = [value];
    };
    request.headers.forEach((value, name) => {
      if (name !== 'host') add(name, value);
    });
    add('host', host);
    // A body that was given to the constructor of `Request` has no header with its length.
    if (request.body && !('content-length' in headers) && !('transfer-encoding' in headers)) {
      add('transfer-encoding', 'chunked');
    }
    return headers;
  }
}
