import { createHash } from 'node:crypto';

/** The content of a file's rows so far, in a few characters: rows are added in order, and it can be asked at any row. */
export class FileDigest {
  readonly #hash = createHash('sha256');
  #rows = 0;

  add(text: string): void {
    // Length first, so that no two lists of rows are hashed as the same text.
    this.#hash.update(`${text.length}:${text}`);
    this.#rows += 1;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Empty while there are no rows. */
  value(): string {
    return this.#rows === 0 ? '' : this.#hash.copy().digest('base64url');
  }
}
