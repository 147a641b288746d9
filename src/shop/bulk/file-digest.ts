import { createHash } from 'node:crypto';

/** The content of a file's rows so far, in a few characters: rows are added in order, and it can be asked at any row. */
export class FileDigest {
  readonly #hash = createHash('sha256');
  #rows = 0;

  /** Rows together are hashed as they would be one by one. */
  addAll(rows: readonly { text: string }[]): void {
    let content = '';
    // Length first, so that no two lists of rows are hashed as the same text.
    for (const { text } of rows) content += `${text.length}:${text}`;
    this.#hash.update(content);
    this.#rows += rows.length;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Empty while there are no rows. */
  value(): string {
    return this.#rows === 0 ? '' : this.#hash.copy().digest('base64url');
  }
}
