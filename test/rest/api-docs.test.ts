import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiReference } from '../../src/http/api-docs/api-reference.ts';
import { readDocument } from '../../src/http/api-docs/openapi-document.ts';
import type { OpenApiDocument, Operation } from '../../src/http/api-docs/openapi-types.ts';
import { nameOf } from '../../src/http/api-docs/schema-text.ts';
import { startShop } from '../support/shop-server.ts';

const document = JSON.parse(readDocument()) as OpenApiDocument;
const reference = apiReference(document);

const PRODUCTION = {
  NODE_ENV: 'production',
  OPERATOR_KEY: createHash('sha256').update('key of this test').digest('base64'),
  SESSION_SECRET: createHash('sha256').update('secret of this test').digest('base64'),
  CHECKOUT_PLACE: 'operator',
};

describe('GET /docs', () => {
  test('shows each operation of the document in production, without credentials', async () => {
    await using shop = await startShop(PRODUCTION);
    const { status, headers, text } = await shop.fetch('/docs');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    for (const { id, path } of reference.operations) {
      expect(text).toContain(`<h3 id="${id}">`);
      expect(text).toContain(`<code>${path}</code>`);
    }
    expect(text).not.toContain(PRODUCTION.OPERATOR_KEY);
  });

  test('allows the style of the page and nothing else', async () => {
    await using shop = await startShop();
    const { headers, text } = await shop.fetch('/docs');
    const [, style = ''] = /<style>([^<]*)<\/style>/.exec(text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(text.match(/<(?:script|link|img|iframe)\b|<[^>]+\s(?:src|style|on\w+)=/)).toBeNull();
  });

  test('has a target for each of its links', async () => {
    await using shop = await startShop();
    const { text } = await shop.fetch('/docs');
    const links = [...new Set([...text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link))];
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `#${id}`);
    const anchors = new Set(ids);
    expect(anchors.size).toBe(ids.length);
    expect(links.filter((link) => link.startsWith('#') && !anchors.has(link))).toEqual([]);
    const [file, ...others] = links.filter((link) => !link.startsWith('#'));
    expect(others).toEqual([]);
    expect((await shop.fetch(new URL(file ?? '', `${shop.url}/docs`).pathname)).status).toBe(200);
  });

  test('accepts no other method', async () => {
    await using shop = await startShop();
    const { status, headers } = await shop.fetch('/docs', { method: 'DELETE' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });

  test.each(['/docs', '/api/v1/openapi.json'])('is 404 with API_DOCS=off: %s', async (path) => {
    await using shop = await startShop({ API_DOCS: 'off' });
    expect((await shop.fetch(path)).status).toBe(404);
  });
});

describe('the reference', () => {
  test('has each operation of the document, with the refusals that it is described with', () => {
    const shared = new Set(reference.commonRefusals.map(({ reason }) => reason));
    const described = Object.values(document.paths).flatMap((item) =>
      (Object.values(item) as Partial<Operation>[]).flatMap(({ operationId = '', responses = {} }) =>
        Object.values(responses).flatMap(({ $ref, description = '' }) => {
          const text = $ref === undefined ? description : document.components.responses?.[nameOf($ref)]?.description;
          return [...(text ?? '').matchAll(/(?:^|\. )(\w+): /g)].map(([, reason = '']) => ({ operationId, reason }));
        }),
      ),
    );
    expect(described.length).toBeGreaterThan(300);
    for (const { operationId, reason } of described) {
      const own = reference.operations.find(({ id }) => id === operationId)?.refusals.map((each) => each.reason);
      expect([operationId, ...(own ?? []), ...shared]).toContain(reason);
    }
    expect(shared).toContain('invalid_input');
  });

  test('names the type of each field', () => {
    const fields = [
      ...reference.operations.flatMap(({ fields, answer }) => [...fields, ...answer.fields, { name: '', ...answer }]),
      ...reference.objects.flatMap(({ fields: all }) => all),
    ];
    expect(fields.filter(({ type }) => /undefined|^$/.test(type)).map(({ name }) => name)).toEqual([]);
    expect(fields.length).toBeGreaterThan(300);
  });
});
