import { once } from 'node:events';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { ledgerQuery } from '../../api/library/ledger-query.ts';
import { RefusalError } from '../../api/wire-errors.ts';
import { SHOP_HEADER } from '../../contract/shop-header.ts';
import type { LedgerLine } from '../../contract/outputs/ledger-lines.ts';
import type { HttpContext, HttpEnv } from '../listener/refusal-answer.ts';
import { abortWith, operatorOnly, parsedQuery } from './bulk-routes.ts';
import { restResource, type RestRoutesOptions } from './rest-routes.ts';

const LEDGER_HEADERS = { 'content-type': 'application/jsonl; charset=utf-8', 'cache-control': 'no-store' };

/** Returns `GET /ledger`: the ledger, as JSON lines of any number. */
export function ledgerRoutes(options: RestRoutesOptions) {
  const routes = new Hono<HttpEnv>();
  restResource(routes, '/ledger', { GET: (c) => operatorOnly(c, 'ledger.read', sendLedger, options) });
  return routes;
}

async function sendLedger(c: HttpContext, { services }: RestRoutesOptions): Promise<Response> {
  const { outgoing } = c.env;
  const query = parsedQuery(c, ledgerQuery);
  const signal = abortWith(c);
  const result = await services.holdfast.ledger.read({ ...query, signal });
  if (!result.ok) throw new RefusalError(result.refusal);
  for await (const lines of result.value) {
    if (!outgoing.headersSent)
      outgoing.writeHead(200, { ...LEDGER_HEADERS, [SHOP_HEADER]: services.holdfast.store.shop });
    if (!outgoing.write(jsonLines(lines))) await once(outgoing, 'drain', { signal });
  }
  outgoing.end();
  return RESPONSE_ALREADY_SENT;
}

const jsonLines = (lines: readonly LedgerLine[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
