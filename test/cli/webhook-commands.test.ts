import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';

test('endpoints are created, listed, replayed and deleted', async () => {
  await using shop = await startShop({ WEBHOOK_ALLOW_PRIVATE: 'yes' });
  const run = async (line: string): Promise<{ code: number; out: string; err: string }> => {
    const output = { out: '', err: '' };
    const code = await runCli({
      args: line.split(' '),
      env: { OPERATOR_KEY, HOLDFAST_URL: shop.url },
      out: (text) => (output.out += text),
      err: (text) => (output.err += text),
    });
    return { code, ...output };
  };
  const created = await run('webhooks create http://127.0.0.1:9/ --events order.placed stock.low');
  expect(created.out).toMatch(/^endpointId +secret\nwhk_\S+ +whsec_\S+$/);
  const [listed] = JSON.parse((await run('webhooks list --json')).out);
  expect(listed).toMatchObject({ url: 'http://127.0.0.1:9/', events: ['order.placed', 'stock.low'], deadLetters: 0 });
  const { endpointId } = listed;
  expect((await run('webhooks list')).out).toMatch(/enabled +0 +0 +-?$/);
  expect((await run(`webhooks dead-letters ${endpointId}`)).out).toBe('(none)');
  expect((await run(`webhooks waiting ${endpointId}`)).out).toBe('(none)');
  expect((await run(`webhooks deliveries ${endpointId}`)).out).toBe('(none)');
  expect((await run(`webhooks replay ${endpointId}`)).out).toBe('replayed  deadLetters\n       0            0');
  const rotated = JSON.parse((await run(`webhooks rotate-secret ${endpointId} --json`)).out);
  expect(rotated).toEqual({ endpointId, secret: expect.stringMatching(/^whsec_/) });
  expect(created.out).not.toContain(rotated.secret);
  expect((await run(`webhooks delete ${endpointId}`)).code).toBe(0);
  expect((await run(`webhooks replay ${endpointId}`)).err).toMatch(/^holdfast: unknown_endpoint: /);
  expect((await run('webhooks create http://127.0.0.1:9/ --events nonsense')).code).toBe(1);
});
