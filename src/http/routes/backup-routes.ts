import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { invalidInput, RefusalError } from '../../api/wire-errors.ts';
import { type BulkContext, type BulkRoutesOptions, guarded } from './bulk-routes.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import { refuseRest } from './rest-routes.ts';

export interface BackupRoutesOptions extends BulkRoutesOptions {
  backup?: OpenedStore['backup'] | undefined;
}

/** A second copy would need the room of the first one once more, on a disk that serves a shop. */
const BUSY_RETRY_MS = 10_000;

/** `GET /backup`: a consistent copy of the shop, for the operator. */
export function backupRoutes(options: BackupRoutesOptions) {
  const routes = new Hono<{ Bindings: HttpBindings & { requestId: string } }>();
  const busy = { is: false };
  const send = async (c: BulkContext): Promise<Response> => {
    if (busy.is) throw new RefusalError({ reason: 'overloaded', meta: { retryAfterMs: BUSY_RETRY_MS } });
    busy.is = true;
    try {
      return await sendCopy(c, options);
    } finally {
      busy.is = false;
    }
  };
  routes.on('ALL', ['/backup', '/backup/'], (c) =>
    c.req.method === 'GET'
      ? guarded(c, 'admin.backup', send, options)
      : refuseRest(c, { reason: 'method_not_allowed', meta: {} }, 'GET'),
  );
  return routes;
}

async function sendCopy({ env: { outgoing } }: BulkContext, { backup }: BackupRoutesOptions): Promise<Response> {
  if (!backup) throw new RefusalError(invalidInput('', 'the data is in Redis: back it up there, see docs/redis.md'));
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
