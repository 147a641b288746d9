import { readFileSync } from 'node:fs';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/** Returns the text of the OpenAPI document. */
export const readDocument = (): string => readFileSync(DOCUMENT, 'utf8');
