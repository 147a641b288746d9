import { readFileSync } from 'node:fs';
import { metaOf } from './setting-kinds.ts';
import { CONFIG_SCHEMA } from './settings-table.ts';

export type Environment = Record<string, string | undefined>;

/**
 * The settings that may also be given as a file: `OPERATOR_KEY_FILE` is the path of a file with the value of
 * `OPERATOR_KEY`.
 */
export const SECRET_NAMES: readonly string[] = Object.entries(CONFIG_SCHEMA.shape).flatMap(([name, schema]) =>
  metaOf(schema).isSecret ? [name] : [],
);

export const fileSettingOf = (name: string): string => `${name}_FILE`;

/** Returns the settings with the secrets that are in files, and a line for each file that cannot be used. */
export function withSecretFiles(given: Environment): { settings: Environment; problems: string[] } {
  const settings = { ...given };
  const problems: string[] = [];
  for (const name of SECRET_NAMES) {
    const setting = fileSettingOf(name);
    const path = given[setting];
    if (path === undefined) continue;
    const { text, problem } =
      given[name] === undefined ? readSecret(path) : { problem: `cannot be combined with ${name}` };
    if (problem === undefined) settings[name] = text;
    else problems.push(`${setting} ${problem}`);
  }
  return { settings, problems };
}

function readSecret(path: string): { text?: string; problem?: string } {
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { problem: `must be the path of a file with the value, and ${path} is empty` } : { text };
  } catch (error) {
    return {
      problem: `must be the path of a readable file, and ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`,
    };
  }
}
