import { compareMovements } from '../../domain/movement-ids.ts';
import { classOf, isAboutOrder, movementOf, type Occurrence } from '../../contract/webhook-words.ts';

/**
 * Returns the ids of the order events that a later event of the same order makes superfluous: a receiver gets the order as it
 * is by then with the later one. An event of money gives way only to a later one of its own type, since a receiver has to
 * act on each of them: goods are dispatched for `order.placed`, also where `order.returned` follows. Stock events never
 * give way. The order of `occurrences` does not matter.
 */
export function superseded(occurrences: readonly Occurrence[]): Set<string> {
  const found = new Set<string>();
  const newer = new Set<string>();
  const orders = occurrences.filter(isAboutOrder);
  for (const { id, type, subject } of orders.sort((a, b) => compareMovements(movementOf(b), movementOf(a)))) {
    const isOvertaken = classOf(type) === 'money' ? newer.has(`${type} ${subject}`) : newer.has(subject);
    if (isOvertaken) found.add(id);
    newer.add(subject).add(`${type} ${subject}`);
  }
  return found;
}
