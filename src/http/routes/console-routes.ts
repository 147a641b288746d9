import { Hono } from 'hono';
import {
  type HttpContext,
  type HttpEnv,
  METHOD_NOT_ALLOWED,
  refuseTrpc,
  NOT_FOUND,
} from '../listener/refusal-answer.ts';
import { CONSOLE_PATH } from '../listener/process-paths.ts';
import { ConsoleFiles } from './console-files.ts';

/**
 * The page runs only its own files, calls only its own origin, and is in no frame. So even if a text of the shop were
 * injected as a script, it could neither run nor send the operator's key elsewhere.
 */
const POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self'`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
  `trusted-types 'none'`,
].join('; ');

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // The page names the assets of this version, so a cached page must not outlive them.
  'cache-control': 'no-store',
};

/** The name of an asset has a hash of its content. */
const ASSET_CACHE = 'public, max-age=31536000, immutable';

/** Returns `GET /console` and everything below it: the operator console, which has no data without a key. */
export function consoleRoutes(basePath = '') {
  const routes = new Hono<HttpEnv>();
  const files = new ConsoleFiles(basePath);
  const sendPage = (c: HttpContext) =>
    files.index === null ? refuseTrpc(c, NOT_FOUND) : c.body(files.index, 200, PAGE_HEADERS);
  routes.get(`${CONSOLE_PATH}/assets/:name`, async (c) => {
    const asset = await files.asset(c.req.param('name'));
    if (asset === null) return refuseTrpc(c, NOT_FOUND);
    const takesGzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
    return c.body(takesGzip ? asset.gzipped : asset.plain, 200, {
      'content-type': asset.type,
      ...(takesGzip && { 'content-encoding': 'gzip' }),
      vary: 'accept-encoding',
      'cache-control': ASSET_CACHE,
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });
  for (const path of [CONSOLE_PATH, `${CONSOLE_PATH}/*`]) {
    routes.get(path, sendPage);
    routes.all(path, (c) => refuseTrpc(c, METHOD_NOT_ALLOWED, 'GET'));
  }
  return routes;
}
