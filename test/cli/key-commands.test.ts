import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';

test('keys are created, listed, used and revoked', async () => {
  await using shop = await startShop();
  const run = async (line: string, key = OPERATOR_KEY): Promise<{ code: number; out: string; err: string }> => {
    const output = { out: '', err: '' };
    const code = await runCli({
      args: line.split(' '),
      env: { OPERATOR_KEY: key, HOLDFAST_URL: shop.url },
      out: (text) => (output.out += text),
      err: (text) => (output.err += text),
    });
    return { code, ...output };
  };
  const end = '2999-01-31T00:00:00.000Z';
  const created = await run(`keys create printer --scope stock:read orders:read --expires-at ${end}`);
  const [, keyId = '', key = ''] = /^keyId +key\n(key_\S+) +(hf_live_\S+)$/.exec(created.out) ?? [];
  const [listed] = JSON.parse((await run('keys list --json')).out);
  expect(listed).toMatchObject({ keyId, name: 'printer', status: 'active', scopes: ['stock:read', 'orders:read'] });
  expect((await run('keys list')).out).toMatch(new RegExp(`printer +active +stock:read orders:read +${end}`));
  expect((await run('keys whoami', key)).out).toMatch(/printer +key_\S+ +stock:read orders:read$/);
  expect((await run('stock list', key)).code).toBe(0);
  const refused = await run('webhooks list', key);
  expect([refused.code, refused.err]).toEqual([
    1,
    expect.stringMatching(
      /^holdfast: the key in OPERATOR_KEY lacks the scope webhooks:manage: use a key with that scope/,
    ),
  ]);
  expect((await run(`keys revoke ${keyId}`)).code).toBe(0);
  expect((await run('events --limit 1')).out).toMatch(/operator +keys\.revoke +- +\{"keyId":/);
  expect((await run('stock list', key)).err).toMatch(/does not accept this OPERATOR_KEY/);
  expect((await run('keys create x --expires-at tomorrow')).code).toBe(2);
});
