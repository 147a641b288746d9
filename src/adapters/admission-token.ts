import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { ADMISSION_CHARS_MAX } from '../contract/inputs/fields.ts';
import type { Admission, Admit, AdmissionRequest } from '../shop/cart/sku-admission.ts';
import { shortHash } from '../transact/documents/ids.ts';

/** How far the clocks of the issuer and of this process may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
const ANY_SUFFIX = '*';

export interface AdmissionTokenOptions {
  /** A secret that is shared with the issuer (HS256). The second one is accepted while secrets rotate. */
  secrets?: readonly string[];
  /** Public keys of the issuer in PEM (EdDSA). */
  publicKeys?: readonly string[];
  /** The audience of the tokens: the shop. */
  shop: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

const CLAIMS = z.object({
  sub: z.string().min(1),
  jti: z.string().min(1).max(255),
  exp: z.number(),
  skus: z.array(z.string().min(1)).min(1).max(100),
});
type Claims = z.output<typeof CLAIMS>;

/**
 * Returns the check of admission tokens: JWTs that the shop's queue, captcha or login signs. A token admits one subject
 * to some SKUs until it expires. Claims: `aud` is the shop; `sub` is a customer's id or the `subject` of a session;
 * `skus` are SKUs, or prefixes that end with `*` for a whole sale; `exp` and `jti` are required. Throws `TypeError` for
 * a key that cannot be read, or if there is none.
 */
export function createAdmissionCheck(options: AdmissionTokenOptions): Admit {
  const { secrets = [], publicKeys = [], shop, now = Date.now } = options;
  const keys = [
    ...secrets.map((secret) => ({ algorithm: 'HS256', key: createSecretKey(Buffer.from(secret)) })),
    ...publicKeys.map((pem) => ({ algorithm: 'EdDSA', key: publicKeyOf(pem) })),
  ];
  if (keys.length === 0) throw new TypeError('an admission check needs a secret or a public key');
  return async (request) => {
    const { token } = request;
    if (token === undefined || token.length > ADMISSION_CHARS_MAX) return null;
    for (const { algorithm, key } of keys) {
      const payload = await verified(token, key, { algorithm, shop, now: now() });
      const claims = CLAIMS.safeParse(payload);
      if (claims.success) return admissionOf(claims.data, request);
    }
    return null;
  };
}

function publicKeyOf(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the public key of admission tokens is not Ed25519');
  return key;
}

/** Returns the claims of a token, or null if it is malformed, expired, for another shop or signed by another key. */
async function verified(
  token: string,
  key: KeyObject,
  { algorithm, shop, now }: { algorithm: string; shop: string; now: number },
): Promise<JWTPayload | null> {
  // Only a shop with protected SKUs loads the package.
  const { errors, jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      audience: shop,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub', 'jti'],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

function admissionOf({ sub, jti, exp, skus }: Claims, { sku, caller }: AdmissionRequest): Admission | null {
  const isSubject = sub === caller.principal || `customer:${shortHash('customer', sub)}` === caller.customer;
  if (!isSubject || !skus.some((name) => admitsTo(name, sku))) return null;
  return { once: { name: jti, untilMs: exp * 1_000 + CLOCK_TOLERANCE_SECONDS * 1_000 } };
}

const admitsTo = (name: string, sku: string): boolean =>
  name.endsWith(ANY_SUFFIX) ? sku.startsWith(name.slice(0, -1)) : name === sku;
