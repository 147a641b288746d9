import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { loadConfig } from '../../src/server/settings/config.ts';
import { readRedisTls } from '../../src/server/settings/redis-tls.ts';
import { makeCertificates } from '../support/certificates.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

test('sends a client certificate to a Redis that demands one', { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  const { ca, server, client } = makeCertificates(dir.path);
  const port = await freePort();
  await using _redis = await startRedis({
    bind: '127.0.0.1',
    'tls-port': String(port),
    'tls-cert-file': server.cert,
    'tls-key-file': server.key,
    'tls-ca-cert-file': ca,
    'tls-auth-clients': 'yes',
  });
  const url = `rediss://localhost:${port}`;
  const open = (tls: Record<string, Buffer>) =>
    openRedisStore({ url, tls, shop: 'main', durability: 'none', openDeadlineMs: 1_000 });
  await expect(open({ ca: readFileSync(ca) })).rejects.toMatchObject({ fault: 'unavailable' });
  const named = { cert: readFileSync(client.cert), key: readFileSync(client.key) };
  await expect(open(named)).rejects.toThrow(/certificate/);
  const settings = { REDIS_TLS_CA: ca, REDIS_TLS_CERT: client.cert, REDIS_TLS_KEY: client.key };
  await using shop = await startServerProcess({ REDIS_URL: url, DURABILITY: 'none', ...settings });
  const caller = new HttpCaller(shop.url);
  must(await caller.asOperator().mutate('stock.define', { sku: 'tea' }));
  caller.close();
});

test('finds the master of a cluster by TLS, with the name that the certificate has', { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  const { ca, server, client } = makeCertificates(dir.path);
  const [port, busPort] = [await freePort(), await freePort()];
  await using redis = await startRedis({
    bind: '127.0.0.1',
    'tls-port': String(port),
    'tls-cert-file': server.cert,
    'tls-key-file': server.key,
    'tls-ca-cert-file': ca,
    'tls-auth-clients': 'yes',
    'tls-cluster': 'yes',
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-announce-hostname': 'localhost',
    'cluster-preferred-endpoint-type': 'hostname',
  });
  const admin = new Redis(redis.socketPath);
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
  await poll(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'));
  expect(JSON.stringify(await admin.cluster('SLOTS'))).toContain(`"localhost",${port}`);
  const tls = { ca: readFileSync(ca), cert: readFileSync(client.cert), key: readFileSync(client.key) };
  const url = `rediss+cluster://127.0.0.1:1,localhost:${port}`;
  const store = await openRedisStore({ url, tls, shop: 'main', durability: 'none' });
  expect(await store.listStock({ limit: 1 })).toEqual([]);
  await store.close();
  admin.disconnect();
});

test('names the setting of a file that does not exist or is not PEM', async () => {
  await using dir = await tempDir();
  const { ca, client } = makeCertificates(dir.path);
  const text = join(dir.path, 'text');
  writeFileSync(text, 'not a certificate');
  const sound = { REDIS_URL: 'rediss://h', REDIS_TLS_CA: ca, REDIS_TLS_CERT: client.cert, REDIS_TLS_KEY: client.key };
  expect(Object.keys(readRedisTls(loadConfig(sound)))).toEqual(['ca', 'cert', 'key']);
  for (const name of ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY']) {
    for (const path of [join(dir.path, 'absent'), text]) {
      const config = loadConfig({ ...sound, [name]: path });
      expect(() => readRedisTls(config), `${name}=${path}`).toThrow(
        new RegExp(`^${name} must be the path of a PEM file`),
      );
    }
  }
});
