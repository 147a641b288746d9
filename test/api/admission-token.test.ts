import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createAdmissionCheck } from '../../src/adapters/admission-token.ts';
import type { Caller } from '../../src/contract/calls/call.ts';
import { shortHash } from '../../src/transact/documents/ids.ts';

const SECRET = 'a-secret-of-the-queue-with-enough-characters';
const OTHER_SECRET = 'another-secret-of-another-queue-of-characters';
const NOW = 1_900_000_000_000;
const SECONDS = NOW / 1_000;

const session: Caller = { kind: 'session', principal: 'hashOfTheSession', cartId: 'crt_1', customer: null };
const customer: Caller = { ...session, customer: `customer:${shortHash('customer', 'anna')}` };

const CLAIMS: JWTPayload = {
  aud: 'main',
  sub: 'hashOfTheSession',
  jti: 'token-1',
  exp: SECONDS + 60,
  skus: ['TICKET-1', 'DROP-*'],
};

const sign = (claims: JWTPayload, secret = SECRET): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(createSecretKey(Buffer.from(secret)));

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
const signWithKey = (claims: JWTPayload): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);

const check = createAdmissionCheck({ secrets: [SECRET], shop: 'main', now: () => NOW });
const admit = (token: string | undefined, { sku = 'TICKET-1', caller = session } = {}) => check({ sku, caller, token });

describe('admission tokens', () => {
  it('admit the session that they name, once, until they expire', async () => {
    expect(await admit(await sign(CLAIMS))).toEqual({ once: { name: 'token-1', untilMs: NOW + 65_000 } });
  });

  it('admit the customer that they name, in any session', async () => {
    const token = await sign({ ...CLAIMS, sub: 'anna' });
    expect(await admit(token, { caller: customer })).not.toBeNull();
    expect(await admit(token)).toBeNull();
  });

  it('admit to the SKUs that they name, and to all that begin with a prefix', async () => {
    const token = await sign(CLAIMS);
    expect(await admit(token, { sku: 'DROP-42' })).not.toBeNull();
    expect(await admit(token, { sku: 'TICKET-2' })).toBeNull();
    expect(await admit(token, { sku: 'TICKET-10' })).toBeNull();
  });

  it('are accepted with the signature of an Ed25519 key', async () => {
    const byKey = createAdmissionCheck({ publicKeys: [pem], shop: 'main', now: () => NOW });
    const token = await signWithKey(CLAIMS);
    expect(await byKey({ sku: 'TICKET-1', caller: session, token })).not.toBeNull();
    expect(await byKey({ sku: 'TICKET-1', caller: session, token: await sign(CLAIMS) })).toBeNull();
    expect(await admit(token)).toBeNull();
  });

  it('are accepted with either of two secrets while they rotate', async () => {
    const both = createAdmissionCheck({ secrets: [OTHER_SECRET, SECRET], shop: 'main', now: () => NOW });
    expect(await both({ sku: 'TICKET-1', caller: session, token: await sign(CLAIMS) })).not.toBeNull();
  });

  it.each<[string, { [claim: string]: unknown }]>([
    ['for another shop', { ...CLAIMS, aud: 'other' }],
    ['for another session', { ...CLAIMS, sub: 'hashOfAnotherSession' }],
    ['that has expired', { ...CLAIMS, exp: SECONDS - 6 }],
    ['that is not valid yet', { ...CLAIMS, nbf: SECONDS + 6 }],
    ['without an expiry', { ...CLAIMS, exp: undefined }],
    ['without an id', { ...CLAIMS, jti: undefined }],
    ['without SKUs', { ...CLAIMS, skus: undefined }],
    ['with an empty list of SKUs', { ...CLAIMS, skus: [] }],
    ['with SKUs that are not texts', { ...CLAIMS, skus: [1] }],
  ])('are refused: one %s', async (_, claims) => {
    expect(await admit(await sign(claims as JWTPayload))).toBeNull();
  });

  it('are refused if they are absent, malformed, too long, unsigned or signed by another secret', async () => {
    const [header, body] = (await sign(CLAIMS)).split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    for (const token of [undefined, '', 'x', `${header}.${body}.`, unsigned, 'a'.repeat(2_049)]) {
      expect(await admit(token)).toBeNull();
    }
    expect(await admit(await sign(CLAIMS, OTHER_SECRET))).toBeNull();
  });

  it('refuses to start without a key, and with a key of another kind', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
    expect(() => createAdmissionCheck({ shop: 'main' })).toThrow('needs a secret or a public key');
    const pemOfRsa = rsa.export({ type: 'spki', format: 'pem' }) as string;
    expect(() => createAdmissionCheck({ publicKeys: [pemOfRsa], shop: 'main' })).toThrow('not Ed25519');
  });
});
