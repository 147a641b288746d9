import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Results } from '../core/types.ts';

export async function writeResults(file: string, results: Results, _smoke: boolean): Promise<string[]> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  return [file];
}
