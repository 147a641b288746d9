import { compareMovements } from '../../domain/movement-ids.ts';
import { classOf, isAboutOrder, movementOf, type WebhookEvent } from '../../contract/webhook-records.ts';

/**
 * Returns the ids of the order events that a later event of the same order supersedes: the later one carries the
 * order's newer state. Only a later money event of the same type supersedes a money event, because a receiver has to
 * act on each type: it dispatches goods for `order.placed` even if `order.returned` follows. Stock events are never
 * superseded. The order of `events` does not matter.
 */
export function superseded(events: readonly WebhookEvent[]): Set<string> {
  const found = new Set<string>();
  const newer = new Set<string>();
  const orders = events.filter(isAboutOrder);
  for (const { id, type, subject } of orders.sort((a, b) => compareMovements(movementOf(b), movementOf(a)))) {
    const isSuperseded = classOf(type) === 'money' ? newer.has(`${type} ${subject}`) : newer.has(subject);
    if (isSuperseded) found.add(id);
    newer.add(subject).add(`${type} ${subject}`);
  }
  return found;
}
