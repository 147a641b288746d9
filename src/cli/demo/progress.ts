import type { WriteStream } from 'node:tty';
import type { SaleEvents, Visit } from './flash-sale.ts';
import { count } from './verdict.ts';

const BAR_CHARS = 32;
const DRAW_EVERY_MS = 80;
const LINE_EVERY_MS = 2_000;
const QUARTERS = 4;

/**
 * Shows the progress of the sale: a bar on a terminal, and otherwise a line every 2 seconds and for each quarter of the
 * units that is sold.
 */
export class SaleProgress implements SaleEvents {
  readonly #out: Pick<WriteStream, 'write' | 'isTTY'>;
  readonly #buyers: number;
  readonly #units: number;
  readonly #counts: Record<Visit['outcome'], number> = { bought: 0, sold_out: 0, failed: 0 };
  #inCarts = 0;
  #lastMs = performance.now();

  constructor({ buyers, units }: { buyers: number; units: number }, out: Pick<WriteStream, 'write' | 'isTTY'>) {
    this.#buyers = buyers;
    this.#units = units;
    this.#out = out;
  }

  onHeld(): void {
    this.#inCarts += 1;
    this.#draw(false);
  }

  onVisit(visit: Visit): void {
    const { outcome } = visit;
    this.#counts[outcome] += 1;
    if (outcome === 'bought' || (outcome === 'failed' && visit.hadUnit)) this.#inCarts -= 1;
    this.#draw((outcome === 'bought' && this.#isQuarterSold()) || this.#done() === this.#buyers);
  }

  #isQuarterSold(): boolean {
    const quarters = (bought: number): number => Math.floor((QUARTERS * bought) / this.#units);
    return quarters(this.#counts.bought) > quarters(this.#counts.bought - 1);
  }

  #done(): number {
    return this.#counts.bought + this.#counts.sold_out + this.#counts.failed;
  }

  #draw(isDue: boolean): void {
    const now = performance.now();
    if (!isDue && now - this.#lastMs < (this.#out.isTTY ? DRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#lastMs = now;
    const { bought, sold_out, failed } = this.#counts;
    const done = this.#done();
    const failures = failed > 0 ? `, ${count(failed)} failed` : '';
    const carts = `${count(bought)} bought, ${count(this.#inCarts)} in carts, ${count(sold_out)} too late${failures}`;
    const words = `${count(done)}/${count(this.#buyers)} shoppers: ${carts}`;
    if (!this.#out.isTTY) {
      this.#out.write(`  ${words}\n`);
      return;
    }
    const filled = Math.round((BAR_CHARS * done) / this.#buyers);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARS - filled);
    this.#out.write(`\r\x1b[K  ${bar} ${words}${done === this.#buyers ? '\n' : ''}`);
  }
}
