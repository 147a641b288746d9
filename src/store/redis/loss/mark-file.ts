import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { StoreError } from '../../store.ts';
import type { MarkRecord } from './lost-writes.ts';

const WRITE_EVERY_MS = 200;
/** Shops of one name that came one after the other. */
const INCARNATIONS_MAX = 8;

const whole = z.number().int().min(0);
const mark = z.object({
  incarnation: z.string(),
  sequence: whole,
  at: whole,
  raises: z.array(z.object({ first: whole, kept: whole })),
  samples: z.array(z.object({ sequence: whole, at: whole })),
});
/** By the shop's name; the marks of each, the one that was written last at the end. */
const content = z.record(z.string(), z.array(mark));

export type FileMark = z.output<typeof mark>;

type Content = z.output<typeof content>;

/** A file that is no JSON, or has another shape: it was cut short, or is a file of something else. */
class DamagedMarkFile extends Error {
  override readonly name = 'DamagedMarkFile';
}

export interface MarkFileOptions {
  path: string;
  shop: string;
  warn: (line: string) => void;
}

/**
 * Keeps the mark of a shop in a file, so that a process which has just started knows how far the shop was. Processes
 * may share the file: the highest mark stays. It is written some times a second and not flushed: a mark that is a
 * little too low still shows most losses, and no call waits for it.
 */
export class MarkFile {
  readonly #options: MarkFileOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasWarned = false;

  constructor(options: MarkFileOptions) {
    this.#options = options;
  }

  /**
   * Throws `StoreError` `unavailable` where the file is damaged. For a file that an operator has named: without it, a loss
   * would go unnoticed.
   */
  async demandWhole(): Promise<void> {
    const { path } = this.#options;
    try {
      await readContent(path);
    } catch (error) {
      if (!(error instanceof DamagedMarkFile)) return;
      const todo = 'restore it, or move it away to start without it; then writes that were lost before go unnoticed';
      throw new StoreError('unavailable', `MARK_FILE: ${error.message}: ${todo}`, { cause: error });
    }
  }

  /** Returns the marks of the shop, oldest first; none where there is no file or it cannot be read. */
  async read(): Promise<FileMark[]> {
    return (await this.#content())[this.#options.shop] ?? [];
  }

  /** Writes what `current` returns then, soon. */
  schedule(current: () => FileMark | null): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.write(current());
    }, WRITE_EVERY_MS).unref();
  }

  /** Resolves when the mark is in the file, or could not be written, which is logged once. */
  write(current: FileMark | null): Promise<void> {
    if (current === null) return this.#writing;
    this.#writing = this.#writing.then(() => this.#replace(current)).catch((error: Error) => this.#warnOnce(error));
    return this.#writing;
  }

  async close(current: FileMark | null): Promise<void> {
    clearTimeout(this.#timer);
    await this.write(current);
  }

  async #content(): Promise<Content> {
    try {
      return await readContent(this.#options.path);
    } catch (error) {
      if (error instanceof DamagedMarkFile) await this.#setAside(error);
      else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warnOnce(error as Error);
      return {};
    }
  }

  /** A damaged file is kept under another name: an operator may still read from it how far the shop was. */
  async #setAside({ message }: DamagedMarkFile): Promise<void> {
    const { path, warn } = this.#options;
    const aside = `${path}.damaged-${Date.now()}`;
    try {
      await rename(path, aside);
      warn(`${message}: it was moved to ${aside}, and a new one begins; writes lost before may go unnoticed`);
    } catch (error) {
      // Another process that shares the file has moved it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** A reader finds the whole file or the one before it: a new file takes the place of the old one. */
  async #replace(current: FileMark): Promise<void> {
    const { path, shop } = this.#options;
    const found = await this.#content();
    const before = found[shop] ?? [];
    const same = before.find(({ incarnation }) => incarnation === current.incarnation);
    if (same && same.sequence >= current.sequence) return;
    const others = before.filter((known) => known !== same);
    const marks = [...others, current].slice(-INCARNATIONS_MAX);
    // Processes of two containers that share the file may have the same number.
    const temporary = `${path}.${randomUUID()}`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await writeFile(temporary, `${JSON.stringify({ ...found, [shop]: marks })}\n`, { mode: 0o600 });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  #warnOnce(error: Error): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { path, warn } = this.#options;
    warn(`the mark file ${path} cannot be used (${error.message}): after a restart, lost writes may go unnoticed`);
  }
}

/** Rejects with `DamagedMarkFile`, and with the system's error where the file cannot be read. */
async function readContent(path: string): Promise<Content> {
  const text = await readFile(path, 'utf8');
  const damaged = () => new DamagedMarkFile(`${path} is not a mark file`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged();
  }
  const parsed = content.safeParse(json);
  if (!parsed.success) throw damaged();
  return parsed.data;
}

export function markOf(incarnation: string, { sequence, at, raises, samples }: MarkRecord): FileMark {
  return { incarnation, sequence, at, raises: [...raises], samples: [...samples] };
}
