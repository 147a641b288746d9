import type { Holdfast } from '../../src/shop/holdfast.ts';

/**
 * Throws unless the audit finds no violation, and exactly as many reserved and sold units as the answers to the bench.
 */
export async function auditShop(
  holdfast: Holdfast,
  { reserved, sold = 0 }: { reserved: number; sold?: number },
): Promise<void> {
  const audit = await holdfast.audit();
  if (!audit.ok) throw new Error(`the audit was refused: ${audit.refusal.reason}`);
  const { ok, totals, violations } = audit.value;
  if (!ok) throw new Error(`the audit found ${JSON.stringify(violations.slice(0, 3))}`);
  if (totals.reserved !== reserved || totals.sold !== sold) {
    const found = `${totals.reserved} reserved, ${totals.sold} sold`;
    throw new Error(`the audit found ${found}; the answers say ${reserved} reserved, ${sold} sold`);
  }
}
