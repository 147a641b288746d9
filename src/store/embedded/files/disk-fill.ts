import { statfs } from 'node:fs/promises';

/** Returns how full the disk of `dir` is, in percent, by what this process may still write; null where it does not say. */
export async function filledPercent(dir: string): Promise<number | null> {
  const disk = await statfs(dir).catch(() => null);
  if (!disk || disk.blocks === 0) return null;
  return Math.round((1 - disk.bavail / disk.blocks) * 1_000) / 10;
}
