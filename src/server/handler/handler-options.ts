import { randomBytes } from 'node:crypto';
import type { PaymentAdapter } from '../../adapters/payment-adapter.ts';
import type { OpenedStore, SharedCounter } from '../../store/opened-store.ts';
import type { Log } from '../../transact/log.ts';
import { type Config, ConfigError, loadConfig } from '../settings/config.ts';

/** Calls per minute, for each client and each session. */
export interface HandlerRateLimits {
  /** Queries. Default 12,000. */
  reads?: number;
  /** Mutations that no other limit counts. Default 3,000. */
  changes?: number;
  /** `checkout.begin` and `checkout.place`. Default 600. */
  checkouts?: number;
  /** `session.create`. Default 600. */
  sessions?: number;
  /** Wrong keys of a client. Default 10. */
  wrongKeys?: number;
}

export interface HandlerOptions {
  /**
   * The path under which `/trpc`, `/api/v1`, `/docs` and the others are mounted, such as `/shop`.
   * Default empty, which is right where the framework has removed the path from the URL.
   */
  basePath?: string | undefined;
  /**
   * A key that may do everything. 16 printable ASCII characters or more. Absent: only keys that `holdfast.keys.create`
   * has created are accepted.
   */
  operatorKey?: string | undefined;
  /** The previous operator key. It is accepted too, while `operatorKey` replaces it. */
  previousOperatorKey?: string | undefined;
  /**
   * Signs session ids. Required in production: 32 characters or more that cannot be guessed. Absent: every text of 8 to
   * 128 of `A-Za-z0-9_.-` is an anonymous session.
   */
  sessionSecret?: string | undefined;
  /** The previous session secret. The sessions that it signed are accepted until they expire. */
  previousSessionSecret?: string | undefined;
  /** Who may call `checkout.place`, which sells without a payment. Required in production. Default `shopper`. */
  checkoutPlace?: 'shopper' | 'operator';
  /** Origins of pages that may call, such as `https://shop.example`. Default: none but the origin of the handler. */
  corsOrigins?: readonly string[];
  /**
   * Returns the public address of the client, because a `Request` has none. Read it from the connection, or from a
   * header that your proxy overwrites; a header that browsers can set lets them choose their limits. Absent, or null:
   * the client is unknown, and only sessions, customers and keys are limited.
   */
  clientOf?: ((request: Request) => string | null | undefined) | undefined;
  /** Default: the limits of the server. `off`: no caller is limited by its rate. */
  rateLimits?: HandlerRateLimits | 'off';
  /** Shares the counts of rate limits with other processes: `store.sharedCounter()` of a store in Redis. */
  sharedCounter?: SharedCounter;
  /** A call that would wait longer is answered 429, in milliseconds. Default 1,000. */
  waitMaxMs?: number;
  /** The providers whose messages arrive under `/payments/<name>`. */
  payments?: readonly PaymentAdapter[];
  /** Creates the copy that `GET /api/v1/admin/backup` sends: `() => store.backup()` of an embedded store. */
  backup?: NonNullable<OpenedStore['backup']>;
  /** Who may read `/metrics` and why the shop is not ready. Default: `private` in production, else `public`. */
  monitoring?: 'public' | 'private';
  /** Whether `/docs` and the OpenAPI document are served. Default `on`. */
  apiDocs?: 'on' | 'off';
  /**
   * Whether the operator console is served at `/console`. It needs the right `basePath`, and the files of this package
   * beside its code, which some bundlers leave out. Default `off`.
   */
  console?: 'on' | 'off';
  /** A pino logger fits. Default: nothing is logged. */
  log?: Log | undefined;
  /** A call that takes at least this long is logged, in milliseconds; 0: none is. Default 1,000. */
  slowCallMs?: number;
  /** Whether the rules of production apply. Default: whether `NODE_ENV` is `production`. */
  production?: boolean;
  /** Whether the handler calls `holdfast.expiry.start()`. Default true. */
  startExpiry?: boolean;
}

/** The variables of the server with the same meaning. A handler accepts what the server accepts. */
const VARIABLES = {
  operatorKey: 'OPERATOR_KEY',
  previousOperatorKey: 'OPERATOR_KEY_PREVIOUS',
  sessionSecret: 'SESSION_SECRET',
  previousSessionSecret: 'SESSION_SECRET_PREVIOUS',
  checkoutPlace: 'CHECKOUT_PLACE',
  corsOrigins: 'CORS_ORIGINS',
  waitMaxMs: 'WAIT_MAX_MS',
  monitoring: 'METRICS',
  slowCallMs: 'SLOW_CALL_MS',
  apiDocs: 'API_DOCS',
  console: 'CONSOLE',
} as const satisfies Partial<Record<keyof HandlerOptions, keyof Config>>;

const RATE_VARIABLES = {
  reads: 'RATE_READS_MAX',
  changes: 'RATE_CHANGES_MAX',
  checkouts: 'RATE_CHECKOUTS_MAX',
  sessions: 'RATE_SESSIONS_MAX',
  wrongKeys: 'RATE_WRONG_KEYS_MAX',
} as const satisfies Record<keyof HandlerRateLimits, keyof Config>;

const OPTIONS_WITHOUT_VARIABLE: readonly (keyof HandlerOptions)[] = [
  'basePath',
  'clientOf',
  'rateLimits',
  'sharedCounter',
  'payments',
  'backup',
  'log',
  'production',
  'startExpiry',
];
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(VARIABLES), ...OPTIONS_WITHOUT_VARIABLE]);
const BASE_PATH = /^(?:\/[\w.~-]+)*$/;

export interface CheckedHandlerOptions {
  config: Config;
  basePath: string;
  /** Empty without an operator key. */
  rootKeys: string[];
}

/** Returns the options as a configuration of the server. Throws `TypeError` with all problems of the options. */
export function checkHandlerOptions(options: HandlerOptions): CheckedHandlerOptions {
  const { basePath = '', operatorKey, previousOperatorKey } = options;
  const problems = Object.keys(options)
    .filter((name) => !KNOWN.has(name))
    .map((name) => `${name} is not an option`);
  if (!BASE_PATH.test(basePath)) problems.push('basePath must be a path like /shop, without a slash at its end');
  const rootKeys = [operatorKey, previousOperatorKey].filter((key) => key !== undefined);
  try {
    const config = loadConfig(variablesOf(options));
    if (problems.length === 0) return { config, basePath, rootKeys };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems.map(withNamesOfOptions));
  }
  throw new TypeError(`createHoldfastHandler: ${problems.join('; ')}`);
}

function variablesOf(options: HandlerOptions): Record<string, string | undefined> {
  const { rateLimits = {}, production = /^\s*prod/i.test(process.env['NODE_ENV'] ?? '') } = options;
  const given = Object.entries(VARIABLES).map(([name, variable]) => [variable, settingText(options[name as never])]);
  const rates = rateLimits === 'off' ? {} : rateLimits;
  const limits = Object.entries(RATE_VARIABLES).map(([name, variable]) => [
    variable,
    settingText(rates[name as never]),
  ]);
  const isKeyless = options.operatorKey === undefined && options.previousOperatorKey === undefined;
  return {
    // The rules of production require a key. This one is random, and is never shown.
    ...(isKeyless && { OPERATOR_KEY: randomBytes(24).toString('base64url') }),
    ...Object.fromEntries([...given, ...limits].filter(([, text]) => text !== undefined)),
    CONSOLE: options.console ?? 'off',
    RATE_LIMITS: rateLimits === 'off' ? 'off' : 'on',
    NODE_ENV: production ? 'production' : 'development',
  };
}

/**
 * Returns undefined for an absent option, and a space for an empty text. An empty variable would count as unset, and
 * the schema refuses a space.
 */
function settingText(value: unknown): string | undefined {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  return String(value) || ' ';
}

const OPTION_NAMES = new Map<string, string>([
  ...Object.entries(VARIABLES).map(([name, variable]) => [variable, name] as const),
  ...Object.entries(RATE_VARIABLES).map(([name, variable]) => [variable, `rateLimits.${name}`] as const),
]);

const withNamesOfOptions = (problem: string): string =>
  problem.replaceAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (variable) => OPTION_NAMES.get(variable) ?? variable);
