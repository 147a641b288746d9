import { LEDGER_ENTRIES_MAX } from '../../src/contract/outputs/ledger-lines.ts';
import { ACCESS, type StreamName } from '../../src/contract/calls/scopes.ts';
import type { Reason } from '../../src/contract/calls/wire-refusals.ts';
import { ALWAYS, refusals } from './refusals.ts';

/** The manually maintained part of the OpenAPI document: streams, and the document itself. */

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes a call that is repeated one call. The same as the field idempotencyKey; both, if given, are equal.',
  schema: { type: 'string', pattern: '^[\\x20-\\x7e]{1,255}$' },
  example: 'checkout-17',
};

const operator = (name: StreamName) => [{ operator: [ACCESS[name].scope] }];
const text = { schema: { type: 'string' } };
const stream = { schema: { type: 'string', format: 'binary' } };
const query = (name: string, schema: object, required = false) => ({ name, in: 'query', required, schema });

const STREAMED: readonly Reason[] = [...ALWAYS, 'not_authorized'];

export const byHand = {
  '/stock/import': {
    post: {
      operationId: 'stock.import',
      summary: 'Streams stock in, as CSV or JSON lines; the answer is a stream of JSON lines, the last one the report.',
      tags: ['stock'],
      security: operator('stock.import'),
      parameters: [
        query('key', { type: 'string', maxLength: 255, description: 'Names the file; required unless dryRun.' }),
        query('format', { enum: ['csv', 'jsonl'] }),
        query('dryRun', { type: 'boolean' }),
        query('again', { type: 'boolean', description: 'Applies a file that was imported before once more.' }),
        query('reason', { type: 'string', minLength: 1, maxLength: 255, description: 'Why, for the ledger.' }),
      ],
      requestBody: { required: true, content: { 'text/csv': stream, 'application/jsonl': stream } },
      responses: {
        200: { description: 'Progress, then the report.', content: { 'application/jsonl': text } },
        ...refusals([...STREAMED, 'unsupported_media_type', 'idempotency_mismatch']),
      },
    },
  },
  '/stock/export': {
    get: {
      operationId: 'stock.export',
      summary: 'Streams all stock out.',
      tags: ['stock'],
      security: operator('stock.export'),
      parameters: [
        query('format', { enum: ['csv', 'jsonl'], default: 'csv' }),
        query('after', { type: 'string', minLength: 1, maxLength: 128 }),
      ],
      responses: {
        200: { description: 'A row for each SKU.', content: { 'text/csv': text, 'application/jsonl': text } },
        ...refusals(STREAMED),
      },
    },
  },
  '/ledger': {
    get: {
      operationId: 'ledger.read',
      summary: 'Streams the ledger as JSON lines; the last line has the `after` of the next request.',
      tags: ['admin'],
      security: operator('ledger.read'),
      parameters: [
        query('after', {
          type: 'string',
          pattern: '^[0-9]{1,16}-[0-9]{1,16}$',
          description: 'The position of the last entry that the caller has.',
        }),
        query('limit', { type: 'integer', minimum: 1, maximum: LEDGER_ENTRIES_MAX }),
        query('follower', {
          type: 'string',
          pattern: '^[A-Za-z0-9._-]{1,64}$',
          description: 'The name of the caller, for which the entries after `after` are kept.',
        }),
      ],
      responses: {
        200: { description: 'Lines of the types in docs/archive.md.', content: { 'application/jsonl': text } },
        ...refusals(STREAMED),
      },
    },
  },
  '/admin/backup': {
    get: {
      operationId: 'admin.backup',
      summary: 'Streams a consistent copy of the shop, for `holdfast restore`; the embedded store only.',
      tags: ['admin'],
      security: operator('admin.backup'),
      responses: {
        200: {
          description: 'An LMDB data file.',
          content: { 'application/octet-stream': stream },
        },
        ...refusals(STREAMED),
      },
    },
  },
  '/trpc/stock.watch': {
    servers: [{ url: '/' }],
    get: {
      operationId: 'stock.watch',
      summary: 'Server-sent events: first how each SKU stands, then changes. Drop an update whose version is lower.',
      tags: ['stock'],
      security: [{}],
      parameters: [
        {
          ...query('input', { type: 'string' }, true),
          description: 'URL-encoded JSON: {"json":{"skus":["tshirt-blue-m"]}}, 1 to 100 SKUs.',
          example: '{"json":{"skus":["tshirt-blue-m"]}}',
        },
      ],
      responses: {
        200: {
          description:
            'Events named connected and ping, and unnamed ones with the data {"json":{"sku","available","status","version"}}.',
          content: { 'text/event-stream': text },
        },
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openapi',
      summary: 'This document.',
      security: [{}],
      responses: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  },
};
