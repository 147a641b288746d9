import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/server/config.ts';
import { secretWarnings } from '../../src/server/production-rules.ts';
import { estimatedBits } from '../../src/server/secret-strength.ts';

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
      expect.stringMatching(/^CORS_ORIGINS takes the origins/),
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
  ])('refuses %s as a secret of sessions', (_, secret) => {
    for (const name of ['SESSION_SECRET', 'SESSION_SECRET_PREVIOUS']) {
      const lines = problems({ ...SAFE, [name]: secret });
      expect(lines).toEqual([expect.stringMatching(`^${name} .*: generate it with: openssl rand -base64 32$`)]);
      expect(lines[0]).not.toContain(secret);
    }
  });

  test.each(['k'.repeat(24), 'change-me-change-me', 'operator-key-1234', 'password12345678', 'your-operator-key-here'])(
    'refuses the operator key %s',
    (OPERATOR_KEY) => {
      expect(problems({ ...SAFE, OPERATOR_KEY })).toEqual([expect.stringMatching(/^OPERATOR_KEY is an example or/)]);
    },
  );

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
  // One in three thousand of the shortest is below 90.
  expect(estimates.filter((bits) => bits < 70)).toEqual([]);
});

function documents(): { file: string; text: string }[] {
  const inDocs = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  const files = [
    'README.md',
    'SECURITY.md',
    'docker-compose.yml',
    'Dockerfile',
    'load-tests/README.md',
    'examples/react-product-page/README.md',
    ...inDocs.map((file) => `docs/${file}`),
  ];
  return files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}
