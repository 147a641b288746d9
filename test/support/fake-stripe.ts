import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Stripe } from 'stripe';

const WEBHOOK_SECRET = 'whsec_of_the_fake_stripe_endpoint';

export interface FakeStripe extends AsyncDisposable {
  /** What an example needs to call it, and to verify its messages. */
  readonly env: Record<string, string>;
  /** The fields of all sessions that were created: `line_items[0][quantity]`. */
  readonly sessions: Map<string, URLSearchParams>;
  /** Sends the event of a session to the shop, as Stripe does: signed, with the fields that Stripe adds. */
  send(url: string, id: string, changes?: Record<string, unknown>, secret?: string): Promise<Response>;
}

/** Starts the part of Stripe's API that the examples call, on loopback. A repeated key returns the same session. */
export async function startFakeStripe(): Promise<FakeStripe> {
  const sessions = new Map<string, URLSearchParams>();
  const idOfKey = new Map<string, string>();
  const create = async (request: IncomingMessage): Promise<string> => {
    const key = String(request.headers['idempotency-key']);
    const id = idOfKey.get(key) ?? `cs_test_${sessions.size + 1}`;
    idOfKey.set(key, id);
    sessions.set(id, new URLSearchParams(await text(request)));
    return id;
  };
  const answerTo = async (request: IncomingMessage): Promise<object> => {
    const [, id = await create(request)] = /^\/v1\/checkout\/sessions\/(\w+)/.exec(request.url ?? '') ?? [];
    const status = request.url?.endsWith('/expire') ? 'expired' : 'open';
    return { id, object: 'checkout.session', status, url: `http://${request.headers.host}/pay/${id}` };
  };
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/pay/')) response.end('The payment page');
    else
      void answerTo(request).then((answer) =>
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
      );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: {
      STRIPE_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      STRIPE_SECRET_KEY: 'sk_test_of_the_fake_stripe',
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
    sessions,
    send: (url, id, changes, secret = WEBHOOK_SECRET) => {
      const payload = JSON.stringify(completed(id, sessions.get(id) ?? new URLSearchParams(), changes));
      const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
      const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
      return fetch(url, { method: 'POST', headers, body: payload });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns the event of a session that is paid. */
function completed(id: string, fields: URLSearchParams, changes: Record<string, unknown> = {}): object {
  const session = {
    id,
    object: 'checkout.session',
    mode: 'payment',
    payment_status: 'paid',
    payment_intent: `pi_of_${id}`,
    amount_subtotal: subtotalOf(fields),
    currency: fields.get('line_items[0][price_data][currency]')?.toLowerCase(),
    metadata: { shop: fields.get('metadata[shop]'), orderId: fields.get('metadata[orderId]') },
    ...changes,
  };
  const type = 'checkout.session.completed';
  return { id: `evt_of_${id}`, object: 'event', type, livemode: false, data: { object: session } };
}

function subtotalOf(fields: URLSearchParams): number {
  const field = (line: number, name: string): number => Number(fields.get(`line_items[${line}]${name}`) ?? 0);
  return Array.from({ length: 10 }, (_, n) => field(n, '[quantity]') * field(n, '[price_data][unit_amount]')).reduce(
    (sum, each) => sum + each,
  );
}
