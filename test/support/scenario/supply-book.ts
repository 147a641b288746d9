export type SupplyKind = 'received' | 'adjusted' | 'counted';

/** The acknowledged stock changes of the operators: SKU by SKU, the sum of each kind. A write-off is an adjustment. */
export class SupplyBook {
  readonly #units = new Map<string, number>();
  readonly #endedAt = new Map<string, number>();

  add(sku: string, kind: SupplyKind, units: number): void {
    const label = `${kind} ${sku}`;
    this.#units.set(label, this.of(sku, kind) + units);
  }

  of(sku: string, kind: SupplyKind): number {
    return this.#units.get(`${kind} ${sku}`) ?? 0;
  }

  /** Records that a write-off may end holds of the SKU from now on. */
  mayEndHolds(sku: string): void {
    this.#endedAt.set(sku, Date.now());
  }

  /** When the last such write-off was requested, in epoch milliseconds. */
  lastEndOfHolds(sku: string): number {
    return this.#endedAt.get(sku) ?? 0;
  }

  total(sku: string): number {
    return this.of(sku, 'received') + this.of(sku, 'adjusted') + this.of(sku, 'counted');
  }
}
