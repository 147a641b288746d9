import { connect, type Socket } from 'node:net';

/**
 * A kept-alive HTTP/1.1 connection with one request under way at a time. It implements only the HTTP that the two
 * measured servers use, because a full client with streams and agents would take more processor time than they do.
 */
export class Connection {
  readonly #socket: Socket;
  #rest: Buffer | null = null;
  #settle: { resolve: () => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed a connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  /** Resolves when the request is answered 200. Rejects with the answer otherwise. */
  request(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(text, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const answer = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    const isWhole = isComplete(answer);
    this.#rest = isWhole ? null : answer;
    if (!isWhole) return;
    const settle = this.#settle;
    this.#settle = null;
    if (answer.toString('latin1', 9, 12) === '200') settle?.resolve();
    else settle?.reject(new Error(`not 200: ${answer.toString().slice(0, 500)}`));
  }
}

const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

function isComplete(answer: Buffer): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const [, length] = LENGTH.exec(answer.toString('latin1', 0, headEnd + 2)) ?? [];
  if (length !== undefined) return answer.length >= headEnd + 4 + Number(length);
  // Chunked: nothing follows the last chunk, because the next request has not been sent.
  return answer.toString('latin1', answer.length - 5) === '0\r\n\r\n';
}
