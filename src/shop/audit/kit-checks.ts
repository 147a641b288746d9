import { kitHoldOf, partHoldId } from '../../domain/kits.ts';
import { locationOf, stockKey } from '../../domain/stock-keys.ts';
import type { Findings } from './findings.ts';
import type { HoldFold } from './hold-fold.ts';
import type { LedgerFold } from './ledger-fold.ts';

const RULE = 'kit_has_its_parts';

/** Checks that each hold of a kit has a part hold for each component, and that no other hold is a part. */
export function checkKits(findings: Findings, { holds, skus }: LedgerFold): void {
  const parts = new Map([...holds].filter(([holdId]) => kitHoldOf(holdId) !== null));
  for (const [holdId, hold] of holds) {
    const components = skus.get(hold.sku)?.components ?? [];
    components.forEach(({ sku, quantity }, index) => {
      const id = partHoldId(holdId, index);
      const part = parts.get(id);
      parts.delete(id);
      const key = stockKey(sku, locationOf(hold.sku));
      const expected = partText({ ...hold, sku: key, quantity: quantity * hold.quantity });
      findings.expect(RULE, { sku: key, holdId: id }, part ? partText(part) : 'no part hold', expected);
    });
  }
  for (const [holdId, { sku }] of parts) {
    findings.add({ rule: RULE, sku, holdId, found: 'a part hold', expected: 'a hold of a kit' });
  }
}

const partText = ({
  sku,
  quantity,
  owner,
  isCommitted,
}: Pick<HoldFold, 'sku' | 'quantity' | 'owner' | 'isCommitted'>) =>
  `${quantity} of ${sku} for ${owner}${isCommitted ? ', committed' : ''}`;
