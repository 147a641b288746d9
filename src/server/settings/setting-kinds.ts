import { z } from 'zod';
import { DURATION_MS_MAX } from '../../domain/limits.ts';
import { networksOf } from '../../http/listener/client-address.ts';

/** The help for a setting. The description of its schema is the values that it accepts. */
export interface SettingMeta {
  /** What the setting does. */
  meaning: string;
  /** The effect of an unset setting without a fixed default. Absent: it has no effect. */
  unset?: string;
  /** Whether the value must not be visible to others. */
  isSecret?: true;
}

/** Returns the schema with the meaning of the setting. */
export const setting = <S extends z.ZodType>(meaning: string, schema: S, more: Omit<SettingMeta, 'meaning'> = {}): S =>
  schema.meta({ meaning, ...more });

/** Returns the schema of a setting whose value must not be visible to others. */
export const secretSetting = <S extends z.ZodType>(meaning: string, schema: S, unset?: string): S =>
  setting(meaning, schema, { isSecret: true, ...(unset === undefined ? {} : { unset }) });

/** Returns the meaning of a setting, and what it accepts. */
export const metaOf = (schema: z.ZodType): SettingMeta & { accepts: string } => {
  const { description = '', ...meta } = schema.meta() ?? {};
  return { ...(meta as unknown as SettingMeta), accepts: description };
};

const PRINTABLE = /^[\x21-\x7e]+$/;

/** A whole number in decimal digits. The error message for a wrong value contains the description. */
export const wholeSetting = (min: number, max: number, preset: number) =>
  wholeOrNone(min, max).default(preset).describe(`a whole number from ${min} to ${max}`);

export const wholeOrNone = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional()
    .describe(`a whole number from ${min} to ${max}`);

const PORT_MAX = 65_535;
export const port = (preset: number) => wholeSetting(0, PORT_MAX, preset);
export const portOrNone = wholeOrNone(0, PORT_MAX);
export const durationMs = (preset: number) => wholeSetting(1, DURATION_MS_MAX, preset);

const HOST_WORDS = 'an address or host name to listen on';
export const host = (preset: string) => z.string().regex(PRINTABLE).default(preset).describe(HOST_WORDS);
export const hostOrNone = z.string().regex(PRINTABLE).optional().describe(HOST_WORDS);

export const choiceSetting = <const T extends string>(values: readonly T[], preset: NoInfer<T>) =>
  z
    .enum(values)
    .default(preset as never)
    .describe(choicesText(values));
export const oneOrNone = <const T extends string>(values: readonly T[]) =>
  z.enum(values).optional().describe(choicesText(values));

const choicesText = (values: readonly string[]): string =>
  [values.slice(0, -1).join(', '), values.at(-1)].filter(Boolean).join(' or ');

export const pemFile = z.string().optional().describe('the path of a PEM file');

export const secret = (chars: number) =>
  z.string().min(chars).regex(PRINTABLE).optional().describe(`${chars} printable ASCII characters or more, no spaces`);

const DATA_KEY_BYTES = 32;
export const dataKey = z
  .base64()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === DATA_KEY_BYTES)
  .optional()
  .describe('32 bytes in base64, as openssl rand -base64 32 prints them');

export const isOrigin = (text: string): boolean =>
  text === '*' || (!text.includes('*') && URL.canParse(text) && new URL(text).origin === text);

export const isNetwork = (text: string): boolean => {
  try {
    return networksOf([text]).length > 0;
  } catch {
    return false;
  }
};

export const list = (item: z.ZodString, description: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item))
    .default([])
    .describe(description);
