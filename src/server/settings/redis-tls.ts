import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type Config, ConfigError } from './config.ts';

/** The certificates and the key for TLS connections to Redis, in PEM. The system's authorities are trusted too. */
interface RedisTlsFiles {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** Reads the files that `REDIS_TLS_CA`, `REDIS_TLS_CERT` and `REDIS_TLS_KEY` name. Throws `ConfigError`. */
export function readRedisTls({ REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY }: Config): RedisTlsFiles {
  const tls: RedisTlsFiles = {};
  if (REDIS_TLS_CA !== undefined) tls.ca = certificateOf('REDIS_TLS_CA', REDIS_TLS_CA);
  if (REDIS_TLS_CERT !== undefined) tls.cert = certificateOf('REDIS_TLS_CERT', REDIS_TLS_CERT);
  if (REDIS_TLS_KEY === undefined) return tls;
  const { cert } = tls;
  tls.key = readWith('REDIS_TLS_KEY', REDIS_TLS_KEY, (key) => createSecureContext({ key, ...(cert && { cert }) }));
  return tls;
}

const certificateOf = (name: string, path: string): Buffer => readWith(name, path, (pem) => new X509Certificate(pem));

/** Returns the file's bytes after `demand` has accepted them. Throws `ConfigError` if reading or `demand` throws. */
function readWith(name: string, path: string, demand: (bytes: Buffer) => unknown): Buffer {
  try {
    const bytes = readFileSync(path);
    demand(bytes);
    return bytes;
  } catch (error) {
    const what = name === 'REDIS_TLS_KEY' ? 'the key of REDIS_TLS_CERT' : 'a certificate';
    throw new ConfigError(`${name} must be the path of a PEM file with ${what}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
