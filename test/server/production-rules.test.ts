import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/server/settings/config.ts';
import { secretWarnings } from '../../src/server/settings/production-rules.ts';
import { productionWarnings } from '../../src/server/settings/production-warnings.ts';
import { estimatedBits } from '../../src/server/settings/secret-strength.ts';

const ROOT = join(import.meta.dirname, '../..');
const SAFE = {
  NODE_ENV: 'production',
  OPERATOR_KEY: randomBytes(24).toString('base64url'),
  SESSION_SECRET: randomBytes(32).toString('base64'),
  CHECKOUT_PLACE: 'operator',
};

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
  return [];
}

describe('NODE_ENV=production', () => {
  test('starts with random secrets and a choice of who places orders', () => {
    expect(problems(SAFE)).toEqual([]);
    expect(problems({ ...SAFE, CHECKOUT_PLACE: 'shopper', CORS_ORIGINS: 'https://shop.example' })).toEqual([]);
  });

  test.each(['OPERATOR_KEY', 'SESSION_SECRET', 'CHECKOUT_PLACE'])('refuses to start without %s', (name) => {
    expect(problems({ ...SAFE, [name]: '' })).toEqual([expect.stringMatching(`^${name} is required `)]);
  });

  test('reports every problem in a line of its own', () => {
    const lines = problems({ NODE_ENV: 'production', CORS_ORIGINS: '*' });
    expect(lines.map((line) => line.split(' ', 1)[0])).toEqual([
      'OPERATOR_KEY',
      'SESSION_SECRET',
      'CHECKOUT_PLACE',
      'CORS_ORIGINS',
    ]);
  });

  test('refuses pages of every site', () => {
    expect(problems({ ...SAFE, CORS_ORIGINS: '*' })).toEqual([
      expect.stringMatching(/^CORS_ORIGINS must be the origins/),
    ]);
  });

  test.each([
    ['a word', 'password'],
    ['31 random characters', randomBytes(32).toString('hex').slice(0, 31)],
    ['a word four times', 'password'.repeat(4)],
    ['one character', 's'.repeat(64)],
    ['a pattern', 'ab12'.repeat(16)],
    ['a sequence', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['hexadecimal digits in order', '0123456789abcdef'.repeat(4)],
    ['a phrase of example words', 'change-me-change-me-change-me-change-me'],
    ['a description', 'the-secret-of-our-shop-in-production-2026'],
    ['rows of the keyboard', 'QWERTYUIOPasdfghjklZXCVBNM1234567890'],
    ['a sentence', 'ThisIsAVeryLongSecretThatNobodyKnows!!'],
    ['a sentence in lower case', 'thisisaverylongsecretthatnobodyknows'],
  ])('refuses %s as a secret of sessions or admissions', (_, secret) => {
    for (const name of ['SESSION_SECRET', 'SESSION_SECRET_PREVIOUS', 'ADMISSION_SECRET', 'ADMISSION_SECRET_PREVIOUS']) {
      if (name.startsWith('ADMISSION') && secret.length < 32) continue;
      const beside = name === 'ADMISSION_SECRET_PREVIOUS' ? { ADMISSION_SECRET: randomBytes(32).toString('hex') } : {};
      const lines = problems({ ...SAFE, ...beside, [name]: secret });
      expect(lines).toEqual([expect.stringMatching(`^${name} .*: generate it with: openssl rand -base64 32$`)]);
      expect(lines[0]).not.toContain(secret);
    }
  });

  const guessable =
    'change-me-change-me operator-key-1234 password12345678 your-operator-key-here Summer2026!Summer ' +
    'Passw0rd!Passw0rd! deadbeefdeadbeef hunter2hunter2hunter2 acme-webshop-2026 administrator2026 ' +
    '1q2w3e4r5t6y7u8i Monkey-Dragon-2025!! MyShop2024StrongKey!';
  test.each(['k'.repeat(24), ...guessable.split(' ')])('refuses the operator key %s', (key) => {
    const line = expect.stringMatching(/^OPERATOR_KEY(_PREVIOUS)? is an example or/);
    expect(problems({ ...SAFE, OPERATOR_KEY: key })).toEqual([line]);
    expect(problems({ ...SAFE, OPERATOR_KEY_PREVIOUS: key })).toEqual([line]);
  });

  test.each(['kZ8w2Lr5Qm1Xt7Vb', '9f3c71d80ab25e46'])('accepts 16 random characters as an operator key', (key) => {
    expect(problems({ ...SAFE, OPERATOR_KEY: key })).toEqual([]);
  });

  test.each(['Production', 'prod', ' production', 'PRODUCTION', 'staging'])('does not take NODE_ENV=%j', (NODE_ENV) => {
    expect(problems({ ...SAFE, NODE_ENV })).toEqual(['NODE_ENV must be production, development, test or benchmark']);
  });

  test.each([
    ['DATA_KEY', Buffer.alloc(32).toString('base64'), 'is a pattern'],
    ['DATA_KEY', Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64'), 'is a pattern'],
    ['TRUST_PROXY', '0.0.0.0/0', 'must be networks of your proxies'],
    ['TRUST_PROXY', 'loopback,::/0', 'must be networks of your proxies'],
    ['TRUST_PROXY', '0.0.0.0/1,128.0.0.0/1', 'must be networks of your proxies'],
    ['CORS_ORIGINS', 'https://*.example.com', 'must be origins like'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_test', 'must be the signing secret of the endpoint'],
    ['SESSION_SECRET', SAFE.OPERATOR_KEY, 'must have another value than OPERATOR_KEY'],
    ['ADMISSION_SECRET', SAFE.SESSION_SECRET, 'must have another value than SESSION_SECRET'],
    ['DATA_KEY', SAFE.SESSION_SECRET, 'must have another value than SESSION_SECRET'],
  ])('refuses %s=%s', (name, value, problem) => {
    expect(problems({ ...SAFE, [name]: value })).toEqual([expect.stringMatching(`^${name} ${problem}`)]);
  });

  test('takes safe values of all of these', () => {
    const others = {
      OPERATOR_KEY_PREVIOUS: SAFE.OPERATOR_KEY,
      ADMISSION_SECRET: randomBytes(32).toString('hex'),
      DATA_KEY: randomBytes(32).toString('base64'),
      STRIPE_WEBHOOK_SECRET: `whsec_${'aB3'.repeat(10)}`,
      TRUST_PROXY: 'loopback,10.0.0.0/8,fc00::/7',
    };
    expect(problems({ ...SAFE, ...others })).toEqual([]);
  });

  test('refuses every key and secret that the documents show', () => {
    const shown = documents().flatMap(({ file, text }) =>
      [...text.matchAll(/\b(OPERATOR_KEY|SESSION_SECRET)[=:] ?'?([\w.+/-]{8,})/g)].map(([, name = '', value = '']) => ({
        file,
        name,
        value,
      })),
    );
    expect(shown.length).toBeGreaterThan(0);
    for (const { file, name, value } of shown) {
      expect(problems({ ...SAFE, [name]: value }), `${file} shows ${name}=${value}`).not.toEqual([]);
    }
  });
});

describe('warnings in production', () => {
  const warnings = (env: Record<string, string>): string[] => productionWarnings(loadConfig({ ...SAFE, ...env }));

  test.each([
    ['HOST', '0.0.0.0', 'TRUST_PROXY is not set'],
    ['RATE_LIMITS', 'off', 'RATE_LIMITS is off'],
    ['HOLD_UNITS_MAX_SESSION', '0', 'HOLD_UNITS_MAX_SESSION is 0'],
    ['HOLD_SHARE_MAX_CLIENT', '0', 'HOLD_SHARE_MAX_CLIENT is 0'],
    ['HOLD_COOLDOWN_MS', '0', 'HOLD_COOLDOWN_MS is 0'],
    ['METRICS', 'public', 'METRICS is public'],
    ['WEBHOOK_ALLOW_PRIVATE', 'yes', 'WEBHOOK_ALLOW_PRIVATE is yes'],
    ['DURABILITY', 'none', 'DURABILITY is none'],
    ['CORS_ORIGINS', 'http://shop.example', 'CORS_ORIGINS has http://shop.example'],
  ])('%s=%s', (name, value, warning) => {
    const redis: Record<string, string> = name === 'DURABILITY' ? { REDIS_URL: 'redis://h' } : {};
    expect(warnings({ ...redis, [name]: value })).toEqual([expect.stringContaining(warning)]);
    expect(productionWarnings(loadConfig({ ...redis, [name]: value }))).toEqual([]);
  });

  test('none for the defaults, and none for an address that only a proxy reaches', () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ HOST: '0.0.0.0', TRUST_PROXY: '10.0.0.0/8' })).toEqual([]);
  });
});

test('outside of production the same settings start, and weak secrets are logged', () => {
  const config = loadConfig({ SESSION_SECRET: 'password', CORS_ORIGINS: '*' });
  expect(secretWarnings(config)).toEqual([expect.stringMatching(/^SESSION_SECRET has fewer than 32 characters: NODE/)]);
  expect(secretWarnings(loadConfig({}))).toEqual([]);
  expect(secretWarnings(loadConfig({ SESSION_SECRET: SAFE.SESSION_SECRET }))).toEqual([]);
});

test.each([
  ['16 bytes in hexadecimal digits', () => randomBytes(16).toString('hex')],
  ['24 bytes in base64url', () => randomBytes(24).toString('base64url')],
  ['32 bytes in base64', () => randomBytes(32).toString('base64')],
])('estimates %s as strong', (_, secret) => {
  const estimates = Array.from({ length: 500 }, () => estimatedBits(secret()));
  // The bound for secrets of sessions. One in a thousand is below it.
  expect(estimates.filter((bits) => bits < 75).length).toBeLessThanOrEqual(5);
});

function documents(): { file: string; text: string }[] {
  const inDocs = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  const examples = readdirSync(join(ROOT, 'examples')).filter((name) => !name.endsWith('.json'));
  const files = [
    'README.md',
    'SECURITY.md',
    'docker-compose.yml',
    'Dockerfile',
    'load-tests/README.md',
    ...inDocs.map((file) => `docs/${file}`),
    ...examples.map((folder) => `examples/${folder}/README.md`),
  ];
  return files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}
