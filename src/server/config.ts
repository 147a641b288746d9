import { z } from 'zod';
import { DAY_MS, DURATION_MS_MAX, HOLD_QUANTITY_MAX } from '../domain/limits.ts';
import {
  DEFAULT_SETTINGS,
  OPEN_ORDERS_MAX,
  SHOWN_STOCK,
  PAYMENT_WINDOW_MS_MAX,
  PAYMENT_WINDOW_MS_MIN,
} from '../contract/settings.ts';
import { networksOf } from '../http/listener/client-address.ts';
import { productionProblems } from './production-rules.ts';

const PRINTABLE = /^[\x21-\x7e]+$/;

/** The default of `HOLD_UNITS_MAX_SESSION` in production. */
export const PRODUCTION_UNITS_MAX = 100;

/** A whole number in decimal digits. The error message for a wrong value contains the description. */
const wholeSetting = (min: number, max: number, preset: number) =>
  wholeOrNone(min, max).default(preset).describe(`a whole number from ${min} to ${max}`);

const wholeOrNone = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional()
    .describe(`a whole number from ${min} to ${max}`);

const portOrNone = wholeOrNone(0, 65_535);
const durationMs = (preset: number) => wholeSetting(1, DURATION_MS_MAX, preset);
const secret = (chars: number) =>
  z.string().min(chars).regex(PRINTABLE).optional().describe(`${chars} printable ASCII characters or more, no spaces`);

const DATA_KEY_BYTES = 32;
const dataKey = z
  .base64()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === DATA_KEY_BYTES)
  .optional()
  .describe('32 bytes in base64, as openssl rand -base64 32 prints them');

const isOrigin = (text: string): boolean => text === '*' || (URL.canParse(text) && new URL(text).origin === text);

const isNetwork = (text: string): boolean => {
  try {
    return networksOf([text]).length > 0;
  } catch {
    return false;
  }
};

const listSetting = (item: z.ZodString, description: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item))
    .default([])
    .describe(description);

/** All settings by the name of their environment variable. An empty value counts as unset. */
export const CONFIG_SCHEMA = z.object({
  HOST: z.string().regex(PRINTABLE).default('127.0.0.1').describe('an address or host name to listen on'),
  PORT: wholeSetting(0, 65_535, 3_000),
  HEALTH_PORT: portOrNone,
  HEALTH_HOST: z.string().regex(PRINTABLE).optional().describe('an address or host name to listen on'),
  ADMIN_PORT: portOrNone,
  ADMIN_HOST: z.string().regex(PRINTABLE).default('127.0.0.1').describe('an address or host name to listen on'),
  METRICS: z.enum(['public', 'private']).optional().describe('public or private'),
  REDIS_URL: z
    .string()
    .regex(/^(rediss?:\/\/|unix:)\S+$/)
    .optional()
    .describe('a URL that begins with redis://, rediss:// or unix:'),
  REDIS_TLS_CA: z.string().optional().describe('the path of a PEM file'),
  REDIS_TLS_CERT: z.string().optional().describe('the path of a PEM file'),
  REDIS_TLS_KEY: z.string().optional().describe('the path of a PEM file'),
  DATA_DIR: z.string().default('./data').describe('a directory'),
  MARK_FILE: z.string().optional().describe('a file'),
  OPERATOR_KEY: secret(16),
  OPERATOR_KEY_PREVIOUS: secret(16),
  SESSION_SECRET: secret(8),
  SESSION_SECRET_PREVIOUS: secret(8),
  ADMISSION_SECRET: secret(32),
  ADMISSION_SECRET_PREVIOUS: secret(32),
  ADMISSION_PUBLIC_KEY: z.string().optional().describe('the path of a PEM file'),
  SESSION_TTL_MS: durationMs(DEFAULT_SETTINGS.sessionTtlMs),
  SHOP: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .default('main')
    .describe('1 to 64 of A-Za-z0-9._-'),
  CORS_ORIGINS: listSetting(
    z.string().refine(isOrigin),
    'origins like https://shop.example, separated by commas, or *',
  ),
  TRUST_PROXY: listSetting(
    z.string().refine(isNetwork),
    'loopback, addresses and networks like 10.0.0.0/8, separated by commas',
  ),
  STRIPE_WEBHOOK_SECRET: secret(8),
  STRIPE_ACCOUNTS: listSetting(
    z.string().regex(/^acct_[A-Za-z0-9]{1,64}$/),
    'accounts like acct_1AbC, separated by commas',
  ),
  STRIPE_LIVE_MODE: z.enum(['required', 'any']).optional().describe('required or any'),
  STRIPE_CLIENT_REFERENCE: z.enum(['yes', 'no']).default('no').describe('yes or no'),
  WEBHOOK_ALLOW_PRIVATE: z.enum(['yes', 'no']).default('no').describe('yes or no'),
  CHECKOUT_PLACE: z.enum(['shopper', 'operator']).default('shopper').describe('shopper or operator'),
  HOLD_TTL_MS: durationMs(DEFAULT_SETTINGS.holdTtlMs),
  HOLD_LIFETIME_MAX_MS: durationMs(DEFAULT_SETTINGS.holdLifetimeMaxMs),
  CART_TTL_MS: durationMs(DEFAULT_SETTINGS.cartTtlMs),
  PAYMENT_WINDOW_MS: wholeSetting(PAYMENT_WINDOW_MS_MIN, PAYMENT_WINDOW_MS_MAX, DEFAULT_SETTINGS.paymentWindowMs),
  PAYMENT_WINDOW_MAX_MS: wholeOrNone(PAYMENT_WINDOW_MS_MIN, PAYMENT_WINDOW_MS_MAX),
  LINE_QUANTITY_MAX: wholeSetting(1, HOLD_QUANTITY_MAX, DEFAULT_SETTINGS.lineQuantityMax),
  HOLD_COOLDOWN_MS: wholeOrNone(0, DURATION_MS_MAX),
  HOLD_UNITS_MAX_SESSION: wholeOrNone(0, HOLD_QUANTITY_MAX),
  HOLD_SHARE_MAX_CLIENT: wholeSetting(0, 100, 10),
  LOW_STOCK_UNITS: wholeSetting(0, HOLD_QUANTITY_MAX, DEFAULT_SETTINGS.lowStockUnits),
  ORDER_RETENTION_DAYS: wholeSetting(1, 400, DEFAULT_SETTINGS.orderRetentionMs / DAY_MS),
  UNPAID_ORDER_RETENTION_DAYS: wholeSetting(1, 400, DEFAULT_SETTINGS.unpaidOrderRetentionMs / DAY_MS),
  CONTACT_RETENTION_DAYS: wholeSetting(1, 400, DEFAULT_SETTINGS.contactRetentionMs / DAY_MS),
  ORDERS_OPEN_MAX_SESSION: wholeSetting(1, OPEN_ORDERS_MAX, 5),
  ORDERS_OPEN_MAX_CLIENT: wholeSetting(1, OPEN_ORDERS_MAX, 50),
  ORDERS_DAILY_MAX_SESSION: wholeSetting(1, 1_000_000, 50),
  ORDERS_DAILY_MAX_CLIENT: wholeSetting(1, 1_000_000, 500),
  STORE_FULL_PERCENT: wholeSetting(50, 100, 90),
  DATA_KEY: dataKey,
  DATA_KEY_PREVIOUS: dataKey,
  SHOW_STOCK: z.enum(SHOWN_STOCK).default(DEFAULT_SETTINGS.showStock).describe(SHOWN_STOCK.join(', ')),
  LEDGER_RETENTION_DAYS: wholeSetting(1, 400, DEFAULT_SETTINGS.ledgerRetentionMs / DAY_MS),
  MAX_CONNECTIONS: wholeSetting(1, 1_000_000, 10_000),
  WAIT_MAX_MS: wholeSetting(100, 600_000, 1_000),
  RATE_LIMITS: z.enum(['on', 'off']).default('on').describe('on or off'),
  RATE_READS_MAX: wholeSetting(1, 100_000_000, 12_000),
  RATE_CHANGES_MAX: wholeSetting(1, 100_000_000, 3_000),
  RATE_CHECKOUTS_MAX: wholeSetting(1, 100_000_000, 600),
  RATE_SESSIONS_MAX: wholeSetting(1, 100_000_000, 600),
  RATE_WRONG_KEYS_MAX: wholeSetting(1, 1_000_000, 10),
  DURABILITY: z.enum(['none', 'relaxed', 'local']).optional().describe('none, relaxed or local'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('fatal, error, warn, info, debug, trace or silent'),
  NODE_ENV: z.string().default('development').describe('production, or anything else'),
});

export type Config = z.output<typeof CONFIG_SCHEMA>;

/** The message names each wrong variable and what it accepts. It omits the value, which may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** A line for each problem. */
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof problems === 'string' ? [problems] : problems;
    super(lines.join('; '), options);
    this.problems = lines;
  }
}

/** Returns the settings of an environment. Throws `ConfigError`. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = CONFIG_SCHEMA.safeParse(given);
  const problems = parsed.success
    ? [...productionProblems(parsed.data, given), ...contradictions(parsed.data)]
    : [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))].map(whatItTakes);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

const whatItTakes = (name: string): string =>
  `${name} takes ${CONFIG_SCHEMA.shape[name as keyof typeof CONFIG_SCHEMA.shape].description}`;

/** Secrets of which the previous value is accepted too, while they change. */
const REPLACED = ['OPERATOR_KEY', 'SESSION_SECRET', 'ADMISSION_SECRET'] as const;

/** Returns the problems of values that are valid alone but not together. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  for (const name of REPLACED) {
    if (config[name] !== undefined || config[`${name}_PREVIOUS`] === undefined) continue;
    problems.push(`${name}_PREVIOUS takes ${name} beside it: the one that replaces it`);
  }
  if (config.DATA_KEY_PREVIOUS !== undefined && config.DATA_KEY === undefined) {
    problems.push('DATA_KEY_PREVIOUS takes DATA_KEY beside it: the key that replaces it');
  }
  if (config.REDIS_URL === undefined && config.DURABILITY !== undefined && config.DURABILITY !== 'local') {
    problems.push('DURABILITY takes only local without REDIS_URL: the embedded store knows no other level');
  }
  if ((config.PAYMENT_WINDOW_MAX_MS ?? PAYMENT_WINDOW_MS_MAX) < config.PAYMENT_WINDOW_MS) {
    problems.push(`PAYMENT_WINDOW_MAX_MS takes at least the ${config.PAYMENT_WINDOW_MS} of PAYMENT_WINDOW_MS`);
  }
  if (config.REDIS_URL === undefined && config.MARK_FILE !== undefined) {
    problems.push('MARK_FILE takes REDIS_URL beside it: the embedded store needs no mark outside its data');
  }
  return [...problems, ...portContradictions(config), ...tlsContradictions(config)];
}

const EVERY_HOST = new Set(['0.0.0.0', '::']);

interface Listener {
  name: string;
  host: string;
  port: number | undefined;
}

function portContradictions({ HOST, PORT, HEALTH_PORT, HEALTH_HOST, ADMIN_PORT, ADMIN_HOST }: Config): string[] {
  const api = { name: 'PORT', host: HOST, port: PORT };
  const health = { name: 'HEALTH_PORT', host: HEALTH_HOST ?? HOST, port: HEALTH_PORT };
  const admin = { name: 'ADMIN_PORT', host: ADMIN_HOST, port: ADMIN_PORT };
  const pairs: [Listener, Listener][] = [
    [health, api],
    [admin, api],
    [admin, health],
  ];
  return pairs
    .filter(([one, other]) => isSameAddress(one, other))
    .map(([one, other]) => `${one.name} takes another port than ${other.name}, which is ${other.port} as well`);
}

/**
 * Whether both listeners have the same address. Port 0 is a free port for each, and two hosts may have the same port.
 */
function isSameAddress(one: Listener, other: Listener): boolean {
  if (one.port === undefined || one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || EVERY_HOST.has(one.host) || EVERY_HOST.has(other.host);
}

function tlsContradictions({ REDIS_URL, REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY }: Config): string[] {
  const problems: string[] = [];
  const isSet = [REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY].some((path) => path !== undefined);
  if (isSet && !REDIS_URL?.startsWith('rediss://')) {
    problems.push('REDIS_TLS_CA, REDIS_TLS_CERT and REDIS_TLS_KEY need a REDIS_URL that begins with rediss://');
  }
  if ((REDIS_TLS_CERT === undefined) !== (REDIS_TLS_KEY === undefined)) {
    problems.push('REDIS_TLS_CERT and REDIS_TLS_KEY need each other: the certificate of a client and its key');
  }
  return problems;
}
