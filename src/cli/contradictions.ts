import type { Command } from 'commander';

/**
 * Makes a command and its subcommands refuse an option together with its negation, such as `--price` with `--no-price`.
 * Commander alone would silently use the last one.
 */
export function refuseContradictions(command: Command): void {
  for (const { name, long } of negations(command)) {
    const given = new Set<string>();
    const note = (flag: string) => (): void => {
      given.add(flag);
      if (given.size > 1) command.error(`error: --${name} and ${long} contradict each other: give one of them`);
    };
    command.on(`option:${name}`, note(`--${name}`));
    command.on(`option:no-${name}`, note(long));
  }
  for (const part of command.commands) refuseContradictions(part);
}

function negations({ options }: Command): { name: string; long: string }[] {
  return options.flatMap(({ negate, long }) => (negate && long ? [{ name: long.replace(/^--no-/, ''), long }] : []));
}
