import type { DiskRecord } from './disk-log.ts';

const PAGE_BYTES = 4_096;

interface Version {
  bytes: Buffer;
  /** A failed flush marked the page clean: the kernel does not write it any more, although readers still see it. */
  forgotten: boolean;
}

/**
 * One file on a disk with a page cache. It replays the writes of a process. It knows for each page what is on the
 * medium and which newer versions are only in the cache. A power cut keeps any of these versions of each page.
 */
export class SimulatedDisk {
  readonly #medium = new Map<number, Buffer>();
  readonly #cache = new Map<number, Version[]>();
  /** For each page: how many of its cached versions the current flush covers. */
  #covered = new Map<number, number>();
  readonly acknowledged: string[] = [];

  replay(record: DiskRecord): void {
    if (record.kind === 'written') this.#write(record, false);
    else if (record.kind === 'written durably') this.#write(record, true);
    else if (record.kind === 'sync begins') this.#cover();
    else if (record.kind === 'sync ends') this.#sync(record.result === 0);
    else if (record.kind === 'acknowledged') this.acknowledged.push(...record.bytes.toString().trim().split('\n'));
  }

  /** The file as a power cut may leave it. `random` returns numbers from 0 to below 1. */
  image(random: () => number): Buffer {
    const pages = new Map(this.#medium);
    for (const [page, versions] of this.#cache) {
      const choice = Math.floor(random() * (versions.length + 1));
      if (choice > 0) pages.set(page, versions[choice - 1]!.bytes);
    }
    return fileOf(pages);
  }

  /** The file as a process on the same boot reads it, after the kernel has dropped the pages that failed to flush. */
  cachedImage(random: () => number): Buffer {
    const pages = new Map(this.#medium);
    for (const [page, versions] of this.#cache) {
      const last = versions.at(-1)!;
      if (!last.forgotten || random() < 0.5) pages.set(page, last.bytes);
    }
    return fileOf(pages);
  }

  #write({ offset, bytes }: DiskRecord, durably: boolean): void {
    for (let at = 0; at < bytes.length; ) {
      const page = Math.floor((offset + at) / PAGE_BYTES);
      const start = (offset + at) % PAGE_BYTES;
      const length = Math.min(PAGE_BYTES - start, bytes.length - at);
      const next = Buffer.from(this.#newest(page));
      bytes.copy(next, start, at, at + length);
      if (durably) this.#reach(page, next, this.#cache.get(page)?.length ?? 0);
      else this.#cache.set(page, [...(this.#cache.get(page) ?? []), { bytes: next, forgotten: false }]);
      at += length;
    }
  }

  #newest(page: number): Buffer {
    return this.#cache.get(page)?.at(-1)?.bytes ?? this.#medium.get(page) ?? Buffer.alloc(PAGE_BYTES);
  }

  #cover(): void {
    this.#covered = new Map([...this.#cache].map(([page, versions]) => [page, versions.length]));
  }

  #sync(succeeded: boolean): void {
    for (const [page, count] of this.#covered) {
      const newest = this.#cache.get(page)?.[count - 1];
      if (newest === undefined || newest.forgotten) continue;
      if (succeeded) this.#reach(page, newest.bytes, count);
      else for (const version of this.#cache.get(page)!.slice(0, count)) version.forgotten = true;
    }
    this.#covered = new Map();
  }

  /** A version is on the medium now. It replaces the `count` versions up to it. */
  #reach(page: number, bytes: Buffer, count: number): void {
    this.#medium.set(page, bytes);
    const newer = this.#cache.get(page)?.slice(count) ?? [];
    if (newer.length > 0) this.#cache.set(page, newer);
    else this.#cache.delete(page);
    this.#covered.delete(page);
  }
}

function fileOf(pages: ReadonlyMap<number, Buffer>): Buffer {
  const file = Buffer.alloc((Math.max(-1, ...pages.keys()) + 1) * PAGE_BYTES);
  for (const [page, bytes] of pages) bytes.copy(file, page * PAGE_BYTES);
  return file;
}
