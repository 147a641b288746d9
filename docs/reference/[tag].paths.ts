import { readFileSync } from 'node:fs';
import { apiReference, type ApiReference } from '../../src/http/api-docs/api-reference.ts';
import { tagsOf } from '../../src/http/api-docs/operation-tags.ts';
import { commonRefusalsHtml, objectAnchor, objectHtml, operationHtml } from '../../src/http/api-docs/reference-html.ts';

const reference = apiReference(JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8')));
const names = new Set(reference.objects.map(({ name }) => name));
/** Vue would read double braces of an example as an expression. */
const verbatim = (html: string): string => `<div v-pre class="operation">\n${html}\n</div>`;

/** The pages of the REST reference: one for each noun, and one for what all of them share. */
export default {
  paths: () => [
    ...tagsOf(reference).map(([tag, operations]) => ({
      params: { tag },
      content: [`# REST: ${tag}`, ...operations.map(sectionOf)].join('\n\n'),
    })),
    { params: { tag: 'objects' }, content: objectsPage(reference) },
    { params: { tag: 'refusals' }, content: refusalsPage(reference) },
  ],
};

const sectionOf = (operation: ApiReference['operations'][number]): string =>
  `## ${operation.id} {#${operation.id}}\n\n${verbatim(operationHtml(operation, linkTo))}`;

const objectsPage = ({ objects }: ApiReference): string =>
  [
    '# REST: objects of answers',
    ...objects.map(
      (object) => `## ${object.name} {#${objectAnchor(object.name)}}\n\n${verbatim(objectHtml(object, linkTo))}`,
    ),
  ].join('\n\n');

const refusalsPage = (all: ApiReference): string =>
  [
    '# REST: refusals of most operations',
    'Each operation lists only its other refusals. [Errors](../errors.md) says what to do about each.',
    verbatim(commonRefusalsHtml(all)),
  ].join('\n\n');

function linkTo(name: string): string | null {
  return names.has(name) ? `./objects#${objectAnchor(name)}` : null;
}
