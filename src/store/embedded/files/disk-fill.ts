import { statfs } from 'node:fs/promises';

/** Returns the used percentage of the disk of `dir`, counting the space that this process may use; null if unknown. */
export async function diskFilledPercent(dir: string): Promise<number | null> {
  const disk = await statfs(dir).catch(() => null);
  if (!disk || disk.blocks === 0) return null;
  return Math.round((1 - disk.bavail / disk.blocks) * 1_000) / 10;
}
