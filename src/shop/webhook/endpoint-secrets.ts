import { DAY_MS } from '../../domain/limits.ts';
import { randomBytes } from 'node:crypto';
import { ServiceFailure } from '../../contract/calls/call.ts';
import type { Endpoint } from '../../contract/webhook-records.ts';
import type { DataSeal } from '../../transact/documents/data-seal.ts';
import { secretsPlace } from './webhook-documents.ts';

/** A replaced secret still signs for this long. */
const OLD_SECRET_MS = DAY_MS;
const SECRETS_MAX = 4;
const SECRET_BYTES = 32;

type Secrets = Endpoint['secrets'];

export const firstSecrets = (seal: DataSeal, endpointId: string): Secrets => [newSecret(seal, endpointId)];

/** Returns an endpoint with a new secret, and with the valid old ones for a day. */
export function withNewSecret(seal: DataSeal, endpoint: Endpoint, at: number): Endpoint {
  const old = endpoint.secrets.flatMap(({ secret, validUntil }) =>
    validUntil === null || validUntil > at ? [{ secret, validUntil: validUntil ?? at + OLD_SECRET_MS }] : [],
  );
  return { ...endpoint, secrets: [newSecret(seal, endpoint.endpointId), ...old].slice(0, SECRETS_MAX) };
}

function newSecret(seal: DataSeal, endpointId: string): Secrets[number] {
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  return { secret: seal.seal(secret, secretsPlace(endpointId)), validUntil: null };
}

/** Returns an endpoint whose secrets are sealed with the current key. */
export const renewSecrets = (seal: DataSeal, endpoint: Endpoint): Endpoint => ({
  ...endpoint,
  secrets: endpoint.secrets.map(({ secret, validUntil }) => ({
    secret: seal.renew(secret, secretsPlace(endpoint.endpointId)),
    validUntil,
  })),
});

/** Returns the plain secrets of an endpoint. Throws `ServiceFailure` if one of them cannot be opened. */
export const openSecrets = (seal: DataSeal, endpointId: string, secrets: Secrets): string[] =>
  secrets.map(({ secret }) => {
    const opened = seal.open(secret, secretsPlace(endpointId));
    if (opened === null) throw new ServiceFailure(`the secret of the endpoint ${endpointId} cannot be opened`);
    return opened;
  });
