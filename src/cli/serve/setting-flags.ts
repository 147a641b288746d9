import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type Config, ConfigError, loadConfig } from '../../server/settings/config.ts';
import { type Environment, fileSettingOf } from '../../server/settings/secret-files.ts';
import { metaOf } from '../../server/settings/setting-kinds.ts';
import { SETTING_GROUPS } from '../../server/settings/settings-table.ts';

const flagOf = (name: string): string => `--${name.toLowerCase().replaceAll('_', '-')}`;
const variableOf = (flag: string): string => flag.slice(2).toUpperCase().replaceAll('-', '_');

/** Adds a flag for each setting of the server, except for the groups with the titles in `without`. */
export function addSettingFlags(command: Command, without: readonly string[] = []): void {
  for (const [title, group] of SETTING_GROUPS) {
    if (without.includes(title)) continue;
    for (const [name, schema] of Object.entries<z.ZodType>(group)) {
      const flag = (flags: string, help?: string): Option => new Option(flags, help).helpGroup(`${title}:`);
      const { isSecret, accepts } = metaOf(schema);
      const value = accepts.startsWith('a whole number') ? 'n' : 'value';
      command.addOption(flag(`${flagOf(name)} <${value}>`, helpOf(name, schema)));
      if (isSecret) command.addOption(flag(`${flagOf(fileSettingOf(name))} <path>`).hideHelp());
    }
  }
}

/** Returns the names of the settings of a group, with those of its files. */
export const settingsIn = (title: string): string[] =>
  SETTING_GROUPS.filter(([each]) => each === title).flatMap(([, group]) =>
    Object.keys(group).flatMap((name) => [name, fileSettingOf(name)]),
  );

function helpOf(name: string, schema: z.ZodType): string {
  const { meaning, accepts, unset = 'none', isSecret } = metaOf(schema);
  const preset: unknown = schema.safeParse(undefined).data;
  const isFixed = typeof preset === 'string' || typeof preset === 'number';
  const file = isSecret ? `; or ${flagOf(fileSettingOf(name))} <path>` : '';
  return `${meaning} (${accepts}; default: ${isFixed ? preset : unset})${file}`;
}

/** Returns the settings of the environment and of the command's flags, which win. Throws `ConfigError`. */
export function configOf(command: Command, env: Environment): Config {
  const flags = givenFlags(command);
  const settings: Environment = { ...env };
  for (const name of Object.keys(flags)) delete settings[otherSourceOf(name)];
  try {
    return loadConfig({ ...settings, ...flags });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      error.problems.map((line) => withFlags(line, flags)),
      { cause: error },
    );
  }
}

/** Returns the values of the flags on the command line, by the names of their settings. */
function givenFlags(command: Command): Environment {
  const given: Environment = {};
  for (const option of command.options) {
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli' || !option.helpGroupHeading) continue;
    given[variableOf(option.long ?? '')] = String(command.getOptionValue(attribute));
  }
  return given;
}

/**
 * Returns the other source of a secret. A flag for its file overrides its variable, and a flag for its value the file.
 */
const otherSourceOf = (name: string): string =>
  name.endsWith(fileSettingOf('')) ? name.slice(0, -fileSettingOf('').length) : fileSettingOf(name);

/** Returns a problem with the settings that were given as flags under the names of their flags. */
const withFlags = (line: string, flags: Environment): string =>
  line.replace(/\b[A-Z]+(?:_[A-Z]+)*\b/g, (word) => (word in flags ? flagOf(word) : word));
