import { readFileSync } from 'node:fs';
import type { OpenApiDocument } from './openapi-types.ts';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/** Returns the text of the OpenAPI document, for an API at the root of its host. */
export const readDocument = (): string => readFileSync(DOCUMENT, 'utf8');

/** Returns the text of the OpenAPI document with the addresses that it has below a base path, such as `/shop`. */
export function documentAt(basePath: string): string {
  const text = readDocument();
  if (basePath === '') return text;
  const document = JSON.parse(text) as OpenApiDocument;
  const servers = below(basePath, document.servers);
  const paths = Object.entries(document.paths).map(([path, item]) => [
    path,
    item.servers ? { ...item, servers: below(basePath, item.servers) } : item,
  ]);
  return JSON.stringify(
    { ...document, servers, paths: Object.fromEntries(paths) as OpenApiDocument['paths'] },
    null,
    2,
  );
}

const below = (basePath: string, servers: OpenApiDocument['servers'] = []): { url: string }[] =>
  servers.map(({ url }) => ({ url: `${basePath}${url}`.replace(/\/$/, '') }));
