import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { StoreError } from '../../store.ts';
import type { MarkRecord } from './lost-writes.ts';

const WRITE_EVERY_MS = 200;
/** The marks that are kept of successive shops with one name. */
const GENERATIONS_MAX = 8;

const nonNegative = z.number().int().min(0);
const mark = z.object({
  incarnation: z.string(),
  sequence: nonNegative,
  at: nonNegative,
  raises: z.array(z.object({ first: nonNegative, kept: nonNegative })),
  samples: z.array(z.object({ sequence: nonNegative, at: nonNegative })),
});
/** The marks by shop name, the last written one at the end. */
const content = z.record(z.string(), z.array(mark));

export type FileMark = z.output<typeof mark>;

type MarkContent = z.output<typeof content>;

/** Thrown for a file that is not JSON or has other fields: it was cut short, or it is another kind of file. */
class DamagedMarkFile extends Error {
  override readonly name = 'DamagedMarkFile';
}

interface MarkFileOptions {
  path: string;
  shop: string;
  warn: (line: string) => void;
}

/**
 * Keeps the mark of a shop in a file, so that a new process knows the shop's progress. Processes may share the file:
 * the highest mark stays. It is written a few times per second and not flushed: a mark that is slightly too low still
 * shows most losses, and no call waits for it.
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
   * Throws `StoreError` `unavailable` where the file is damaged. Call it for a file that an operator has configured:
   * without the file, a loss would stay unnoticed.
   */
  async assertReadable(): Promise<void> {
    const { path } = this.#options;
    try {
      await readContent(path);
    } catch (error) {
      if (!(error instanceof DamagedMarkFile)) return;
      const todo = 'restore it, or move it away to start without it; then writes that were lost before go unnoticed';
      throw new StoreError('unavailable', `MARK_FILE: ${error.message}: ${todo}`, { cause: error });
    }
  }

  /** Returns the marks of the shop, oldest first; an empty list where the file is missing or cannot be read. */
  async read(): Promise<FileMark[]> {
    return marksIn(await this.#content(), this.#options.shop);
  }

  /** Soon writes the mark that `current` returns at that time. */
  schedule(current: () => FileMark | null): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.write(current());
    }, WRITE_EVERY_MS).unref();
  }

  /** Resolves when the mark is in the file. A failure is logged once. */
  write(current: FileMark | null): Promise<void> {
    if (current === null) return this.#writing;
    this.#writing = this.#writing.then(() => this.#replace(current)).catch((error: Error) => this.#warnOnce(error));
    return this.#writing;
  }

  async close(current: FileMark | null): Promise<void> {
    clearTimeout(this.#timer);
    await this.write(current);
  }

  async #content(): Promise<MarkContent> {
    try {
      return await readContent(this.#options.path);
    } catch (error) {
      if (error instanceof DamagedMarkFile) await this.#setAside(error);
      else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warnOnce(error as Error);
      return {};
    }
  }

  /** Renames a damaged file, because an operator may still be able to read the shop's progress from it. */
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

  /** Replaces the file atomically: a reader finds the old or the new content. */
  async #replace(current: FileMark): Promise<void> {
    const { path, shop } = this.#options;
    const found = await this.#content();
    const before = marksIn(found, shop);
    const same = before.find((known) => known.incarnation === current.incarnation);
    if (same && same.sequence >= current.sequence) return;
    const others = before.filter((known) => known !== same);
    const marks = [...others, current].slice(-GENERATIONS_MAX);
    // A random name, because processes of two containers that share the file may have the same process id.
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

/** A shop may have the name of a method that every object has. */
const marksIn = (content: MarkContent, shop: string): FileMark[] =>
  Object.hasOwn(content, shop) ? (content[shop] ?? []) : [];

/** Rejects with `DamagedMarkFile`, and with the system's error where the file cannot be read. */
async function readContent(path: string): Promise<MarkContent> {
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

export function markOf(generation: string, { sequence, at, raises, samples }: MarkRecord): FileMark {
  return { incarnation: generation, sequence, at, raises: [...raises], samples: [...samples] };
}
