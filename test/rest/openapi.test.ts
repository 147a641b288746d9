import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { OPERATIONS } from '../../scripts/openapi/operations.ts';
import { openApiDocument, PATH_EXAMPLES } from '../../scripts/openapi/document.ts';
import { appRouter } from '../../src/api/router.ts';
import type { InputOf, ProcedureName } from '../../src/contract/inputs/inputs.ts';
import type { OutputOf, Path } from '../../src/contract/outputs/outputs.ts';
import { REST_OPERATIONS } from '../../src/api/rest/rest-operations.ts';
import type * as Router from '../support/http-caller.ts';

const document = openApiDocument();

type Same<A, B> = [A, B] extends [B, A] ? true : false;
/** Procedures whose input in the router is not the one of their name in the contract. */
type OtherInput = { [P in Path]: Same<Router.InputOf<P>, InputOf<P>> extends true ? never : P }[Path];
/** Procedures whose services return something else than the contract's output. */
type OtherOutput = { [P in Path]: Same<Router.OutputOf<P>, OutputOf<P>> extends true ? never : P }[Path];

test("the router's procedures have the inputs and outputs of the contract", () => {
  expectTypeOf<Router.Path>().toEqualTypeOf<ProcedureName>();
  expectTypeOf<OtherInput>().toBeNever();
  expectTypeOf<OtherOutput>().toBeNever();
});

test('docs/openapi.json agrees with the router; npm run openapi writes it', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json');
});

test('it is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
  const broken = await new Validator().validate({ ...document, paths: { '/cart': { get: { responses: [] } } } });
  expect(broken.valid).toBe(false);
});

test('every query and mutation has a path, and every path has a procedure', () => {
  const procedures: Record<string, { _def: { type: string } }> = appRouter._def.procedures as never;
  const called = Object.keys(procedures).filter((name) => procedures[name]?._def.type !== 'subscription');
  expect(REST_OPERATIONS.map(({ procedure }) => procedure).sort()).toEqual(called.sort());
  const documented = Object.values(document.paths as Record<string, Record<string, { operationId?: string }>>)
    .flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
    .filter((id) => id !== undefined);
  expect(documented).toEqual(expect.arrayContaining(called));
  expect(new Set(documented).size).toBe(documented.length);
  expect(document.paths).toHaveProperty(['/orders/checkout/', 'post']);
  const watched = Object.keys(procedures).filter((name) => procedures[name]?._def.type === 'subscription');
  expect(documented).toEqual(expect.arrayContaining(watched));
});

test('every reference has a target', () => {
  const text = JSON.stringify(document);
  const whole = JSON.parse(text) as Record<string, unknown>;
  const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(100);
  for (const [, reference = ''] of references) {
    expect(whole, reference).toHaveProperty(reference.split('/'));
  }
});

type Node = Record<string, unknown>;
const nodesIn = (value: unknown): Node[] =>
  typeof value !== 'object' || value === null ? [] : [value as Node, ...Object.values(value).flatMap(nodesIn)];

test('generators of typed clients find a discriminator, and 64 bits where a number needs them', () => {
  const nodes = nodesIn(JSON.parse(JSON.stringify(document)));
  const refusals = nodes.filter(({ oneOf }) => JSON.stringify(oneOf ?? []).includes('$ref'));
  expect(refusals.length).toBeGreaterThan(10);
  for (const choice of refusals) expect(choice).toHaveProperty('discriminator.propertyName', 'reason');
  const integers = nodes.filter(({ type, maximum }) => type === 'integer' && Number(maximum) > 2 ** 31);
  expect(integers.length).toBeGreaterThan(100);
  for (const integer of integers) expect(integer).toHaveProperty('format', 'int64');
  expect(nodes.filter(({ type, const: only }) => type === 'number' && Number.isInteger(only))).toEqual([]);
});

test('every operation has the refusals that any call may receive', () => {
  const operations = nodesIn(JSON.parse(JSON.stringify(document.paths))).filter(({ operationId, security }) => {
    return (
      typeof operationId === 'string' && security !== undefined && !['openapi', 'stock.watch'].includes(operationId)
    );
  });
  expect(operations.length).toBeGreaterThan(50);
  for (const { operationId, responses } of operations) {
    expect(Object.keys(responses as Node), String(operationId)).toEqual(
      expect.arrayContaining(['400', '403', '415', '429', '500', '503']),
    );
  }
});

test('every example is a valid input', () => {
  const procedures: Record<string, { _def: { inputs: z.ZodType[] } }> = appRouter._def.procedures as never;
  for (const { procedure, path } of REST_OPERATIONS) {
    const inPath = [...path.matchAll(/\{(.+?)\}/g)].map(([, name = '']) => [name, PATH_EXAMPLES[name]]);
    const input = { ...OPERATIONS[procedure as keyof typeof OPERATIONS].example, ...Object.fromEntries(inPath) };
    for (const schema of procedures[procedure]?._def.inputs ?? []) {
      expect(schema.safeParse(input), procedure).toMatchObject({ success: true });
    }
  }
});
