/** Where a link to a cart is: a cart that holds nothing has no list of its SKUs, so the link names one. */
export interface CartOrigin {
  sku?: string | undefined;
  /** Absent: `main`. */
  location?: string | undefined;
}

/** Returns the origin of a link in the row of a hold or of a movement. */
export const originOf = ({ sku, location }: { sku: string; location?: string }): CartOrigin => ({ sku, location });
