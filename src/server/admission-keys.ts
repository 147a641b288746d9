import { readFileSync } from 'node:fs';
import { createAdmissionCheck } from '../adapters/admission-token.ts';
import type { Admit } from '../shop/cart/sku-admission.ts';
import { type Config, ConfigError } from './settings/config.ts';

/**
 * Returns the check of admission tokens; undefined without a key for them, so that sessions cannot reserve protected
 * SKUs. Throws `ConfigError` for a file that is not a public key.
 */
export function admissionCheckOf(config: Config): Admit | undefined {
  const { ADMISSION_SECRET, ADMISSION_SECRET_PREVIOUS, ADMISSION_PUBLIC_KEY, SHOP: shop } = config;
  const secrets = [ADMISSION_SECRET, ADMISSION_SECRET_PREVIOUS].filter((secret) => secret !== undefined);
  if (secrets.length === 0 && ADMISSION_PUBLIC_KEY === undefined) return undefined;
  try {
    const publicKeys = ADMISSION_PUBLIC_KEY === undefined ? [] : [readFileSync(ADMISSION_PUBLIC_KEY, 'utf8')];
    return createAdmissionCheck({ secrets, publicKeys, shop });
  } catch (error) {
    throw new ConfigError(
      `ADMISSION_PUBLIC_KEY must be the path of a PEM file with an Ed25519 public key: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
