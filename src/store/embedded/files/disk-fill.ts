import { statfs } from 'node:fs/promises';

export interface DiskFill {
  /** The used percentage of the disk, counting the space that this process may use. */
  filledPercent: number;
  /** The space that this process may still use. */
  availableBytes: number;
}

/** Returns how full the disk of `dir` is; null if unknown. */
export async function diskFill(dir: string): Promise<DiskFill | null> {
  // Some file systems do not report it. Then no fill level is checked.
  const disk = await statfs(dir).catch(() => null);
  if (!disk || disk.blocks === 0) return null;
  return {
    filledPercent: Math.round((1 - disk.bavail / disk.blocks) * 1_000) / 10,
    availableBytes: disk.bavail * disk.bsize,
  };
}
