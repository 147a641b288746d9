import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { poll } from './poll.ts';

export interface Received {
  id: string;
  signatures: string;
  traceparent: string | undefined;
  /** Parsed once its signature is verified. */
  payload: { type: string; timestamp: string; data: Record<string, unknown> };
}

export type Reply = (message: Received, response: ServerResponse) => void;

/** A real receiver on loopback. It accepts only signed messages, and answers as the test requires. */
export class WebhookReceiver implements AsyncDisposable {
  readonly received: Received[] = [];
  /** The number of messages with a wrong signature. */
  readonly forged: string[] = [];
  secret = '';
  reply: Reply = (_, response) => response.end('taken');
  readonly #server = createServer((request, response) => this.#take(request, response));

  static async open(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks?shop=1`;
  }

  get types(): string[] {
    return this.received.map(({ payload }) => payload.type);
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  /** Resolves once there are `count` messages. */
  async got(count: number): Promise<void> {
    await poll(() => this.received.length >= count, { describe: () => `${this.received.length} of ${count} webhooks` });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const { 'webhook-id': id = '', 'webhook-signature': signatures = '', traceparent } = request.headers;
      try {
        const body = Buffer.concat(chunks).toString();
        const payload = new Webhook(this.secret).verify(body, request.headers as Record<string, string>);
        const message: Received = {
          id: String(id),
          signatures: String(signatures),
          traceparent: traceparent === undefined ? undefined : String(traceparent),
          payload: payload as Received['payload'],
        };
        this.received.push(message);
        this.reply(message, response);
      } catch {
        this.forged.push(String(id));
        response.writeHead(401).end();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
