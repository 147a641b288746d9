import type { AnyTRPCProcedure } from '@trpc/server';
import { z } from 'zod';
import { type RestPath, REST_PATHS } from '../contract/rest-paths.ts';
import { appRouter } from './router.ts';

/** How the text of a query parameter is read: a whole number, `true` or `false`, texts with commas between them, text. */
export type ParameterKind = 'integer' | 'boolean' | 'list' | 'text';

/** A procedure as REST offers it. */
export interface RestOperation extends RestPath {
  /** Its name in the router. */
  procedure: string;
  type: 'query' | 'mutation';
  parameters: ReadonlyMap<string, ParameterKind>;
}

/** What a request's path means: the operations there by their method, and the fields that the path gives. */
export interface RestMatch {
  operations: ReadonlyMap<string, RestOperation>;
  fields: Record<string, string>;
}

interface Resource {
  segments: readonly string[];
  operations: Map<string, RestOperation>;
}

const SEGMENT_FIELD = /^\{(.+)\}$/;

/** Finds what is asked for by a path. Paths without fields come first: `/orders/checkout` is no order. */
export class RestRouter {
  readonly operations: readonly RestOperation[];
  readonly #fixed = new Map<string, Resource>();
  readonly #withFields: Resource[] = [];

  constructor(paths: Readonly<Record<string, RestPath>> = REST_PATHS) {
    this.operations = Object.entries(paths).flatMap(([procedure, path]) => {
      const { type, inputs } = definitionOf(procedure);
      return type === 'subscription' ? [] : [{ procedure, type, parameters: parametersOf(inputs), ...path }];
    });
    for (const operation of this.operations) this.#add(operation);
  }

  /** `path` is below the prefix and as it was sent. Null for a path that is nothing, or is not encoded as paths are. */
  match(path: string): RestMatch | null {
    const segments = segmentsOf(path);
    const resource = this.#fixed.get(segments.join('/')) ?? this.#withFields.find((each) => isAt(each, segments));
    if (!resource) return null;
    const fields: Record<string, string> = {};
    for (const [index, segment] of resource.segments.entries()) {
      const name = SEGMENT_FIELD.exec(segment)?.[1];
      if (name === undefined) continue;
      const value = decoded(segments[index] ?? '');
      if (value === null) return null;
      fields[name] = value;
    }
    return { operations: resource.operations, fields };
  }

  #add(operation: RestOperation): void {
    const segments = segmentsOf(operation.path);
    const key = segments.join('/');
    const same = this.#fixed.get(key) ?? this.#withFields.find((each) => each.segments.join('/') === key);
    const resource = same ?? { segments, operations: new Map<string, RestOperation>() };
    resource.operations.set(operation.method, operation);
    if (same) return;
    if (segments.some((segment) => SEGMENT_FIELD.test(segment))) this.#withFields.push(resource);
    else this.#fixed.set(key, resource);
  }
}

const segmentsOf = (path: string): string[] => path.replace(/^\//, '').replace(/\/$/, '').split('/');

const isAt = ({ segments }: Resource, asked: readonly string[]): boolean =>
  segments.length === asked.length &&
  segments.every((segment, index) => (SEGMENT_FIELD.test(segment) ? asked[index] !== '' : segment === asked[index]));

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** What tRPC keeps of a procedure. It is typed as private; trpc-to-openapi reads it too. */
interface Definition {
  type: 'query' | 'mutation' | 'subscription';
  inputs: readonly z.ZodType[];
}

function definitionOf(procedure: string): Definition {
  const procedures: Record<string, AnyTRPCProcedure> = appRouter._def.procedures as never;
  const found = procedures[procedure];
  if (!found) throw new Error(`${procedure} is no procedure`);
  return found._def as unknown as Definition;
}

/** The fields of an input, each with how its text is read: the schema says it, so that nothing is said twice. */
function parametersOf(inputs: readonly z.ZodType[]): Map<string, ParameterKind> {
  const [input] = inputs;
  const { properties = {} } = input ? z.toJSONSchema(input, { io: 'output', unrepresentable: 'any' }) : {};
  return new Map(Object.entries(properties).map(([name, schema]) => [name, kindOf(schema)]));
}

function kindOf(schema: z.core.JSONSchema._JSONSchema): ParameterKind {
  const type = typeof schema === 'object' ? schema.type : undefined;
  if (type === 'integer' || type === 'boolean') return type;
  return type === 'array' ? 'list' : 'text';
}
