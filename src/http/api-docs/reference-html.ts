import type {
  ApiReference,
  InputField,
  ReferenceObject,
  ReferenceOperation,
  DocumentedRefusal,
} from './api-reference.ts';
import type { Field } from './schema-text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Returns a text for HTML. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
const code = (text: string): string => `<code>${escaped(text)}</code>`;

/** Returns the link to the object of a name; null for any other word. */
export type LinkTo = (word: string) => string | null;

/** The anchor of an object of the reference. */
export const objectAnchor = (name: string): string => `object-${name}`;

/** Returns the parts of an operation below its heading, as HTML without empty lines. */
export function operationHtml(operation: ReferenceOperation, linkTo: LinkTo): string {
  const { method, path, summary, description, credentials, fields, bodyTypes, example, answer, refusals } = operation;
  return [
    `<p class="call"><b class="method ${method.toLowerCase()}">${method}</b> ${code(path)}</p>`,
    `<p>${escaped(summary)}</p>`,
    description && `<p>${escaped(description)}</p>`,
    `<p>Credentials: ${credentials.map((needed) => escaped(needed)).join(', or ')}.</p>`,
    fields.length > 0 && `<h4>Input</h4>${inputTable(fields, linkTo)}`,
    bodyTypes.length > 0 && fields.length === 0 && `<p>Body: ${bodyTypes.map(code).join(' or ')}.</p>`,
    example !== undefined && `<pre><code>${escaped(JSON.stringify(example, null, 2))}</code></pre>`,
    `<h4>Answer</h4><p>${typeHtml(answer.type, linkTo)}</p>`,
    answer.fields.length > 0 && fieldTable(answer.fields, linkTo),
    refusals.length > 0 && `<h4>Refusals</h4>${refusalTable(refusals)}`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** Returns the table of an object of answers. */
export const objectHtml = ({ fields }: ReferenceObject, linkTo: LinkTo): string => fieldTable(fields, linkTo);

/** Returns the table of the refusals that most operations have. */
export const commonRefusalsHtml = ({ commonRefusals }: ApiReference): string => refusalTable(commonRefusals);

const htmlTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const heads = head.map((title) => `<th>${title}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return `<div class="table"><table><thead><tr>${heads}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
};

/** Returns a type with links to the objects that it names. */
const typeHtml = (type: string, linkTo: LinkTo): string =>
  type
    .split(/(\w+)/)
    .map((word) => {
      const link = linkTo(word);
      return link === null ? escaped(word) : `<a href="${link}">${word}</a>`;
    })
    .join('');

/** Reasons are not broken, because they are searched for. */
const unbroken = (text: string): string => `<code class="name">${escaped(text)}</code>`;

const presence = ({ isRequired }: Field): string => (isRequired ? '' : ' <i>optional</i>');

const fieldTable = (fields: readonly Field[], linkTo: LinkTo): string =>
  htmlTable(
    ['field', 'type', 'meaning'],
    fields.map((field) => [
      code(field.name) + presence(field),
      typeHtml(field.type, linkTo),
      escaped(field.description),
    ]),
  );

const inputTable = (fields: readonly InputField[], linkTo: LinkTo): string =>
  htmlTable(
    ['field', 'in', 'type', 'meaning'],
    fields.map((field) => [
      code(field.name) + presence(field),
      field.in,
      typeHtml(field.type, linkTo),
      escaped(field.description),
    ]),
  );

const refusalTable = (refusals: readonly DocumentedRefusal[]): string =>
  htmlTable(
    ['status', 'reason', 'message', 'fields of meta'],
    refusals.map(({ status, reason, message, meta }) => [
      String(status),
      unbroken(reason),
      escaped(message),
      meta.map(({ name }) => code(name)).join(', '),
    ]),
  );
