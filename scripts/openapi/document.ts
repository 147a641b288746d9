import { readFileSync } from 'node:fs';
import { generateOpenApiDocument } from 'trpc-to-openapi';
import { z } from 'zod';
import { INPUTS } from '../../src/contract/inputs/inputs.ts';
import { type RestOperation, REST_OPERATIONS } from '../../src/api/rest/rest-operations.ts';
import { OUTPUTS } from '../../src/contract/outputs/outputs.ts';
import { REST_PREFIX } from '../../src/contract/rest-paths.ts';
import { scopeOf } from '../../src/contract/calls/scopes.ts';
import { appRouter } from '../../src/api/router.ts';
import type { Reason } from '../../src/contract/calls/wire-refusals.ts';
import { byHand, IDEMPOTENCY_KEY } from './by-hand.ts';
import { type Operation, OPERATIONS, type Who } from './operations.ts';
import { portable } from './portable-types.ts';
import { ALWAYS, REFUSAL_SCHEMAS, refusals, refusalSchemas, SHARED_ANSWERS } from './refusals.ts';

type Json = Record<string, unknown>;

/** The fields of an operation of trpc-to-openapi that this code changes. */
interface Made {
  parameters?: (Json & { name: string; in: string; schema: Json })[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Json; example?: unknown }> };
  responses: Record<string, unknown>;
  security?: unknown;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Returns the credentials of a procedure, with the scope that a key needs. */
const securityOf = (who: Who, procedure: string): Json[] => {
  const scope = scopeOf(procedure);
  const operator = scope === null ? [] : [scope];
  return {
    anyone: [{}, { session: [] }, { operator }],
    session: [{ session: [] }],
    operator: [{ operator }],
    owner: [{ session: [] }, { operator }],
    buyer: [{ session: [] }, { session: [], operator }],
  }[who];
};

/** `blocked`: an operator may block sessions and clients, and a key may lack the scope. */
const REFUSED: Record<Who, (Reason | 'blocked')[]> = {
  anyone: ['blocked'],
  session: ['session_required', 'blocked'],
  operator: ['not_authorized'],
  owner: ['session_required', 'blocked'],
  buyer: ['session_required', 'not_authorized'],
};

const CHANGES: Reason[] = ['payload_too_large', 'idempotency_mismatch', 'outcome_unknown'];

/** Returns the OpenAPI 3.1 document of everything under `/api/v1`. `npm run openapi` writes it to docs/openapi.json. */
export function openApiDocument(): Json {
  const made = generateOpenApiDocument(routerOf(REST_OPERATIONS) as never, {
    title: 'Holdfast',
    description:
      'Plain REST beside tRPC: the same procedures, refusals and limits. Money is in minor units, times are epoch ' +
      'milliseconds. A slash at the end of a path makes no difference.',
    version,
    baseUrl: REST_PREFIX,
    openApiVersion: '3.1.0',
    tags: [...new Set(REST_OPERATIONS.map(tagOf))],
    securitySchemes: {
      session: { type: 'apiKey', in: 'header', name: 'X-Session-ID', description: 'A shopper.' },
      operator: {
        type: 'http',
        scheme: 'bearer',
        description: 'A key with the scope that the operation names; OPERATOR_KEY has all scopes.',
      },
    },
    defs: refusalSchemas as never,
  }) as unknown as Json & { paths: Record<string, Record<string, Made>>; components: Json & { schemas: Json } };
  for (const operation of REST_OPERATIONS) finish(made.paths, operation);
  openUp(made.components.schemas);
  portable(made);
  const components = { ...made.components, ...COMPONENTS, schemas: { ...made.components.schemas, ...REFUSAL_SCHEMAS } };
  return { ...made, paths: { ...made.paths, ...byHand }, components };
}

/** Opens the objects of answers, because later versions may add fields. Inputs refuse unknown fields. */
function openUp(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  const { additionalProperties } = schema as Json;
  if (additionalProperties === false) delete (schema as Json).additionalProperties;
  for (const part of Object.values(schema)) openUp(part);
}

const COMPONENTS = { parameters: { IdempotencyKey: IDEMPOTENCY_KEY }, responses: SHARED_ANSWERS };

/** The inputs of procedures that take one of several fields, of which only one is in the path. */
const PATH_INPUTS: Record<string, readonly z.ZodType[]> = {
  'reservations.get': [z.strictObject({ reservationId: INPUTS['reservations.extend'].shape.reservationId })],
};

/** Returns the router in the form of trpc-to-openapi, with outputs and metadata for the document. */
function routerOf(operations: readonly RestOperation[]) {
  const source: Record<string, { _def: object }> = appRouter._def.procedures as never;
  const procedures = operations.map((operation) => {
    const { procedure, method, path } = operation;
    const { summary } = detailsOf(operation);
    const openapi = { method, path, summary, operationId: procedure, tags: [tagOf(operation)], errorResponses: {} };
    const output = OUTPUTS[procedure as keyof typeof OUTPUTS];
    const inputs = PATH_INPUTS[procedure];
    const definition = { ...source[procedure]?._def, ...(inputs && { inputs }) };
    return [procedure, { _def: { ...definition, output, meta: { openapi } } }] as const;
  });
  return { _def: { procedures: Object.fromEntries(procedures) } };
}

const tagOf = ({ procedure }: RestOperation): string => procedure.split('.', 1)[0] ?? '';

const detailsOf = ({ procedure }: RestOperation): Operation => {
  const details = OPERATIONS[procedure as keyof typeof OPERATIONS];
  if (!details) throw new Error(`${procedure} is not in scripts/openapi/operations.ts`);
  return details;
};

/** Adds credentials, refusals, examples and the key of a mutation, which trpc-to-openapi does not know. */
function finish(paths: Record<string, Record<string, Made>>, operation: RestOperation): void {
  const bare = operation.path.replace(/\/$/, '');
  const method = operation.method.toLowerCase();
  const item = paths[bare];
  const made = item?.[method];
  if (!item || !made) throw new Error(`${operation.procedure} is not in the document`);
  const { who, reasons, example } = detailsOf(operation);
  made.security = securityOf(who, operation.procedure);
  openUp(made.responses);
  const isMutation = operation.type === 'mutation';
  Object.assign(made.responses, refusals([...REFUSED[who], ...ALWAYS, ...(isMutation ? CHANGES : []), ...reasons]));
  if (isMutation) keyed(made);
  for (const content of Object.values(made.requestBody?.content ?? {})) content.example = example;
  for (const parameter of made.parameters ?? []) finishParameter(parameter, example);
  if (bare === operation.path) return;
  delete item[method];
  if (Object.keys(item).length === 0) delete paths[bare];
  paths[operation.path] = { ...paths[operation.path], [method]: made };
}

/** Makes the key optional in the body, because it may be in the header. */
function keyed(made: Made): void {
  const inQuery = made.parameters?.filter(({ name }) => name !== 'idempotencyKey') ?? [];
  made.parameters = [...inQuery, { $ref: '#/components/parameters/IdempotencyKey' } as never];
  const schema = made.requestBody?.content['application/json']?.schema;
  if (!schema || !Array.isArray(schema.required) || !schema.required.includes('idempotencyKey')) return;
  schema.required = schema.required.filter((name) => name !== 'idempotencyKey');
  schema.description = 'The idempotency key is required: here as idempotencyKey, or as the header Idempotency-Key.';
  if ((schema.required as unknown[]).length === 0) delete schema.required;
}

export const PATH_EXAMPLES: Record<string, string> = {
  customerId: 'ada@shop.example',
  sku: 'tshirt-blue-m',
  orderId: 'ord_-P74tBMRKLCUAhJu0hM',
  id: 'berlin',
  reservationId: 'res_-P74tBMRKLCUAhJu0hM',
  transferId: 'trf_-P74tBMRKLCUAhJu0hM',
  holdId: 'hld_-P74tBMRKLCUAhJu0hM',
  endpointId: 'whk_-P74tBMRKLCUAhJu0hM',
  keyId: 'key_-P74tBMRKLCUAhJu0hM',
  follower: 'archive',
  shop: 'berlin-store',
};

function finishParameter(parameter: NonNullable<Made['parameters']>[number], example: Json): void {
  if (parameter.schema?.type === 'array') Object.assign(parameter, { style: 'form', explode: false });
  const value = parameter.in === 'path' ? PATH_EXAMPLES[parameter.name] : example[parameter.name];
  if (value !== undefined) parameter.example = value;
}
