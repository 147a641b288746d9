import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHoldfastClient, isRefusal } from '../../src/client/client.ts';
import { startExample } from '../support/example-folder.ts';
import { startFakeStripe } from '../support/fake-stripe.ts';
import { run } from '../support/tarballs.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Packing the client takes a busy machine a minute, unless another test has done it. */
const START_MS_MAX = 400_000;
const OPERATOR_KEY = 'operator-key-of-the-examples';

test(
  'the Hono service sells under its base path, and answers routes of its own',
  async () => {
    await using service = await startExample('hono-service', 'service.mjs', { OPERATOR_KEY });
    const products = async (): Promise<unknown> => (await fetch(`${service.url}/products`)).json();
    expect(await products()).toMatchObject([{ sku: 'MUG', status: 'in_stock' }, { sku: 'LAMP' }]);
    const shop = createHoldfastClient({ url: `${service.url}/shop`, sessionId: 'shopper-of-the-service' });
    await shop.cart.add.mutate({ sku: 'MUG', quantity: 10 });
    expect(await shop.checkout.place.mutate({ idempotencyKey: 'order-1' })).toMatchObject({ status: 'placed' });
    const refused = await shop.cart.add.mutate({ sku: 'MUG', quantity: 1 }).catch((error: unknown) => error);
    expect(isRefusal(refused, 'insufficient_stock')).toBe(true);
    // Availability may be 250 ms old.
    await expect.poll(products).toMatchObject([{ sku: 'MUG', status: 'out_of_stock' }, { sku: 'LAMP' }]);
  },
  START_MS_MAX,
);

test(
  'the Stripe server sells a cart once Stripe has signed that it is paid',
  async () => {
    await using stripe = await startFakeStripe();
    await using server = await startExample('stripe-server', 'server.mjs', { OPERATOR_KEY, ...stripe.env });
    const operator = createHoldfastClient({ url: server.url, operatorKey: OPERATOR_KEY });
    await operator.stock.define.mutate({ sku: 'TICKET', unitPrice: { amount: 4_500, currency: 'EUR' } });
    await operator.stock.receive.mutate({ sku: 'TICKET', quantity: 5 });
    const { sessionId } = await createHoldfastClient({ url: server.url }).session.create.mutate();
    const shop = createHoldfastClient({ url: server.url, sessionId });
    await shop.cart.add.mutate({ sku: 'TICKET', quantity: 2 });
    const pay = async (): Promise<{ orderId: string; url: string; reason?: string }> => {
      const answer = await fetch(`${server.url}/pay`, { method: 'POST', headers: { 'x-session-id': sessionId } });
      return (await answer.json()) as { orderId: string; url: string };
    };

    const [{ orderId, url }, again] = await Promise.all([pay(), pay()]);
    expect(url).toMatch(/\/pay\/cs_test_1$/);
    expect(again.orderId ?? again.reason).toMatch(new RegExp(`^(?:${orderId}|cart_empty)$`));
    expect(stripe.sessions.size).toBe(1);
    expect(await shop.orders.get.query({ orderId })).toMatchObject({ status: 'awaiting_payment' });

    const webhook = `${server.url}/payments/stripe`;
    expect((await stripe.send(webhook, 'cs_test_1', {}, 'whsec_of_a_forger')).status).toBe(400);
    const short = await stripe.send(webhook, 'cs_test_1', { amount_subtotal: 4_500 });
    expect(await short.json()).toMatchObject({ status: 'unsettled', reason: 'amount_mismatch' });
    expect(await shop.orders.get.query({ orderId })).toMatchObject({ status: 'awaiting_payment' });
    for (const _ of ['once', 'again']) expect((await stripe.send(webhook, 'cs_test_1')).status).toBe(200);
    expect(await shop.orders.get.query({ orderId })).toMatchObject({
      status: 'placed',
      paymentReference: 'pi_of_cs_test_1',
    });
    expect(await operator.admin.audit.query()).toMatchObject({ ok: true, totals: { sold: 2, reserved: 0 } });
    expect(await pay()).toMatchObject({ reason: 'cart_empty' });
  },
  START_MS_MAX,
);

test(
  'the servers have no type error',
  async () => {
    const args = ['node_modules/typescript/lib/tsc.js', '--project', 'examples/tsconfig.servers.json'];
    const { code, out } = await run(process.execPath, args, { cwd: ROOT, timeoutMs: START_MS_MAX });
    expect(code, out).toBe(0);
  },
  START_MS_MAX,
);

test('docs/payments.md has the whole Stripe server', () => {
  const server = readFileSync(join(ROOT, 'examples/stripe-server/server.mjs'), 'utf8');
  expect(readFileSync(join(ROOT, 'docs/payments.md'), 'utf8')).toContain(`\`\`\`js\n${server}\`\`\`\n`);
});

test('the examples have the exact versions with which they are tested', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Record<string, Named>;
  type Named = Record<string, string>;
  const own = read('package.json');
  const tested: Named = { ...own['dependencies'], ...own['devDependencies'] };
  for (const name of ['holdfast', '@holdfast/client']) tested[name] = String(own['version']);
  const manifests = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^[\w-]+\/package\.json$/.test(file),
  );
  expect(manifests.length).toBeGreaterThan(1);
  for (const file of manifests) {
    const { dependencies = {}, devDependencies = {} } = read(`examples/${file}`);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([file, name, version]).toEqual([file, name, tested[name] ?? expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    }
  }
});
