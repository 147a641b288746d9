import type { HttpAnswer, OutputOf } from '../http-caller.ts';
import { someWay } from './wire.ts';
import { GOODS, SKUS } from './goods.ts';
import { type Operator, operatorOf } from './operator.ts';
import type { Scene } from './scene.ts';

type Level = OutputOf<'stock.level'>;

/** Units on hand that are not sold. */
const STOCK_UNITS_LOW = 60;

/** Stocks the goods before any shopper arrives. */
export async function stockUp(scene: Scene): Promise<void> {
  for (const { sku, supply, unitPrice, safetyStock, limitPerCustomer } of GOODS) {
    const fields = { sku, unitPrice, safetyStock, limitPerCustomer };
    await scene.wire.mutate({ name: 'supply', server: 0 }, 'stock.define', fields, 'once');
    await receive(scene, sku, supply);
  }
}

export async function receive(scene: Scene, sku: string, quantity: number): Promise<void> {
  const operator = operatorOf(scene, `supply-${sku}-${quantity}`, 0);
  await change(scene, operator, 'stock.receive', { sku, quantity }, () => scene.supply.add(sku, 'received', quantity));
}

export function checkLevel({ faults }: Scene, level: Level, versionBefore: number): void {
  const { onHand, reserved, committed, safetyStock, available, version } = level;
  const free = onHand - reserved - committed;
  const isRight = reserved >= 0 && committed >= 0 && free >= 0 && available === Math.max(0, free - safetyStock);
  faults.unless(isRight && version >= versionBefore, () => `after ${versionBefore}: ${JSON.stringify(level)}`);
}

type ShelfPath = 'stock.receive' | 'stock.adjust' | 'stock.count' | 'stock.define' | 'stock.writeOff';

async function change<P extends ShelfPath>(
  scene: Scene,
  { who, dice, versions }: Operator,
  path: P,
  input: { sku: string; [field: string]: unknown },
  onEffect: () => void,
): Promise<HttpAnswer<OutputOf<P>>> {
  const before = versions.get(input.sku) ?? 0;
  const answer = await scene.wire.mutate(who, path, input, someWay(dice), onEffect);
  if (!answer.ok) return answer;
  const level: Level = answer.value;
  checkLevel(scene, level, before);
  versions.set(input.sku, level.version);
  return answer;
}

async function levelOf(scene: Scene, { who, versions }: Operator, sku: string): Promise<Level | null> {
  const before = versions.get(sku) ?? 0;
  const answer = await scene.wire.query(who, 'stock.level', { sku });
  if (!answer.ok) return null;
  checkLevel(scene, answer.value, before);
  versions.set(sku, answer.value.version);
  return answer.value;
}

export async function restock(scene: Scene, operator: Operator): Promise<void> {
  const sku = operator.dice.pick(SKUS);
  const quantity = operator.dice.between(1, sku.startsWith('scarce') ? 3 : 15);
  const level = await levelOf(scene, operator, sku);
  if (level && level.onHand - level.committed > STOCK_UNITS_LOW) return;
  await change(scene, operator, 'stock.receive', { sku, quantity }, () => scene.supply.add(sku, 'received', quantity));
}

export async function adjust(scene: Scene, operator: Operator): Promise<void> {
  const sku = operator.dice.pick(SKUS);
  const delta = operator.dice.pick([-8, -3, -1, 1, 2]);
  const input = { sku, delta, reason: 'found and broken' };
  await change(scene, operator, 'stock.adjust', input, () => scene.supply.add(sku, 'adjusted', delta));
}

/** Sends the expected units on hand, so that the answer implies the difference. */
export async function count(scene: Scene, operator: Operator): Promise<void> {
  const sku = operator.dice.pick(SKUS);
  const level = await levelOf(scene, operator, sku);
  if (!level) return;
  const expectedOnHand = level.onHand;
  const onHand = Math.max(0, expectedOnHand + operator.dice.between(-3, 3));
  const input = { sku, onHand, expectedOnHand };
  await change(scene, operator, 'stock.count', input, () => scene.supply.add(sku, 'counted', onHand - expectedOnHand));
}

export async function keep(scene: Scene, operator: Operator): Promise<void> {
  const { sku } = operator.dice.pick(GOODS.filter(({ safetyStock }) => safetyStock > 0));
  const input = { sku, safetyStock: operator.dice.between(0, 8) };
  await change(scene, operator, 'stock.define', input, () => undefined);
}

/** Writes off units that are free, or ends the newest holds for them. Only the latter may end a payment early. */
export async function writeOff(scene: Scene, operator: Operator): Promise<void> {
  const { dice } = operator;
  const sku = dice.pick(SKUS);
  const quantity = dice.between(1, 5);
  const takeFrom = dice.chance(0.4) ? 'newest_holds' : 'available';
  if (takeFrom === 'newest_holds') scene.supply.mayEndHolds(sku);
  const input = { sku, quantity, takeFrom, reason: 'water damage' };
  const answer = await change(scene, operator, 'stock.writeOff', input, () =>
    scene.supply.add(sku, 'adjusted', -quantity),
  );
  if (!answer.ok) return;
  const { endedHolds } = answer.value;
  const mayEnd = takeFrom === 'newest_holds' && new Set(endedHolds).size === endedHolds.length;
  scene.faults.unless(mayEnd || endedHolds.length === 0, () => `${takeFrom}: ${endedHolds.join()} ended`);
  if (endedHolds.length > 0) scene.wire.note('written_off', 'holds');
  for (const holdId of endedHolds) scene.writtenOff.add(holdId);
}
