import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/server/settings/config.ts';
import { CONFIG_SCHEMA, SETTING_GROUPS } from '../../src/server/settings/settings-table.ts';

const problem = (env: Record<string, string>): string => {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return 'taken';
};

test('an empty environment has the defaults of the contract', () => {
  expect(loadConfig({})).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 3_000,
    MAX_CONNECTIONS: 10_000,
    DATA_DIR: './data',
    SHOP: 'main',
    SHOP_HOSTS: [],
    SHOPS_OPEN_MAX: 1_000,
    SHOP_IDLE_MS: 300_000,
    CORS_ORIGINS: [],
    CHECKOUT_PLACE: 'shopper',
    HOLD_TTL_MS: 900_000,
    HOLD_LIFETIME_MAX_MS: 7_200_000,
    CART_TTL_MS: 3_600_000,
    LINE_QUANTITY_MAX: 10_000,
    HOLD_SHARE_MAX_CLIENT: 10,
    LOW_STOCK_UNITS: 5,
    ORDER_RETENTION_DAYS: 365,
    LEDGER_RETENTION_DAYS: 30,
    UNPAID_ORDER_RETENTION_DAYS: 1,
    CONTACT_RETENTION_DAYS: 30,
    ORDERS_OPEN_MAX_SESSION: 5,
    REDIS_WAIT_REPLICAS: 1,
    STORE_FULL_PERCENT: 90,
    ON_LOST_WRITES: 'freeze',
    SHOW_STOCK: 'exact',
  });
});

test('an empty value counts as unset', () => {
  const empty = Object.fromEntries(Object.keys(CONFIG_SCHEMA.shape).map((name) => [name, '']));
  expect(loadConfig(empty)).toEqual(loadConfig({}));
});

const DATA_KEY = Buffer.alloc(32, 1).toString('base64');
/** Settings that others need. */
const BESIDE: Record<string, Record<string, string>> = {
  SESSION_SECRET_PREVIOUS: { SESSION_SECRET: 's'.repeat(8) },
  DATA_KEY_PREVIOUS: { DATA_KEY },
  CLIENT_KEYS: { TRUST_PROXY: 'loopback' },
  SHOP_HOSTS: { SHOPS: '*' },
};

describe('each setting at its bounds', () => {
  const rows: [name: string, good: string[], bad: string[]][] = [
    ['HOST', ['0.0.0.0', '::', 'localhost'], ['a b', 'é']],
    ['PORT', ['0', '1', '65535'], ['-1', '65536', '80a', '1.5', '1e3', ' 80', '0x50']],
    [
      'REDIS_URL',
      ['redis://h', 'rediss://u:p@h:1/2', 'redis+sentinel://h/m', 'rediss+cluster://h,i', 'unix:/tmp/x.sock'],
      ['http://h', 'localhost:6379', 'redis', 'unix:', 'redis+cloud://h'],
    ],
    ['REDIS_SCRIPTS', ['auto', 'function', 'evalsha'], ['FUNCTION', 'lua']],
    ['OPERATOR_KEY', ['k'.repeat(16)], ['k'.repeat(15), 'with a space in it', 'ä'.repeat(16)]],
    ['OPERATOR_KEY_PREVIOUS', ['k'.repeat(16)], ['k'.repeat(15), 'with a space in it', 'ä'.repeat(16)]],
    ['SESSION_SECRET', ['s'.repeat(8)], ['s'.repeat(7), 'has a space in it']],
    ['ADMISSION_SECRET', ['s'.repeat(32)], ['s'.repeat(31), `${'s'.repeat(31)} `]],
    ['ADMISSION_SECRET_PREVIOUS', ['s'.repeat(32)], ['s'.repeat(31), `${'s'.repeat(31)} `]],
    ['SESSION_SECRET_PREVIOUS', ['s'.repeat(8)], ['s'.repeat(7), 'has a space in it']],
    ['SESSION_TTL_MS', ['1', '34560000000'], ['0', '34560000001']],
    ['SHOPS', ['*', 'a', 'a, b'], ['a b', 'a,', 'a:b', '*a', '.', 'a,..']],
    ['SHOP_HOSTS', ['a.example=a', 'A.example=a,b.example=b'], ['a.example', 'a.example=', '=a', 'a.example=a b']],
    ['SHOPS_OPEN_MAX', ['2', '100000'], ['1', '100001']],
    ['SHOP_IDLE_MS', ['1000', '86400000'], ['999', '86400001']],
    ['SHOP_CALLS_MAX', ['1', '100000000'], ['0', '100000001']],
    ['SHOP', ['a', 'A-z_0.9', 's'.repeat(64)], ['s'.repeat(65), 'a{b}', 'a b', 'a:b']],
    [
      'CORS_ORIGINS',
      ['*', 'https://a.example', 'http://localhost:5173,https://b.example'],
      ['a.example', 'https://a.example/', 'x,', 'https://*.example.com'],
    ],
    ['TRUST_PROXY', ['loopback', '10.0.0.0/8, 192.0.2.7', 'fd00::/8'], ['proxy', '10.0.0.0/33', '1.2.3', 'loopback,']],
    ['CLIENT_KEYS', ['on', 'off'], ['yes', 'ON']],
    [
      'NODE_ENV',
      ['development', 'test', 'benchmark'],
      ['Production', 'prod', ' production', 'production ', 'staging', 'live'],
    ],
    ['RATE_LIMITS', ['on', 'off'], ['yes', 'ON']],
    ['RATE_READS_MAX', ['1', '100000000'], ['0', '100000001', 'many']],
    ['RATE_CHANGES_MAX', ['1', '100000000'], ['0', '1.5']],
    ['RATE_CHECKOUTS_MAX', ['1', '100000000'], ['0', '-1']],
    ['RATE_SESSIONS_MAX', ['1', '100000000'], ['0', 'x']],
    ['RATE_WRONG_KEYS_MAX', ['1', '1000000'], ['0', '1000001']],
    ['STRIPE_WEBHOOK_SECRET', ['whsec_12'], ['whsec_1', 'with a space', 'whsec_ä12345']],
    ['STRIPE_ACCOUNTS', ['acct_1', 'acct_1AbC, acct_2'], ['cus_1', 'acct_', 'acct_1;acct_2', 'acct_1,']],
    ['STRIPE_LIVE_MODE', ['required', 'any'], ['live', 'yes']],
    ['STRIPE_CLIENT_REFERENCE', ['yes', 'no'], ['true', 'YES']],
    ['WEBHOOK_ALLOW_PRIVATE', ['yes', 'no'], ['maybe', 'YES', '1']],
    ['CHECKOUT_PLACE', ['shopper', 'operator'], ['anyone', 'Shopper']],
    ['HOLD_TTL_MS', ['1', '7200000'], ['0', '-1', '15m', '34560000001']],
    ['HOLD_LIFETIME_MAX_MS', ['900000', '34560000000'], ['0', '1.5']],
    ['CART_TTL_MS', ['1', '34560000000'], ['0', 'x']],
    ['PAYMENT_WINDOW_MS', ['1000', '3600000'], ['999', '3600001', '15m']],
    ['SELL_AT', ['dispatch', 'sale'], ['later', 'Dispatch']],
    ['SOURCING', ['priority', 'fewest_parcels'], ['nearest', 'Priority']],
    ['PAYMENT_WINDOW_MAX_MS', ['900000', '3600000'], ['999', '3600001', '15m']],
    ['LINE_QUANTITY_MAX', ['1', '1000000000000'], ['0', '1000000000001']],
    ['HOLD_COOLDOWN_MS', ['0', '900000', '34560000000'], ['-1', '34560000001', '15m']],
    ['HOLD_UNITS_MAX_SESSION', ['0', '1', '1000000000000'], ['-1', '1000000000001', 'off']],
    ['HOLD_SHARE_MAX_CLIENT', ['0', '10', '100'], ['-1', '101', '10%', '0.5']],
    ['LOW_STOCK_UNITS', ['0', '10'], ['-1', 'few']],
    ['ORDER_RETENTION_DAYS', ['1', '400'], ['0', '401']],
    ['UNPAID_ORDER_RETENTION_DAYS', ['1', '400'], ['0', '401']],
    ['CONTACT_RETENTION_DAYS', ['1', '400'], ['0', '401']],
    ['ORDERS_OPEN_MAX_SESSION', ['1', '1000'], ['0', '1001']],
    ['ORDERS_OPEN_MAX_CLIENT', ['1', '1000'], ['0', '1001']],
    ['ORDERS_DAILY_MAX_SESSION', ['1', '1000000'], ['0', '1000001']],
    ['ORDERS_DAILY_MAX_CLIENT', ['1', '1000000'], ['0', '1000001']],
    ['REDIS_WAIT_REPLICAS', ['1', '16'], ['0', '17', 'all']],
    ['ON_LOST_WRITES', ['freeze', 'replay'], ['accept', 'FREEZE']],
    ['STORE_FULL_PERCENT', ['50', '100'], ['49', '101', '90%']],
    ['DATA_KEY', [DATA_KEY], ['k'.repeat(32), 'A'.repeat(44), 'a key', `${DATA_KEY}=`]],
    ['DATA_KEY_PREVIOUS', [DATA_KEY], ['k'.repeat(32), 'a key']],
    ['SHOW_STOCK', ['exact', 'capped', 'status'], ['none', 'EXACT']],
    ['LEDGER_RETENTION_DAYS', ['1', '400'], ['0', '401', '30 days']],
    ['HEALTH_PORT', ['0', '3001', '65535'], ['-1', '65536', 'x']],
    ['HEALTH_HOST', ['0.0.0.0', 'localhost'], ['a b']],
    ['ADMIN_PORT', ['0', '3002', '65535'], ['-1', '65536', 'x']],
    ['ADMIN_HOST', ['0.0.0.0', 'localhost'], ['a b']],
    ['METRICS', ['public', 'private'], ['open', 'Public']],
    ['API_DOCS', ['on', 'off'], ['yes', 'On']],
    ['CONSOLE', ['on', 'off'], ['yes', 'On']],
    ['MAX_CONNECTIONS', ['1', '1000000'], ['0', '1000001', '-1', '10k']],
    ['WAIT_MAX_MS', ['100', '600000'], ['0', '99', '600001', '1s']],
    ['SLOW_CALL_MS', ['0', '600000'], ['-1', '600001', '1s']],
    ['DURABILITY', ['local'], ['always', 'LOCAL']],
    ['LOG_LEVEL', ['silent', 'info', 'trace'], ['verbose', 'INFO']],
  ];

  test.each(rows)('%s', (name, good, bad) => {
    const replaced = name.endsWith('_PREVIOUS') ? name.slice(0, -'_PREVIOUS'.length) : null;
    const beside: Record<string, string> = BESIDE[name] ?? (replaced === null ? {} : { [replaced]: 's'.repeat(32) });
    for (const value of good) expect(() => loadConfig({ ...beside, [name]: value })).not.toThrow();
    for (const value of bad) {
      const line = problem({ ...beside, [name]: value });
      // One line that names the variable and what it accepts.
      expect(line).toMatch(new RegExp(`^${name} must be [^\\n]+$`));
    }
  });

  test.each([
    'DATA_KEY',
    'OPERATOR_KEY',
    'OPERATOR_KEY_PREVIOUS',
    'SESSION_SECRET',
    'SESSION_SECRET_PREVIOUS',
    'STRIPE_WEBHOOK_SECRET',
    'REDIS_URL',
  ])('%s is never repeated: it may be a secret', (name) => {
    expect(problem({ [name]: 'my ücret' })).not.toContain('cret');
  });

  test('all are in that table, or accept any value', () => {
    const tls = ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'];
    const tested = [...rows.map(([name]) => name), ...tls, 'ADMISSION_PUBLIC_KEY', 'DATA_DIR', 'MARK_FILE'];
    expect(tested.sort()).toEqual(Object.keys(CONFIG_SCHEMA.shape).sort());
  });
});

describe('settings together', () => {
  test.each(['OPERATOR_KEY', 'SESSION_SECRET', 'ADMISSION_SECRET'])(
    'a previous %s needs the one that replaces it',
    (name) => {
      expect(problem({ [`${name}_PREVIOUS`]: 's'.repeat(32) })).toMatch(
        new RegExp(`^${name}_PREVIOUS requires ${name}`),
      );
    },
  );

  test('client keys need a trusted proxy', () => {
    expect(problem({ CLIENT_KEYS: 'on' })).toMatch(/^CLIENT_KEYS=on requires TRUST_PROXY/);
  });

  test('the embedded store has one durability', () => {
    for (const DURABILITY of ['relaxed', 'replicated']) {
      expect(problem({ DURABILITY })).toMatch(/^DURABILITY must be local/);
    }
    for (const DURABILITY of ['none', 'relaxed', 'local', 'replicated']) {
      expect(problem({ DURABILITY, REDIS_URL: 'redis://h' })).toBe('taken');
    }
  });

  test('files for TLS need a URL for TLS, and a certificate needs its key', () => {
    const [REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY] = ['ca.pem', 'client.pem', 'client.key'];
    expect(problem({ REDIS_TLS_CA })).toMatch(/^REDIS_TLS_CA, .* need a REDIS_URL that begins with rediss:/);
    expect(problem({ REDIS_TLS_CA, REDIS_URL: 'redis://h' })).toMatch(/rediss:/);
    const REDIS_URL = 'rediss+cluster://h';
    for (const lonely of [{ REDIS_TLS_CERT }, { REDIS_TLS_KEY }]) {
      expect(problem({ REDIS_URL, ...lonely })).toMatch(/^REDIS_TLS_CERT and REDIS_TLS_KEY must be set together/);
    }
    expect(problem({ REDIS_URL, REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY })).toBe('taken');
  });

  test('health checks need a different port', () => {
    const ports = { PORT: '3000', HEALTH_PORT: '3000' };
    expect(problem(ports)).toMatch(/^HEALTH_PORT must be another port than PORT/);
    expect(problem({ HEALTH_PORT: '3000' })).toMatch(/^HEALTH_PORT /);
    expect(problem({ ...ports, HEALTH_HOST: '0.0.0.0' })).toMatch(/^HEALTH_PORT /);
    expect(problem({ ...ports, HEALTH_HOST: '127.0.0.2' })).toBe('taken');
    expect(problem({ PORT: '0', HEALTH_PORT: '0' })).toBe('taken');
  });

  test('the admin port needs a different port, too', () => {
    expect(problem({ ADMIN_PORT: '3000' })).toBe('ADMIN_PORT must be another port than PORT, which is 3000 as well');
    const ports = { HOST: '10.0.0.1', HEALTH_PORT: '3001', ADMIN_PORT: '3001' };
    expect(problem(ports)).toBe('taken');
    expect(problem({ ...ports, ADMIN_HOST: '0.0.0.0' })).toMatch(/^ADMIN_PORT must be another port than HEALTH_PORT/);
    expect(problem({ ADMIN_PORT: '0', PORT: '0', HEALTH_PORT: '0' })).toBe('taken');
  });

  test('a mark file needs Redis', () => {
    expect(problem({ MARK_FILE: 'shop.mark' })).toMatch(/^MARK_FILE requires REDIS_URL/);
    expect(problem({ MARK_FILE: 'shop.mark', REDIS_URL: 'redis://h' })).toBe('taken');
  });

  test('any times of a hold are accepted, because the shortest counts', () => {
    expect(problem({ HOLD_TTL_MS: '10', HOLD_LIFETIME_MAX_MS: '9', CART_TTL_MS: '5' })).toBe('taken');
  });

  test('the longest payment window must not be shorter than the usual one', () => {
    expect(problem({ PAYMENT_WINDOW_MAX_MS: '899999' })).toMatch(
      /^PAYMENT_WINDOW_MAX_MS must be at least the 900000 of /,
    );
    expect(problem({ PAYMENT_WINDOW_MS: '1000', PAYMENT_WINDOW_MAX_MS: '1000' })).toBe('taken');
  });

  test('each shop and each host has one name', () => {
    expect(problem({ SHOPS: 'a,a' })).toMatch(/^SHOPS must name each shop once/);
    expect(problem({ SHOPS: 'c168909,c225608' })).toMatch(/^SHOPS has two names with the same tag/);
    expect(problem({ SHOPS: 'a,b', SHOP_HOSTS: 'x.example=a,X.example=b' })).toMatch(/^SHOP_HOSTS must name each host/);
    expect(problem({ SHOPS: 'a', MARK_FILE: 'm', REDIS_URL: 'redis://h' })).toMatch(
      /^MARK_FILE has the mark of one shop/,
    );
  });

  test('several problems are reported together', () => {
    expect(problem({ PORT: 'x', SHOP: '{' })).toBe(
      'PORT must be a whole number from 0 to 65535; SHOP must be 1 to 64 of A-Za-z0-9._-',
    );
  });
});

test('docs/settings.md has every setting in the table of its group, and no other', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  const sections = page
    .split('\n## ')
    .slice(1)
    .map((section) => {
      const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
      const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
      return [section.split('\n', 1)[0], names.toSorted()];
    });
  expect(sections).toEqual(SETTING_GROUPS.map(([title, group]) => [title, Object.keys(group).toSorted()]));
});
