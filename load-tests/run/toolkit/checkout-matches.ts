/** Records the order that each checkout received. One checkout has one order, and one order has one checkout. */
export class CheckoutMatches {
  readonly shared = new Set<string>();
  readonly doubled = new Set<string>();
  readonly #orderOf = new Map<string, string>();
  readonly #checkoutOf = new Map<string, string>();

  /** Returns whether this answer agrees with all earlier ones. An empty checkout is a payment and always agrees. */
  note(orderId: string, checkout: string): boolean {
    if (checkout === '') return true;
    const [order, owner] = [this.#orderOf.get(checkout), this.#checkoutOf.get(orderId)];
    if (order === undefined) this.#orderOf.set(checkout, orderId);
    if (owner === undefined) this.#checkoutOf.set(orderId, checkout);
    const isDoubled = order !== undefined && order !== orderId;
    const isShared = owner !== undefined && owner !== checkout;
    if (isDoubled) this.doubled.add(checkout);
    if (isShared) this.shared.add(orderId);
    return !isDoubled && !isShared;
  }
}
