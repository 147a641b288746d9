import { z } from 'zod';
import type { LostWrite } from '../../contract/outputs/recovery-outputs.ts';
import type { Step } from '../../domain/steps.ts';
import type { KnownWrite } from '../../store/loss-recovery.ts';
import { cartIdOf, isCart, isOrder, isReservation, isTransfer, orderIdOf } from '../../transact/documents/names.ts';
import { reservationIdOf, transferIdOf } from '../../transact/documents/names.ts';

type Subject = Pick<LostWrite, 'kind' | 'id'>;

const documentLines = z.array(z.object({ sku: z.string(), quantity: z.number() }));
/** The part of a document's body that is the same for orders, reservations and transfers. */
const body = z.object({ lines: documentLines });

/** Returns a known write as operators see it. */
export function lostWrite({ sequence, at, transaction, granted }: KnownWrite): LostWrite {
  const { steps } = transaction;
  const subject = subjectOfSteps(steps);
  return { sequence, at, ...subject, what: `${subjectName(subject)}: ${wordsOf(steps, subject, granted)}` };
}

/** Returns the name of the subject of a document: `order ord_...`. */
export const namedDocument = (key: string): string => subjectName(subjectOfKey(key) ?? { kind: 'other', id: key });

const subjectName = ({ kind, id }: Subject): string => (id === undefined ? kind : `${kind} ${id}`);

/** A transaction is named by its first document of this order. */
const KINDS: readonly LostWrite['kind'][] = ['order', 'reservation', 'transfer', 'cart'];

function subjectOfSteps(steps: readonly Step[]): Subject {
  const documents = steps.flatMap((step) => ('key' in step ? [step.key] : []));
  const found = documents.flatMap((key) => subjectOfKey(key) ?? []);
  for (const kind of KINDS) {
    const subject = found.find((one) => one.kind === kind);
    if (subject) return subject;
  }
  if (steps.some(({ kind }) => kind === 'configure' || kind === 'adjust' || kind === 'count')) return { kind: 'stock' };
  if (steps.some((step) => 'holdId' in step)) return { kind: 'hold' };
  const [key] = documents;
  return key === undefined ? { kind: 'other' } : { kind: 'other', id: key };
}

function subjectOfKey(key: string): Subject | null {
  if (isOrder(key)) return { kind: 'order', id: orderIdOf(key) };
  if (isReservation(key)) return { kind: 'reservation', id: reservationIdOf(key) };
  if (isTransfer(key)) return { kind: 'transfer', id: transferIdOf(key) };
  return isCart(key) ? { kind: 'cart', id: cartIdOf(key) } : null;
}

function wordsOf(steps: readonly Step[], { kind, id }: Subject, granted: readonly number[]): string {
  const document = steps.find((step) => step.kind === 'put' && id !== undefined && step.key.endsWith(id));
  const parts = document?.kind === 'put' ? documentWords(document, kind) : [];
  const units = granted.values();
  const changes = steps.flatMap((step) => stepWords(step, units));
  const all = [...new Set(parts.length > 0 && kind !== 'cart' ? parts : [...parts, ...changes])];
  return all.length > 0 ? all.join(', ') : 'changed';
}

function documentWords({ list, body: text }: Extract<Step, { kind: 'put' }>, kind: LostWrite['kind']): string[] {
  const status = list === null || list === undefined || kind === 'cart' ? [] : [String(list)];
  return [...status, ...readLines(text).map(({ sku, quantity }) => `${quantity} of ${sku}`)];
}

function readLines(text: string | undefined): z.output<typeof documentLines> {
  try {
    return body.parse(JSON.parse(text ?? '')).lines;
  } catch {
    // A damaged document is still named by its key.
    return [];
  }
}

function stepWords(step: Step, granted: Iterator<number>): string[] {
  switch (step.kind) {
    case 'reserve':
      return [`reserved ${granted.next().value ?? step.want} of ${step.sku}`];
    case 'resize':
      return [`changed a hold by ${granted.next().value ?? 0}`];
    case 'adjust':
      return [`${step.as} ${step.delta} of ${step.sku}`];
    case 'count':
      return [`counted ${step.onHand} of ${step.sku}`];
    case 'configure':
      return step.checkOnly ? [] : [`changed the settings of ${step.sku}`];
    case 'return':
      return [`returned ${step.quantity} of ${step.sku}`];
    case 'release':
      return ['released a hold'];
    case 'consume':
    case 'commit':
      return ['sold a hold'];
    case 'fulfil':
      return [`dispatched ${step.units}`];
    case 'drop':
      return [`deleted ${namedDocument(step.key)}`];
    default:
      return [];
  }
}
