import type { Definition } from '../toolkit/definition.ts';

const SECONDS = 5;

export const smoke: Definition = {
  name: 'smoke',
  about: 'one shopper and one operator use every procedure once',
  options: {},
  seconds: () => SECONDS,
  goods: () => [{ name: 'shelf', units: 100, title: 'T-shirt, M', unitPrice: { amount: 1_900, currency: 'EUR' } }],
  server: () => ({ WEBHOOK_ALLOW_PRIVATE: 'yes' }),
};
