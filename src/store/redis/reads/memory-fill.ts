import type { ScriptReader } from '../scripts/script-reader.ts';

/** Resolves with the used percentage of `maxmemory`; null without such a bound, and where `INFO` is denied. */
export async function memoryFilledPercent(reader: ScriptReader): Promise<number | null> {
  const info = await reader.raw('INFO', ['memory']).catch(() => null);
  const numberOf = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(String(info))?.[1] ?? 0);
  const [used, bound] = [numberOf('used_memory'), numberOf('maxmemory')];
  return bound === 0 ? null : Math.round((used / bound) * 1_000) / 10;
}
