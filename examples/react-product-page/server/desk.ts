import { createSecretKey, randomUUID } from 'node:crypto';
import { CappedMap, createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { Hono } from 'hono';
import { SignJWT } from 'jose';
import { z } from 'zod';

export interface DeskOptions {
  /** `ADMISSION_SECRET` of the Holdfast server. */
  admissionSecret: string;
  /** `SHOP` of the Holdfast server. */
  shop: string;
  /** The PBKDF2 iterations of one attempt. About 256 attempts solve a challenge. */
  cost?: number;
}

const CHALLENGE_SECONDS = 120;
const ADMISSION_SECONDS = 300;
const USED_MAX = 100_000;

type Challenge = Parameters<typeof verifySolution>[0]['challenge'];
/** The signature covers all parameters, so only what is used before it is checked needs a type. */
const CHALLENGE = z.object({ parameters: z.looseObject({ nonce: z.string() }), signature: z.string() });
const REQUEST = z.strictObject({
  sku: z.string().min(1).max(128),
  /** `subject` of the shopper's session. */
  subject: z.string().min(1).max(255),
  payload: z.object({
    challenge: z.custom<Challenge>((value) => CHALLENGE.safeParse(value).success),
    solution: z.object({ counter: z.number(), derivedKey: z.string() }),
  }),
});

/**
 * Returns the desk of a sale: a browser that solves a proof of work gets a token for one SKU, for its session. It is a
 * part of your shop, and not of Holdfast, which only verifies the tokens. A queue or a login would sign the same token.
 */
export function createAdmissionDesk({ admissionSecret, shop, cost = 2_000 }: DeskOptions): Hono {
  const secret = createSecretKey(Buffer.from(admissionSecret));
  const challengeSecret = randomUUID();
  const used = new CappedMap<string, true>({ maxSize: USED_MAX });
  const desk = new Hono();
  desk.get('/challenge', async (c) => {
    const expiresAt = Math.floor(Date.now() / 1_000) + CHALLENGE_SECONDS;
    const settings = { algorithm: 'PBKDF2/SHA-256', cost, deriveKey, expiresAt };
    return c.json(await createChallenge({ ...settings, hmacSignatureSecret: challengeSecret }));
  });
  desk.post('/admission', async (c) => {
    const request = REQUEST.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json({ error: 'The request is not valid.' }, 400);
    const { sku, subject, payload } = request.data;
    const { challenge, solution } = payload;
    const { verified } = await verifySolution({
      challenge,
      solution,
      deriveKey,
      hmacSignatureSecret: challengeSecret,
    }).catch(() => ({ verified: false }));
    // A challenge admits once, and without this check one solution would buy any number of tokens.
    if (!verified || !used.setIfAbsent(challenge.parameters.nonce, true)) {
      return c.json({ error: 'The challenge is not solved, has expired, or was used before.' }, 403);
    }
    const token = await new SignJWT({ skus: [sku] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(subject)
      .setAudience(shop)
      .setJti(randomUUID())
      .setExpirationTime(`${ADMISSION_SECONDS}s`)
      .sign(secret);
    return c.json({ token });
  });
  return desk;
}
