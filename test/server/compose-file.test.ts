import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ConfigError, loadConfig } from '../../src/server/settings/config.ts';
import { productionWarnings } from '../../src/server/settings/production-warnings.ts';

interface Service {
  environment?: Record<string, string>;
  ports?: string[];
  networks: string[];
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
}

interface ComposeFile {
  services: { holdfast: Service; redis: Service };
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } } | null>;
}

const root = join(import.meta.dirname, '../..');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const { services, networks } = parse(text('docker-compose.yml')) as ComposeFile;

/** The variables that the image sets for the server. */
const image = Object.fromEntries(
  [...text('Dockerfile').matchAll(/(?<=^ENV .*)\b(\w+)=(\S+)/gm)].map(([, name = '', value = '']) => [name, value]),
);

/** Returns the environment of the server as Compose resolves it. Throws for a required variable that is not given. */
function environment(given: Record<string, string>): Record<string, string> {
  const resolved = Object.entries(services.holdfast.environment ?? {}).map(([name, value]) => [
    name,
    value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, variable: string, mark?: string, rest = '') => {
      const found = given[variable] ?? '';
      if (found === '' && mark === '?') throw new Error(`${variable} is required`);
      return found === '' ? String(rest) : found;
    }),
  ]);
  return { ...image, ...Object.fromEntries(resolved) };
}

const SECRETS = {
  OPERATOR_KEY: randomBytes(32).toString('base64'),
  SESSION_SECRET: randomBytes(32).toString('base64'),
};

test('starts for production with two secrets, and lets only the operator sell without a payment', () => {
  const config = loadConfig(environment(SECRETS));
  expect(config).toMatchObject({ NODE_ENV: 'production', CHECKOUT_PLACE: 'operator', CORS_ORIGINS: [] });
});

test.each(Object.keys(SECRETS))('does not start without %s, or with a guessable one', (name) => {
  expect(() => environment({ ...SECRETS, [name]: '' })).toThrow(`${name} is required`);
  expect(() => loadConfig(environment({ ...SECRETS, [name]: 'change-me-change-me-change-me-change-me' }))).toThrow(
    ConfigError,
  );
});

test('publishes the API on the loopback, and nothing else', () => {
  expect(services.holdfast.ports).toEqual(['${HOLDFAST_PORT:-127.0.0.1:3000}:3000']);
  expect(services.redis.ports).toBeUndefined();
  expect(services.redis.networks).toEqual(['store']);
  expect(networks['store']).toEqual({ internal: true });
});

test('trusts the network of the proxy, so that clients are known', () => {
  const [{ subnet } = { subnet: '' }] = networks['edge']?.ipam?.config ?? [];
  expect(subnet).toMatch(/^172\.[\d.]+\/24$/);
  const config = loadConfig(environment(SECRETS));
  expect(config).toMatchObject({ TRUST_PROXY: [subnet], CLIENT_KEYS: 'off' });
  expect(productionWarnings(config)).toEqual([]);
});

test.each(['holdfast', 'redis'] as const)('%s may not gain privileges or write outside of its volume', (name) => {
  expect(services[name]).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
});
