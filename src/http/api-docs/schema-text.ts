import type { Schema } from './openapi-types.ts';

/** A field of an input, an answer or an object. */
export interface Field {
  /** The path of the field from the top: `contact.email`, `items[].sku`. */
  name: string;
  type: string;
  isRequired: boolean;
  description: string;
}

/** Returns the name of the schema that a reference points to. */
export const nameOf = (reference: string): string => reference.split('/').at(-1) ?? '';

/** Returns the type of a value in words, with its bounds; only the name of a named schema. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' or ');
  if (schema.type === 'array') return `${arrayText(schema)} of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'integer' || schema.type === 'number') return `${schema.type}${bounds(schema)}`;
  if (schema.type === 'string') return `string${lengths(schema)}`;
  return schema.type ?? 'any value';
}

function arrayText({ minItems, maxItems }: Schema): string {
  const range = rangeText(minItems, maxItems);
  return range === '' ? 'array' : `array, ${range},`;
}

function bounds({ minimum, maximum }: Schema): string {
  const range = rangeText(isBound(minimum), isBound(maximum));
  return range === '' ? '' : `, ${range}`;
}

/** Omits the bounds of safe integers, which every integer has. */
const isBound = (bound: number | undefined): number | undefined =>
  bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;

function lengths({ minLength, maxLength, pattern }: Schema): string {
  const range = rangeText(minLength, maxLength);
  const length = range === '' ? '' : `, ${range} characters`;
  return pattern === undefined ? length : `${length}, like ${pattern}`;
}

// `toLocaleString` would create a formatter for each number.
const NUMBER = new Intl.NumberFormat('en');

function rangeText(min: number | undefined, max: number | undefined): string {
  const [low, high] = [min, max].map((bound) => (bound === undefined ? bound : NUMBER.format(bound)));
  if (low !== undefined && high !== undefined) return low === high ? low : `${low} to ${high}`;
  if (low !== undefined) return `${low} or more`;
  return high === undefined ? '' : `at most ${high}`;
}

/** Returns the fields of an object, those of objects inside it too. Named schemas are not expanded. */
export function schemaFields(schema: Schema, prefix = ''): Field[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const field: Field = {
      name: path,
      type: typeOf(property),
      isRequired: required.has(name),
      description: property.description ?? '',
    };
    return [field, ...innerFields(property, path)];
  });
}

function innerFields(schema: Schema, path: string): Field[] {
  if (schema.properties) return schemaFields(schema, `${path}.`);
  if (schema.items?.properties) return schemaFields(schema.items, `${path}[].`);
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap((choice) => innerFields(choice, path));
}
