import type { AnyTRPCProcedure } from '@trpc/server';
import { z } from 'zod';
import { type RestPath, REST_PATHS } from '../../contract/rest-paths.ts';
import { appRouter } from '../router.ts';

/** The type that the text of a query parameter is read as. A list is comma-separated. */
type ParameterKind = 'integer' | 'boolean' | 'list' | 'text';

/** A procedure as REST offers it. */
export interface RestOperation extends RestPath {
  /** The name in the router. */
  procedure: string;
  type: 'query' | 'mutation';
  parameters: ReadonlyMap<string, ParameterKind>;
}

/** The parts of a procedure's definition in tRPC. It is typed as private; trpc-to-openapi reads it too. */
interface InputDefinition {
  type: 'query' | 'mutation' | 'subscription';
  inputs: readonly z.ZodType[];
}

/** The operations of `REST_PATHS`, in the same order. Throws at import for a path whose procedure does not exist. */
export const REST_OPERATIONS: readonly RestOperation[] = Object.entries(REST_PATHS).flatMap(([procedure, path]) => {
  const { type, inputs } = definitionOf(procedure);
  return type === 'subscription' ? [] : [{ procedure, type, parameters: inputParameters(inputs), ...path }];
});

function definitionOf(procedure: string): InputDefinition {
  const procedures: Record<string, AnyTRPCProcedure> = appRouter._def.procedures as never;
  const found = procedures[procedure];
  if (!found) throw new Error(`REST_PATHS has ${procedure}, which is not a procedure of the router`);
  return found._def as unknown as InputDefinition;
}

/** Returns the type of each field of an input, as its schema has it. */
function inputParameters([input]: readonly z.ZodType[]): Map<string, ParameterKind> {
  const { properties = {} } = input ? z.toJSONSchema(input, { io: 'output', unrepresentable: 'any' }) : {};
  return new Map(Object.entries(properties).map(([name, schema]) => [name, parameterKind(schema)]));
}

function parameterKind(schema: z.core.JSONSchema._JSONSchema): ParameterKind {
  const type = typeof schema === 'object' ? schema.type : undefined;
  if (type === 'integer' || type === 'boolean') return type;
  return type === 'array' ? 'list' : 'text';
}
