import type { WriteStream } from 'node:tty';
import type { Visit } from './flash-sale.ts';

const BAR_CHARS = 32;
const DRAW_EVERY_MS = 80;
const LINE_EVERY_MS = 2_000;

/** How far the sale is: a bar that redraws itself on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #out: Pick<WriteStream, 'write' | 'isTTY'>;
  readonly #total: number;
  readonly #counts: Record<Visit['outcome'], number> = { bought: 0, sold_out: 0, failed: 0 };
  #lastMs = performance.now();

  constructor(total: number, out: Pick<WriteStream, 'write' | 'isTTY'>) {
    this.#total = total;
    this.#out = out;
  }

  note({ outcome }: Visit): void {
    this.#counts[outcome] += 1;
    const now = performance.now();
    const isDue = now - this.#lastMs >= (this.#out.isTTY ? DRAW_EVERY_MS : LINE_EVERY_MS);
    if (!isDue && this.#done() < this.#total) return;
    this.#lastMs = now;
    this.#draw();
  }

  #done(): number {
    return this.#counts.bought + this.#counts.sold_out + this.#counts.failed;
  }

  #draw(): void {
    const { bought, sold_out, failed } = this.#counts;
    const done = this.#done();
    const failures = failed > 0 ? `, ${failed} failed` : '';
    const words = `${done}/${this.#total} shoppers: ${bought} bought, ${sold_out} came too late${failures}`;
    if (!this.#out.isTTY) {
      this.#out.write(`  ${words}\n`);
      return;
    }
    const filled = Math.round((BAR_CHARS * done) / this.#total);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARS - filled);
    this.#out.write(`\r\x1b[K  ${bar} ${words}${done === this.#total ? '\n' : ''}`);
  }
}
