import { ratioOf, rounded } from './ratio.ts';
import type { Bench, Figure, OpenSide, Plan, Ratio, Side } from './types.ts';

/**
 * Measures both sides in turns, A B A B, after a warm-up round of each. Both then verify their work. Rejects where a
 * side cannot be opened, measured or verified.
 */
export async function runBench(bench: Bench, plan: Plan, rounds: number): Promise<Ratio> {
  const opened: OpenSide[] = [];
  const open = async (side: Side, label: string): Promise<OpenSide> => {
    const openSide = await named(side, label, () => side.open(plan));
    opened.push(openSide);
    return openSide;
  };
  try {
    const a = await open(bench.a, 'a');
    const b = await open(bench.b, 'b');
    const measured: { a: Figure; b: Figure }[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const pair = {
        a: await named(bench.a, 'a', () => a.round(round)),
        b: await named(bench.b, 'b', () => b.round(round)),
      };
      if (round > 0) measured.push(pair);
      plan.say(lineOf(bench, pair, round, rounds));
    }
    await named(bench.a, 'a', () => a.verify());
    await named(bench.b, 'b', () => b.verify());
    return ratioOf(bench, measured);
  } finally {
    for (const side of opened.toReversed()) await side.close();
  }
}

async function named<T>({ name }: Side, label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`side ${label} (${name}): ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function lineOf(bench: Bench, { a, b }: { a: Figure; b: Figure }, round: number, rounds: number): string {
  const label = round === 0 ? 'warm-up' : `round ${round}/${rounds}`;
  const figure = (value: number, unit: string): string => `${rounded(value).toLocaleString('en')} ${unit}`;
  return `${label}: ${figure(a.value, bench.a.unit)} / ${figure(b.value, bench.b.unit)} = ${rounded(a.value / b.value)}`;
}
