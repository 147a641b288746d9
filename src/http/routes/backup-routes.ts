import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { keyHolderOf } from '../../api/callers/context.ts';
import { record } from '../../api/recorded.ts';
import { invalidInput, RefusalError } from '../../api/wire-errors.ts';
import type { AccessKey } from '../../contract/calls/access-key.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { HttpContext, HttpEnv } from '../listener/refusal-answer.ts';
import { operatorOnly, type Serve } from './bulk-routes.ts';
import { restResource, type RestRoutesOptions } from './rest-routes.ts';

export interface BackupRoutesOptions extends RestRoutesOptions {
  backup?: OpenedStore['backup'] | undefined;
}

/** How long a client waits while another backup is under way. */
const BUSY_RETRY_MS = 10_000;

/**
 * Returns `GET /backup`: a consistent copy of the shop, for the operator. There is one backup at a time, because each
 * needs as much disk space as the data.
 */
export function backupRoutes(options: BackupRoutesOptions) {
  const routes = new Hono<HttpEnv>();
  let isBusy = false;
  const send: Serve = async (c, _, key) => {
    if (isBusy) throw new RefusalError({ reason: 'overloaded', meta: { retryAfterMs: BUSY_RETRY_MS } });
    isBusy = true;
    try {
      return await sendCopy(c, options, key);
    } finally {
      isBusy = false;
    }
  };
  restResource(routes, '/backup', { GET: (c) => operatorOnly(c, 'admin.backup', send, options) });
  return routes;
}

/**
 * Records the backup as an event, which is in the copy too, and then sends the copy. Rejects if the event cannot be
 * recorded.
 */
async function sendCopy(
  { env: { incoming, outgoing, requestId } }: HttpContext,
  { backup, services: { holdfast }, clients }: BackupRoutesOptions,
  key: AccessKey,
): Promise<Response> {
  if (!backup) throw new RefusalError(invalidInput('', 'the data is in Redis: back it up there, see docs/redis.md'));
  await record(
    { holdfast, caller: keyHolderOf(key, { client: clients.of(incoming), requestId }) },
    { what: 'admin.backup' },
  );
  await using copy = await backup();
  const { size } = await stat(copy.file);
  outgoing.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': size,
    'content-disposition': 'attachment; filename="data.mdb"',
  });
  await pipeline(createReadStream(copy.file), outgoing);
  return RESPONSE_ALREADY_SENT;
}
