import { expect, test, vi } from 'vitest';
import { openPayments } from '../../src/server/compose.ts';
import { ConfigError, loadConfig } from '../../src/server/config.ts';

vi.mock('stripe', () => {
  throw new Error('Cannot find package stripe');
});

test('without the library Stripe cannot be configured, and all else can', async () => {
  expect(await openPayments(loadConfig({}))).toEqual([]);
  const opening = openPayments(loadConfig({ STRIPE_WEBHOOK_SECRET: 'whsec_12345678' }));
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(/^STRIPE_WEBHOOK_SECRET .*npm install stripe$/);
});
