import { z } from 'zod';
import { moment, natural, string } from '../output-fields.ts';
import { SCOPE_NAMES } from '../scope-names.ts';

const keyScopes = z.array(z.enum(SCOPE_NAMES));

export const createdKey = z
  .strictObject({
    keyId: string,
    /** `hf_live_...`. Only its hash is stored, so a repeated call does not have it. */
    key: string
      .exactOptional()
      .meta({ description: 'Shown here only. A repeated call with one key does not show it.' }),
  })
  .meta({ id: 'CreatedKey' });
export interface CreatedKey extends z.output<typeof createdKey> {}

export const accessKeyOutput = z
  .strictObject({
    keyId: string,
    name: string,
    scopes: keyScopes,
    status: z.enum(['active', 'expired', 'revoked']),
    createdAt: moment,
    /** The principal that created the key. */
    createdBy: string,
    expiresAt: moment.exactOptional(),
    revokedAt: moment.exactOptional(),
    /** When the key was last used, to the minute. Absent: it was never used. */
    lastUsedAt: moment.exactOptional(),
    ratePerMinute: natural.exactOptional(),
  })
  .meta({ id: 'AccessKey' });
export interface ShownKey extends z.output<typeof accessKeyOutput> {}

export const keyHolder = z
  .strictObject({
    /** The name of the key; `operator` for the root key. */
    name: string,
    /** Absent for the root key. */
    keyId: string.exactOptional(),
    /** All scopes of the key, with those that they imply. */
    scopes: keyScopes,
    /** Shop time. */
    at: moment.meta({ description: 'Shop time.' }),
  })
  .meta({ id: 'KeyHolder' });
export interface KeyHolder extends z.output<typeof keyHolder> {}
