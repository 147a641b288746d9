import { z } from 'zod';
import { DAY_MS, DURATION_MS_MAX, HOLD_QUANTITY_MAX } from '../../domain/limits.ts';
import {
  DEFAULT_SETTINGS,
  SELL_AT,
  SOURCINGS,
  OPEN_ORDERS_MAX,
  SHOWN_STOCK,
  PAYMENT_WINDOW_MS_MAX,
  PAYMENT_WINDOW_MS_MIN,
} from '../../contract/settings.ts';
import {
  dataKey,
  durationMs,
  host,
  hostOrNone,
  isNetwork,
  isOrigin,
  list,
  choiceSetting,
  oneOrNone,
  pemFile,
  port,
  portOrNone,
  secret,
  secretSetting,
  setting,
  wholeSetting,
  wholeOrNone,
} from './setting-kinds.ts';

/** The default of `HOLD_UNITS_MAX_SESSION` in production. */
export const PRODUCTION_UNITS_MAX = 100;
const RATE_MAX = 100_000_000;
const DAYS_MAX = 400;
const DAILY_ORDERS_MAX = 1_000_000;

const listenerSettings = {
  HOST: setting('the address of the API', host('127.0.0.1')),
  PORT: setting('the port of the API; 0: a free one', port(3_000)),
  HEALTH_PORT: setting('health checks are answered on this port too, by a separate thread', portOrNone),
  HEALTH_HOST: setting('the address of HEALTH_PORT', hostOrNone, { unset: 'HOST' }),
  ADMIN_PORT: setting(
    'metrics and the reasons of readiness are served on this port too, without a key; and the console',
    portOrNone,
  ),
  ADMIN_HOST: setting('the address of ADMIN_PORT', host('127.0.0.1')),
  METRICS: setting('who may read the metrics and the reasons of readiness on PORT', oneOrNone(['public', 'private']), {
    unset: 'private in production, else public',
  }),
  API_DOCS: setting('whether /docs and the OpenAPI document are served', choiceSetting(['on', 'off'], 'on')),
  CONSOLE: setting(
    'whether /console is served: on ADMIN_PORT if that is set, else on PORT',
    choiceSetting(['on', 'off'], 'on'),
  ),
  CORS_ORIGINS: setting(
    'the origins of pages that may call',
    list(z.string().refine(isOrigin), 'origins like https://shop.example, separated by commas, or *'),
  ),
  TRUST_PROXY: setting(
    'the proxies whose X-Forwarded-For names the client',
    list(z.string().refine(isNetwork), 'loopback, addresses and networks like 10.0.0.0/8, separated by commas'),
  ),
  CLIENT_KEYS: setting(
    'whether X-Client-Key of these proxies names the client; they must overwrite what a browser sends',
    choiceSetting(['on', 'off'], 'off'),
  ),
  MAX_CONNECTIONS: setting('the most open connections; others are closed', wholeSetting(1, 1_000_000, 10_000)),
  WAIT_MAX_MS: setting('a call that would wait longer is answered 429', wholeSetting(100, 600_000, 1_000)),
};

const storeSettings = {
  SHOP: setting(
    'the name of the shop; with SHOPS, the shop of calls that name none',
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .default('main')
      .describe('1 to 64 of A-Za-z0-9._-'),
  ),
  SHOPS: setting(
    'the shops that the process serves beside SHOP; *: those that shops.create has created',
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(z.string().regex(/^((?!(\.{1,2}|__proto__)$)[A-Za-z0-9._-]{1,64}|\*)$/)))
      .optional()
      .describe('names of shops, separated by commas, or *'),
    { unset: 'the process serves SHOP only' },
  ),
  SHOP_HOSTS: setting(
    'the host names of shops',
    list(z.string().regex(/^[\w.-]+=[A-Za-z0-9._-]{1,64}$/), 'pairs like a.example=shop-a, separated by commas'),
  ),
  SHOPS_OPEN_MAX: setting('the most open shops; calls of others get 429', wholeSetting(2, 100_000, 1_000)),
  SHOP_IDLE_MS: setting(
    'a shop of SHOPS without a call for this long is closed',
    wholeSetting(1_000, 86_400_000, 300_000),
  ),
  SHOP_CALLS_MAX: setting('the most calls per minute of one shop', wholeOrNone(1, 100_000_000), {
    unset: 'any number',
  }),
  DATA_DIR: setting('the directory of the embedded store', z.string().default('./data').describe('a directory')),
  REDIS_URL: secretSetting(
    'the Redis of the shop, with its password',
    z
      .string()
      .regex(/^(rediss?(\+(sentinel|cluster))?:\/\/|unix:)\S+$/)
      .optional()
      .describe('a URL that begins with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix:'),
    'the embedded store',
  ),
  REDIS_TLS_CA: setting('certificate authorities for rediss://', pemFile, { unset: 'those of the system' }),
  REDIS_TLS_CERT: setting('a client certificate for rediss://', pemFile),
  REDIS_TLS_KEY: setting('the key of REDIS_TLS_CERT', pemFile),
  REDIS_SCRIPTS: setting(
    'how Redis runs the scripts of Holdfast; auto: as functions where FUNCTION is permitted',
    choiceSetting(['auto', 'function', 'evalsha'], 'auto'),
  ),
  MARK_FILE: setting(
    'on Redis, the file with the highest known sequence, which detects lost writes',
    z.string().optional().describe('a file'),
    { unset: 'redis-SHOP.mark in DATA_DIR' },
  ),
  DURABILITY: setting(
    'what survives: local: every write, replicated: also a failover, relaxed: all but the last second, none: nothing',
    oneOrNone(['none', 'relaxed', 'local', 'replicated']),
    { unset: 'relaxed on Redis, local embedded' },
  ),
  REDIS_WAIT_REPLICAS: setting(
    'with DURABILITY=replicated, the replicas that confirm a write before it is answered',
    wholeSetting(1, 16, 1),
  ),
  ON_LOST_WRITES: setting(
    'freeze: a shop whose store has lost writes waits for an operator; replay: it restores them, if all are known',
    choiceSetting(['freeze', 'replay'], 'freeze'),
  ),
  STORE_FULL_PERCENT: setting('from this fill level, writes of shoppers are refused', wholeSetting(50, 100, 90)),
};

const secretSettings = {
  OPERATOR_KEY: secretSetting('the key of operators', secret(16), 'generated at the start and printed once'),
  OPERATOR_KEY_PREVIOUS: secretSetting('the previous OPERATOR_KEY, which is accepted too', secret(16)),
  SESSION_SECRET: secretSetting(
    'signs the ids of sessions',
    secret(8),
    'generated at the start, and any other id is an anonymous session',
  ),
  SESSION_SECRET_PREVIOUS: secretSetting('the previous SESSION_SECRET, which is accepted too', secret(8)),
  ADMISSION_SECRET: secretSetting('verifies the HS256 tokens that admit sessions to protected SKUs', secret(32)),
  ADMISSION_SECRET_PREVIOUS: secretSetting('the previous ADMISSION_SECRET, which is accepted too', secret(32)),
  ADMISSION_PUBLIC_KEY: setting('the Ed25519 public key that verifies EdDSA tokens', pemFile),
  DATA_KEY: secretSetting('encrypts contacts of orders and secrets of webhooks in the store', dataKey),
  DATA_KEY_PREVIOUS: secretSetting('the previous DATA_KEY: what it encrypted can be read', dataKey),
};

const holdSettings = {
  HOLD_TTL_MS: setting('how long a hold lives after its last change', durationMs(DEFAULT_SETTINGS.holdTtlMs)),
  HOLD_LIFETIME_MAX_MS: setting(
    'how long a hold lives at most, from its creation',
    durationMs(DEFAULT_SETTINGS.holdLifetimeMaxMs),
  ),
  HOLD_COOLDOWN_MS: setting(
    'a holder that takes a SKU again within this time continues the lifetime of its earlier hold; 0: off',
    wholeOrNone(0, DURATION_MS_MAX),
    { unset: 'HOLD_TTL_MS in production, else 0' },
  ),
  HOLD_UNITS_MAX_SESSION: setting(
    'the most units of a SKU that one session or customer may hold; 0: off',
    wholeOrNone(0, HOLD_QUANTITY_MAX),
    { unset: `${PRODUCTION_UNITS_MAX} in production, else off` },
  ),
  HOLD_SHARE_MAX_CLIENT: setting('the percentage of a SKU that one client may hold; 0: off', wholeSetting(0, 100, 10)),
  CART_TTL_MS: setting('how long a cart lives after its last change', durationMs(DEFAULT_SETTINGS.cartTtlMs)),
  SESSION_TTL_MS: setting('how long an issued session lives', durationMs(DEFAULT_SETTINGS.sessionTtlMs)),
  LINE_QUANTITY_MAX: setting(
    'the most units per line',
    wholeSetting(1, HOLD_QUANTITY_MAX, DEFAULT_SETTINGS.lineQuantityMax),
  ),
  LOW_STOCK_UNITS: setting(
    'availability is `low` at this many units or fewer',
    wholeSetting(0, HOLD_QUANTITY_MAX, DEFAULT_SETTINGS.lowStockUnits),
  ),
  SHOW_STOCK: setting(
    'how much of the availability shoppers see',
    choiceSetting(SHOWN_STOCK, DEFAULT_SETTINGS.showStock),
  ),
};

const orderSettings = {
  CHECKOUT_PLACE: setting(
    'who may call checkout.place, which sells without a payment',
    choiceSetting(['shopper', 'operator'], 'shopper'),
  ),
  SELL_AT: setting('when sold units leave the stock', choiceSetting(SELL_AT, DEFAULT_SETTINGS.sellAt)),
  SOURCING: setting('how the locations of units are chosen', choiceSetting(SOURCINGS, DEFAULT_SETTINGS.sourcing)),
  PAYMENT_WINDOW_MS: setting(
    'how long checkout.begin pins the holds',
    wholeSetting(PAYMENT_WINDOW_MS_MIN, PAYMENT_WINDOW_MS_MAX, DEFAULT_SETTINGS.paymentWindowMs),
  ),
  PAYMENT_WINDOW_MAX_MS: setting(
    'the longest window that a shopper may choose',
    wholeOrNone(PAYMENT_WINDOW_MS_MIN, PAYMENT_WINDOW_MS_MAX),
    { unset: 'PAYMENT_WINDOW_MS' },
  ),
  ORDERS_OPEN_MAX_SESSION: setting(
    'the most unpaid orders per session or customer',
    wholeSetting(1, OPEN_ORDERS_MAX, 5),
  ),
  ORDERS_OPEN_MAX_CLIENT: setting('the most unpaid orders per client', wholeSetting(1, OPEN_ORDERS_MAX, 50)),
  ORDERS_DAILY_MAX_SESSION: setting(
    'the most checkouts a day per session or customer',
    wholeSetting(1, DAILY_ORDERS_MAX, 50),
  ),
  ORDERS_DAILY_MAX_CLIENT: setting('the most checkouts a day per client', wholeSetting(1, DAILY_ORDERS_MAX, 500)),
  STRIPE_WEBHOOK_SECRET: secretSetting('verifies the webhooks of Stripe', secret(8)),
  STRIPE_ACCOUNTS: setting(
    'connected accounts whose payments are accepted',
    list(z.string().regex(/^acct_[A-Za-z0-9]{1,64}$/), 'accounts like acct_1AbC, separated by commas'),
  ),
  STRIPE_LIVE_MODE: setting("whether payments in Stripe's test mode are ignored", oneOrNone(['required', 'any']), {
    unset: 'required in production, else any',
  }),
  STRIPE_CLIENT_REFERENCE: setting(
    'whether client_reference_id may name the order',
    choiceSetting(['yes', 'no'], 'no'),
  ),
  WEBHOOK_ALLOW_PRIVATE: setting('whether webhooks may go into private networks', choiceSetting(['yes', 'no'], 'no')),
};

const days = (preset: number) => wholeSetting(1, DAYS_MAX, preset);
const retentionSettings = {
  ORDER_RETENTION_DAYS: setting('days to keep orders', days(DEFAULT_SETTINGS.orderRetentionMs / DAY_MS)),
  UNPAID_ORDER_RETENTION_DAYS: setting(
    'days to keep unpaid orders',
    days(DEFAULT_SETTINGS.unpaidOrderRetentionMs / DAY_MS),
  ),
  CONTACT_RETENTION_DAYS: setting(
    'days to keep contacts of orders',
    days(DEFAULT_SETTINGS.contactRetentionMs / DAY_MS),
  ),
  LEDGER_RETENTION_DAYS: setting('days to keep ledger entries', days(DEFAULT_SETTINGS.ledgerRetentionMs / DAY_MS)),
};

const rateSettings = {
  RATE_LIMITS: setting('whether calls are limited by rate', choiceSetting(['on', 'off'], 'on')),
  RATE_READS_MAX: setting('the most queries per minute per client or session', wholeSetting(1, RATE_MAX, 12_000)),
  RATE_CHANGES_MAX: setting('the most changes per minute per client or session', wholeSetting(1, RATE_MAX, 3_000)),
  RATE_CHECKOUTS_MAX: setting('the most checkouts per minute per client or session', wholeSetting(1, RATE_MAX, 600)),
  RATE_SESSIONS_MAX: setting('the most new sessions per minute per client', wholeSetting(1, RATE_MAX, 600)),
  RATE_WRONG_KEYS_MAX: setting('the most wrong keys per minute per client', wholeSetting(1, 1_000_000, 10)),
};

const operationSettings = {
  LOG_LEVEL: setting(
    'the lowest level of the log, which is JSON on standard output',
    choiceSetting(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  ),
  SLOW_CALL_MS: setting('a call that takes at least this long is logged; 0: none', wholeSetting(0, 600_000, 1_000)),
  NODE_ENV: setting(
    'production refuses settings that strangers could use',
    // A closed list, because `prod` or `Production` would start without these rules.
    choiceSetting(['production', 'development', 'test', 'benchmark'], 'development'),
  ),
};

/** The title of the settings that decide where the data of the shop is. */
export const STORE_GROUP = 'Store';

/** The settings as the help shows them: each group with its title. */
export const SETTING_GROUPS = [
  ['Addresses and load', listenerSettings],
  [STORE_GROUP, storeSettings],
  ['Keys and secrets', secretSettings],
  ['Holds, carts and sessions', holdSettings],
  ['Orders and payments', orderSettings],
  ['Days of retention', retentionSettings],
  ['Rates', rateSettings],
  ['Operation', operationSettings],
] as const;

/** All settings by the name of their environment variable. An empty value counts as unset. */
export const CONFIG_SCHEMA = z.object({
  ...listenerSettings,
  ...storeSettings,
  ...secretSettings,
  ...holdSettings,
  ...orderSettings,
  ...retentionSettings,
  ...rateSettings,
  ...operationSettings,
});

export type Config = z.output<typeof CONFIG_SCHEMA>;
