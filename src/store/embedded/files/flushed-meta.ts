import { closeSync, existsSync, fsyncSync, openSync, readFileSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FLUSHED_META, readHead, safeMeta } from './meta-pages.ts';
import { dataFileOf, type FileIdentity, fileIdentityOf, isSameFile, writeDurably } from './shop-mark.ts';

const NOTE_FILE = 'holdfast.flushed';
const READS_MAX = 5;

interface Note {
  file: FileIdentity;
  offset: number;
  /** In base64. */
  bytes: string;
}

/**
 * Remembers the meta page of the last commit whose flush has succeeded.
 *
 * After a failed flush the kernel treats the pages as clean, so the next flush succeeds without them: the flush of a
 * pending commit, or the one with which lmdb-js closes an environment, also when the process exits. It then writes a
 * meta page that refers to pages which never reached the disk. So the last good meta page is saved in a file, and the
 * next start restores it; LMDB's safe restore then opens that commit. Its pages are intact, because LMDB does not reuse
 * them before two later commits are flushed, and no commit begins after a failure.
 */
export class FlushedMeta {
  readonly #dir: string;
  readonly #file: number;
  readonly #offset: number;
  #bytes: Buffer | null = null;

  constructor(dir: string) {
    this.#dir = dir;
    this.#file = openSync(dataFileOf(dir), 'r');
    this.#offset = safeMeta(readHead(this.#file)).pageBytes / 2 + FLUSHED_META.at;
  }

  /** Reads the present page. Call it only while every flush has succeeded. */
  remember(): void {
    let [before, now] = [this.#read(), this.#read()];
    // LMDB may write the page at the same time.
    for (let reads = 0; !before.equals(now) && reads < READS_MAX; reads += 1) [before, now] = [now, this.#read()];
    if (before.equals(now)) this.#bytes = now;
  }

  /** Saves the remembered page for the next start. Throws where the disk refuses the write. */
  note(): void {
    const file = fileIdentityOf(this.#dir);
    if (this.#bytes === null || file === null) return;
    const note: Note = { file, offset: this.#offset, bytes: this.#bytes.toString('base64') };
    writeDurably(noteOf(this.#dir), JSON.stringify(note));
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(): Buffer {
    const bytes = Buffer.alloc(FLUSHED_META.bytes);
    readSync(this.#file, bytes, 0, bytes.length, this.#offset);
    return bytes;
  }
}

/** Writes a saved meta page back into the data file, before LMDB opens it. Returns whether there was one. */
export function putBackFlushedMeta(dir: string): boolean {
  const path = noteOf(dir);
  if (!existsSync(path)) return false;
  const note = JSON.parse(readFileSync(path, 'utf8')) as Note;
  const file = fileIdentityOf(dir);
  const isOurs = file !== null && isSameFile(note.file, file);
  if (isOurs) {
    const data = openSync(dataFileOf(dir), 'r+');
    try {
      writeSync(data, Buffer.from(note.bytes, 'base64'), 0, FLUSHED_META.bytes, note.offset);
      fsyncSync(data);
    } finally {
      closeSync(data);
    }
  }
  unlinkSync(path);
  return isOurs;
}

const noteOf = (dir: string): string => join(dir, NOTE_FILE);
