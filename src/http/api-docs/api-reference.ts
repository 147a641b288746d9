import type { Content, OpenApiDocument, Operation, Parameter, Schema } from './openapi-types.ts';
import { type Field, schemaFields, nameOf, typeOf } from './schema-text.ts';

export interface DocumentedRefusal {
  status: number;
  reason: string;
  message: string;
  meta: readonly Field[];
}

/** A field of an input, with the part of the request that contains it. */
export interface InputField extends Field {
  in: string;
}

export interface ReferenceOperation {
  /** The procedure, such as `cart.add`. */
  id: string;
  tag: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** The accepted credentials. One of them is enough. */
  credentials: readonly string[];
  bodyTypes: readonly string[];
  fields: readonly InputField[];
  example: unknown;
  answer: { type: string; fields: readonly Field[] };
  /** The refusals, without those that most operations share. */
  refusals: readonly DocumentedRefusal[];
}

export interface ReferenceObject {
  name: string;
  fields: readonly Field[];
}

/** The reference of the REST API, derived from its OpenAPI document. */
export interface ApiReference {
  version: string;
  operations: readonly ReferenceOperation[];
  /** The refusals that most operations share. */
  commonRefusals: readonly DocumentedRefusal[];
  /** The named objects in answers. */
  objects: readonly ReferenceObject[];
}

/** Returns the reference of an OpenAPI document. */
export function apiReference(document: OpenApiDocument): ApiReference {
  const all = operationsOf(document).map(([path, method, operation]) => ({
    ...describedOperation(document, { path, method: method.toUpperCase() }, operation),
    refusals: refusalsOf(document, operation),
  }));
  const commonRefusals = sharedBy(all.map(({ refusals }) => refusals));
  const common = new Set(commonRefusals.map(keyOf));
  const operations = all.map((operation) => ({
    ...operation,
    refusals: operation.refusals.filter((refusal) => !common.has(keyOf(refusal))),
  }));
  const tags = (document.tags ?? []).map(({ name }) => name);
  const placeOf = ({ tag }: ReferenceOperation): number => (tags.includes(tag) ? tags.indexOf(tag) : tags.length);
  return {
    version: document.info.version,
    operations: operations.toSorted((a, b) => placeOf(a) - placeOf(b)),
    commonRefusals,
    objects: objectsOf(document),
  };
}

const keyOf = ({ status, reason }: DocumentedRefusal): string => `${status} ${reason}`;

/** Returns the refusals that more than half of the operations have. */
function sharedBy(lists: readonly DocumentedRefusal[][]): DocumentedRefusal[] {
  const all = new Map(lists.flat().map((refusal) => [keyOf(refusal), refusal]));
  const keys = lists.map((list) => new Set(list.map(keyOf)));
  return [...all]
    .filter(([key]) => keys.filter((each) => each.has(key)).length > lists.length / 2)
    .map(([, refusal]) => refusal)
    .toSorted((a, b) => a.status - b.status);
}

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'delete']);

/** Some paths have servers of their own, because they are not below that of the document. */
function operationsOf({ paths, servers }: OpenApiDocument): [path: string, method: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, item]) => {
    const [server] = item.servers ?? servers ?? [];
    const full = `${server?.url ?? ''}${path}`.replace(/^\/\//, '/');
    return Object.entries(item).flatMap(([method, operation]): [string, string, Operation][] =>
      METHODS.has(method) ? [[full, method, operation as Operation]] : [],
    );
  });
}

function describedOperation(document: OpenApiDocument, place: { path: string; method: string }, operation: Operation) {
  const { operationId: id, summary, description = '', requestBody, responses } = operation;
  const body = requestBody?.content ?? {};
  const answer = Object.values(Object.entries(responses).find(([status]) => Number(status) < 400)?.[1].content ?? {});
  const [{ schema } = { schema: { type: 'nothing' } as Schema }] = answer;
  return {
    id,
    tag: id.split('.', 1)[0] ?? '',
    ...place,
    summary,
    description,
    credentials: credentialsOf(operation),
    bodyTypes: Object.keys(body),
    fields: [...parameterFields(document, operation), ...bodyFieldsOf(body)],
    example: Object.values(body)[0]?.example,
    answer: { type: typeOf(schema), fields: answerFields(schema) },
  };
}

const answerFields = (schema: Schema): Field[] =>
  schema.items?.properties ? schemaFields(schema.items, '[].') : schemaFields(schema);

const CREDENTIALS: Readonly<Record<string, (scopes: string[]) => string>> = {
  session: () => 'X-Session-ID',
  operator: ([scope]) => (scope === undefined ? 'a key' : `a key with ${scope}`),
};

const credentialsOf = ({ security = [] }: Operation): string[] =>
  security.map((all) => {
    const needed = Object.entries(all).map(([scheme, scopes]) => CREDENTIALS[scheme]?.(scopes) ?? scheme);
    return needed.length === 0 ? 'none' : needed.join(' and ');
  });

const parameterFields = ({ components }: OpenApiDocument, { parameters = [] }: Operation): InputField[] =>
  parameters.flatMap((given) => {
    const parameter = '$ref' in given ? components.parameters[nameOf(given.$ref)] : given;
    return parameter ? [parameterField(parameter)] : [];
  });

const parameterField = ({ name, in: place, required = false, description, schema }: Parameter): InputField => ({
  name,
  in: place,
  type: typeOf(schema),
  isRequired: required,
  description: description ?? schema.description ?? '',
});

const bodyFieldsOf = (content: Content): InputField[] =>
  Object.values(content)
    .slice(0, 1)
    .flatMap(({ schema }) => schemaFields(schema).map((field) => ({ ...field, in: 'body' })));

function refusalsOf({ components }: OpenApiDocument, { responses }: Operation): DocumentedRefusal[] {
  return Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, given]) => {
      const { content = {} } = given.$ref === undefined ? given : (components.responses?.[nameOf(given.$ref)] ?? {});
      return Object.values(content).flatMap(({ schema }) => refusalsIn(components.schemas, schema, Number(status)));
    });
}

/** Returns the refusals that a schema describes: one, or a choice, in the field `error` or by a name. */
function refusalsIn(schemas: Record<string, Schema>, schema: Schema, status: number): DocumentedRefusal[] {
  const { $ref, oneOf, properties = {} } = schema;
  if ($ref !== undefined) return refusalsIn(schemas, schemas[nameOf($ref)] ?? {}, status);
  if (oneOf) return oneOf.flatMap((choice) => refusalsIn(schemas, choice, status));
  const { error, reason, message, meta = {} } = properties;
  if (error) return refusalsIn(schemas, error, status);
  if (reason?.const === undefined) return [];
  return [
    { status, reason: String(reason.const), message: String(message?.examples?.[0] ?? ''), meta: schemaFields(meta) },
  ];
}

/** Returns the objects that are not refusals. */
const objectsOf = ({ components }: OpenApiDocument): ReferenceObject[] =>
  Object.entries(components.schemas)
    .filter(([, { oneOf, properties = {} }]) => !oneOf && !('error' in properties) && !('httpStatus' in properties))
    .map(([name, schema]) => ({ name, fields: schemaFields(schema) }));
