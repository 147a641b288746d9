import { componentsOf } from '../../domain/kits.ts';
import type { SkuStock } from '../stock/units/sku-stock.ts';
import type { WatchedSku } from './watched-sku.ts';

/** The watched kits by their components, because a kit changes with each of them. */
export class WatchedKits {
  readonly #kits = new Map<string, Set<WatchedSku>>();
  readonly #noted = new Map<WatchedSku, { text: string; components: string[] }>();

  /** Notes the components of a SKU that was read. */
  note(watched: WatchedSku, stock: SkuStock | null): void {
    const text = stock?.main.components ?? null;
    if (this.#noted.get(watched)?.text === (text ?? undefined)) return;
    this.forget(watched);
    const components = (stock && componentsOf(stock.main))?.map(({ sku }) => sku);
    if (text === null || !components) return;
    this.#noted.set(watched, { text, components });
    for (const sku of components) {
      const kits = this.#kits.get(sku) ?? new Set();
      this.#kits.set(sku, kits.add(watched));
    }
  }

  forget(watched: WatchedSku): void {
    for (const sku of this.#noted.get(watched)?.components ?? []) {
      const kits = this.#kits.get(sku);
      kits?.delete(watched);
      if (kits?.size === 0) this.#kits.delete(sku);
    }
    this.#noted.delete(watched);
  }

  /** Returns the kits that contain a SKU. */
  of(sku: string): Iterable<WatchedSku> {
    return this.#kits.get(sku) ?? [];
  }
}
