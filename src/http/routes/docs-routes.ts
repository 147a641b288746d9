import { Hono } from 'hono';
import { DOCS_PATH } from '../listener/process-paths.ts';
import { type HttpContext, type HttpEnv, METHOD_NOT_ALLOWED, refuseTrpc } from '../listener/refusal-answer.ts';

/** A page of the same version has the same text, and a new version should be seen soon. */
const CACHE = 'public, max-age=300';

/** Returns `GET /docs`: the REST API as one page, which loads nothing else. */
export function docsRoutes(basePath: string) {
  const routes = new Hono<HttpEnv>();
  let page: Promise<{ html: string; policy: string }> | null = null;
  routes.get(DOCS_PATH, async (c: HttpContext) => {
    page ??= renderedPage(basePath);
    const { html, policy } = await page;
    return c.body(html, 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': CACHE,
    });
  });
  routes.all(DOCS_PATH, (c) => refuseTrpc(c, METHOD_NOT_ALLOWED, 'GET'));
  return routes;
}

/** Most servers never render the page, so its modules are loaded when it is first needed. */
async function renderedPage(basePath: string): Promise<{ html: string; policy: string }> {
  const { referencePage, REFERENCE_POLICY } = await import('../api-docs/reference-page.ts');
  return { html: referencePage(basePath), policy: REFERENCE_POLICY };
}
