// Opens a data directory, reads, decodes and audits all of it, and prints the result as one line of JSON. It runs in
// its own process, because a damaged file may crash native code.
import { createHoldfast } from '../../shop/holdfast.ts';
import { openEmbeddedStore } from '../../store/embedded/embedded-store.ts';
import type { Checked } from './data-check.ts';

const [dir = '', shop = '', takeOver = ''] = process.argv.slice(2);

const printChecked = (checked: Checked): void => void process.stdout.write(JSON.stringify(checked));

try {
  const store = await openEmbeddedStore({ dir, shop, takeOver: takeOver === 'take-over' });
  try {
    const { sequence, details } = await store.health();
    const undecodable = store.undecodable();
    const holdfast = createHoldfast({ store });
    const audit = await holdfast.audit();
    await holdfast.close();
    if (!audit.ok) throw new Error(`the audit was refused: ${audit.refusal.reason}`);
    const { violations, skus, liveHolds } = audit.value;
    const broken = violations.map(({ rule, sku, holdId, found }) => [rule, sku ?? holdId ?? '', found].join(' '));
    printChecked({ problems: [...undecodable, ...broken], skus, liveHolds, sequence, epoch: Number(details['epoch']) });
  } finally {
    await store.close();
  }
} catch (error) {
  printChecked({ problems: [(error as Error).message] });
}
