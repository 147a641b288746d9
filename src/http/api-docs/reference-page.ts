import { createHash } from 'node:crypto';
import { type ApiReference, apiReference } from './api-reference.ts';
import { documentAt } from './openapi-document.ts';
import type { OpenApiDocument } from './openapi-types.ts';
import { tagsOf } from './operation-tags.ts';
import { commonRefusalsHtml, escaped, objectAnchor, objectHtml, operationHtml } from './reference-html.ts';
import { REFERENCE_STYLE } from './reference-style.ts';

const sourceHash = (text: string): string => createHash('sha256').update(text).digest('base64');

/** The page has no script, and no file besides itself. */
export const REFERENCE_POLICY =
  `default-src 'none'; style-src 'sha256-${sourceHash(REFERENCE_STYLE)}'; ` +
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Returns the reference of the REST API below a base path as one page of HTML. */
export function referencePage(basePath: string): string {
  const document = JSON.parse(documentAt(basePath)) as OpenApiDocument;
  const reference = apiReference(document);
  const names = new Set(reference.objects.map(({ name }) => name));
  const linkTo = (name: string): string | null => (names.has(name) ? `#${objectAnchor(name)}` : null);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Holdfast REST API</title>',
    `<style>${REFERENCE_STYLE}</style></head><body>`,
    navigation(reference),
    '<main>',
    `<h1>Holdfast REST API</h1><p>Version ${escaped(reference.version)}. ${escaped(document.info.description ?? '')}</p>`,
    '<p><a href="api/v1/openapi.json">OpenAPI document</a></p>',
    ...tagsOf(reference).flatMap(([tag, operations]) => [
      `<h2>${tag}</h2>`,
      ...operations.map((operation) => heading(operation.id) + operationHtml(operation, linkTo)),
    ]),
    '<h2 id="refusals">Refusals of most operations</h2>',
    '<p>Each operation lists only its other refusals. The OpenAPI document has all of them.</p>',
    commonRefusalsHtml(reference),
    '<h2 id="objects">Objects</h2>',
    ...reference.objects.map(
      (object) => `<h3 id="${objectAnchor(object.name)}">${object.name}</h3>${objectHtml(object, linkTo)}`,
    ),
    '</main></body></html>',
  ].join('\n');
}

const heading = (id: string): string => `<h3 id="${id}"><a href="#${id}">${id}</a></h3>`;

function navigation(reference: ApiReference): string {
  const parts = tagsOf(reference).map(([tag, operations]) => {
    const items = operations.map(({ id }) => `<li><a href="#${id}">${id}</a></li>`);
    return `<b>${tag}</b><ul>${items.join('')}</ul>`;
  });
  const last = '<b>more</b><ul><li><a href="#refusals">Refusals</a></li><li><a href="#objects">Objects</a></li></ul>';
  return `<nav><details open><summary>Operations</summary>${parts.join('')}${last}</details></nav>`;
}
