import { z } from 'zod';
import type { Streak } from './streak.ts';

const name = z.string().min(1).max(512);
const timeMs = z.int().min(0);

/** The fields of a streak, in the order of a note. */
const line = z
  .tuple([name, name.nullable(), name, timeMs, timeMs, z.int().min(0), timeMs])
  .refine(([, , , since, until]) => since <= until);
const note = z.tuple([name], line);

/** Returns the text of a note in which a process reports streaks. */
export const noteText = (process: string, streaks: readonly Streak[]): string =>
  JSON.stringify([process, ...streaks.map(streakLine)]);

/** Returns the streaks that a process has reported; null if the text is malformed. */
export function readNote(text: string): { process: string; streaks: Streak[] } | null {
  const parsed = note.safeParse(jsonOf(text));
  if (!parsed.success) return null;
  const [process, ...lines] = parsed.data;
  return { process, streaks: lines.map(streakOf) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const streakLine = ({ holder, client, sku, since, until, units, seenAt }: Streak): z.output<typeof line> => [
  holder,
  client,
  sku,
  Math.floor(since),
  Math.floor(until),
  units,
  Math.floor(seenAt),
];

const streakOf = ([holder, client, sku, since, until, units, seenAt]: z.output<typeof line>): Streak => ({
  holder,
  client,
  sku,
  since,
  until,
  units,
  seenAt,
});
