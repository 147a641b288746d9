import type { Outputs } from '../../../../src/client/client.ts';
import { duration, share } from '../../format.ts';
import type { ShopStatus } from '../../live/use-status.ts';
import type { Operator } from '../../session/operator-session.ts';
import { TEXT } from '../../text.ts';

/** The thresholds are those of deploy/prometheus/alerts.yml. */
const FILL_MAX = 0.8;
const MONEY_LATE_MS = 60_000;
const HELD_SHARE_MAX = 0.8;
const ABANDONED_MIN = 0.9;
/** Fewer holds say nothing about how many are abandoned. */
const ENDED_MIN = 100;
const AUDIT_OLD_MS = 24 * 3_600_000;

export interface Alert {
  tone: 'danger' | 'warn' | 'neutral';
  text: string;
}

/** The status, and the first one of the same process that this screen has seen. */
export interface Observed {
  status: ShopStatus;
  first: ShopStatus;
  deadLetters: number;
  /** SKUs with few units or none, in the order of their names; `nextCursor`: there are more. */
  low: Outputs['stock']['list'] | undefined;
  may: Operator['may'];
}

const { alertTexts: texts } = TEXT.overview;
const danger = (text: string): Alert => ({ tone: 'danger', text });
const warn = (text: string): Alert => ({ tone: 'warn', text });
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const when = (isOn: boolean, alert: () => Alert): Alert[] => (isOn ? [alert()] : []);

/** Returns what an operator has to do something about, the worst first. */
export function alertsOf(observed: Observed): Alert[] {
  const { status, deadLetters, low, may } = observed;
  const { fill, clockOffsetMs, webhooks, holds } = status;
  return [
    ...status.reasons.map((reason) => danger(`${texts.notReady}: ${reason}.`)),
    ...when(fill > FILL_MAX, () => danger(texts.full(share(fill)))),
    ...failuresOf(observed),
    ...auditAlerts(observed),
    ...when(webhooks.oldestMoneyMs > MONEY_LATE_MS, () =>
      warn(texts.money(duration(webhooks.oldestMoneyMs), may('webhooks.list'))),
    ),
    ...when(deadLetters > 0, () => warn(texts.dead(deadLetters))),
    ...when(isHoarded(status), () => warn(texts.hoarding(share(holds.heldShareMax)))),
    ...lowAlerts(low),
    ...when(clockOffsetMs !== 0, () => warn(texts.clock(duration(Math.abs(clockOffsetMs))))),
    ...status.notes.map((note) => ({ tone: 'neutral' as const, text: sentence(note) })),
  ];
}

/** More names would hide the other alerts. */
const SKUS_NAMED_MAX = 5;

function lowAlerts(low: Observed['low']): Alert[] {
  const { items = [], nextCursor } = low ?? {};
  const left = items.filter(({ available }) => available > 0);
  const out = items.filter(({ available }) => available === 0);
  const named = (levels: typeof items): string =>
    texts.lowMore(
      levels.slice(0, SKUS_NAMED_MAX).map(({ sku, available }) => texts.lowSku(sku, available)),
      levels.length > SKUS_NAMED_MAX || nextCursor !== undefined,
    );
  return [
    ...when(left.length > 0, () => warn(texts.low(named(left)))),
    ...when(out.length > 0, () => ({ tone: 'neutral', text: texts.out(named(out)) })),
  ];
}

function failuresOf({ status, first }: Observed): Alert[] {
  const since = (...outcomes: string[]): number => countOf(status, outcomes) - countOf(first, outcomes);
  const [internal, store] = [since('internal'), since('store_unavailable', 'outcome_unknown')];
  const refused = status.shed - first.shed;
  return [
    ...when(internal > 0, () => danger(texts.internal(internal))),
    ...when(store > 0, () => danger(texts.store(store))),
    ...when(refused > 0, () => warn(texts.load(refused))),
  ];
}

const countOf = ({ calls }: ShopStatus, outcomes: readonly string[]): number =>
  calls.reduce((sum, { outcome, count }) => (outcomes.includes(outcome) ? sum + count : sum), 0);

function auditAlerts({ status: { lastAudit, at }, may }: Observed): Alert[] {
  if (!lastAudit) return [];
  const ageMs = at - lastAudit.at;
  return [
    ...when(!lastAudit.ok, () => danger(texts.violations(lastAudit.violations, may('admin.audit')))),
    ...when(ageMs > AUDIT_OLD_MS, () => warn(texts.auditOld(duration(ageMs), may('admin.audit')))),
  ];
}

function isHoarded({ holds: { sold, released, expired, heldShareMax } }: ShopStatus): boolean {
  const ended = sold + released + expired;
  return heldShareMax > HELD_SHARE_MAX && ended > ENDED_MIN && (released + expired) / ended > ABANDONED_MIN;
}
