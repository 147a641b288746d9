import type { Config } from './config.ts';

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/**
 * Returns a line for each setting that a shop may choose in production, and that protects it less. Empty unless
 * `NODE_ENV` is `production`.
 */
export function productionWarnings(config: Config): string[] {
  if (config.NODE_ENV !== 'production') return [];
  return [
    ...proxyWarnings(config),
    ...CHOICES.filter(([isChosen]) => isChosen(config)).map(([, line]) => line),
    ...config.CORS_ORIGINS.filter((origin) => origin.startsWith('http://')).map(
      (origin) => `CORS_ORIGINS has ${origin}: session ids of that page can be read on the network, use https://`,
    ),
  ];
}

/** On the loopback, a proxy or a backend of the same machine calls. */
function proxyWarnings({ TRUST_PROXY, HOST }: Config): string[] {
  if (TRUST_PROXY.length > 0 || LOOPBACK_HOST.test(HOST)) return [];
  return [
    'TRUST_PROXY is not set: if browsers call through a proxy, all of them are one unknown client, and rates and ' +
      'caps by client do not apply; set it to the network of the proxy',
  ];
}

const CHOICES: readonly [(config: Config) => boolean, string][] = [
  [({ RATE_LIMITS }) => RATE_LIMITS === 'off', 'RATE_LIMITS is off: no caller is limited by its rate'],
  [
    ({ HOLD_UNITS_MAX_SESSION }) => HOLD_UNITS_MAX_SESSION === 0,
    'HOLD_UNITS_MAX_SESSION is 0: one session may hold all units of a SKU',
  ],
  [
    ({ HOLD_SHARE_MAX_CLIENT }) => HOLD_SHARE_MAX_CLIENT === 0,
    'HOLD_SHARE_MAX_CLIENT is 0: one client may hold all units of a SKU',
  ],
  [
    ({ HOLD_COOLDOWN_MS }) => HOLD_COOLDOWN_MS === 0,
    'HOLD_COOLDOWN_MS is 0: a session that removes and adds again holds units for ever',
  ],
  [({ METRICS }) => METRICS === 'public', 'METRICS is public: anyone may read what the shop sells'],
  [
    ({ WEBHOOK_ALLOW_PRIVATE }) => WEBHOOK_ALLOW_PRIVATE === 'yes',
    'WEBHOOK_ALLOW_PRIVATE is yes: a caller who may create webhooks reaches the private network',
  ],
  [({ DURABILITY }) => DURABILITY === 'none', 'DURABILITY is none: acknowledged orders may be lost'],
];
