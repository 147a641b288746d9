import type { Inputs, Money, StockLevel } from '../../../../src/client/client.ts';
import { UNITS_MAX } from '../../parts/whole-number.ts';
import { DETAIL } from '../../detail-text.ts';

/** The settings of a SKU as the fields of a form have them. An empty text is a setting without a value. */
export interface Draft {
  title: string;
  unitPrice: string;
  safetyStock: string;
  limitPerCustomer: string;
  holdUnitsMax: string;
  backorderLimit: string;
  /** Such as `2026-11-30 14:00`, in the time zone of the browser: an input for times may show 12 hours. */
  shipsAt: string;
  requiresCustomer: boolean;
  protected: boolean;
}

type Settings = Omit<Inputs['stock']['define'], 'sku' | 'components' | 'location' | 'reason' | 'idempotencyKey'>;

const textOf = (value: number | undefined): string => (value === undefined ? '' : String(value));

export function draftOf(level: StockLevel): Draft {
  // The form changes the safety stock of one location, and the level has the sums of all.
  const local = level.locations?.find(({ location }) => location === 'main') ?? level.locations?.[0] ?? level;
  return {
    title: level.title ?? '',
    unitPrice: level.unitPrice ? priceText(level.unitPrice) : '',
    safetyStock: String(local.safetyStock),
    limitPerCustomer: textOf(level.limitPerCustomer),
    holdUnitsMax: textOf(level.holdUnitsMax),
    backorderLimit: textOf(local.backorderLimit),
    shipsAt: local.shipsAt === undefined ? '' : localMoment(local.shipsAt),
    requiresCustomer: level.requiresCustomer,
    protected: level.protected,
  };
}

const MINUTE_MS = 60_000;
const localMoment = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16).replace('T', ' ');

/** Returns epoch milliseconds; null if the text is not a moment. */
function parseMoment(text: string): number | null {
  const at = /^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(text) ? new Date(text.replace(' ', 'T')).getTime() : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

function digitsOf(currency: string): number | null {
  try {
    return new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return null;
  }
}

const priceText = ({ amount, currency }: Money): string => {
  const digits = digitsOf(currency) ?? 2;
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`;
};

function parsePrice(text: string): Money | null {
  const [, value, currency = ''] = /^(\d+(?:\.\d+)?) ?([A-Z]{3})$/.exec(text.trim()) ?? [];
  const digits = value === undefined ? null : digitsOf(currency);
  if (value === undefined || digits === null) return null;
  const amount = Math.round(Number(value) * 10 ** digits);
  return Number.isSafeInteger(amount) ? { amount, currency } : null;
}

const WHOLE = ['safetyStock', 'limitPerCustomer', 'holdUnitsMax', 'backorderLimit'] as const;

/** Returns what is wrong with the fields, as sentences. */
export function problemsIn(draft: Draft): Partial<Record<keyof Draft, string>> {
  const problems: Partial<Record<keyof Draft, string>> = {};
  for (const name of WHOLE) {
    const text = draft[name].trim();
    // Only the safety stock has a value always, which may be 0.
    const mayBeEmpty = name !== 'safetyStock';
    const least = mayBeEmpty ? 1 : 0;
    const isWithin = /^\d+$/.test(text) && Number(text) >= least && Number(text) <= UNITS_MAX;
    if (!isWithin && !(mayBeEmpty && text === '')) problems[name] = DETAIL.sku.wholeWrong(least, UNITS_MAX);
  }
  if (draft.unitPrice.trim() !== '' && !parsePrice(draft.unitPrice)) problems.unitPrice = DETAIL.sku.priceWrong;
  if (draft.shipsAt.trim() !== '' && parseMoment(draft.shipsAt.trim()) === null) {
    problems.shipsAt = DETAIL.sku.shipsAtWrong;
  }
  return problems;
}

/** Returns the settings that differ, as `stock.define` accepts them. Call it with fields without problems. */
export function changedSettings(start: Draft, draft: Draft): Settings {
  const all: Required<Settings> = {
    title: draft.title.trim() || null,
    unitPrice: parsePrice(draft.unitPrice),
    safetyStock: Number(draft.safetyStock),
    limitPerCustomer: wholeOf(draft.limitPerCustomer),
    holdUnitsMax: wholeOf(draft.holdUnitsMax),
    backorderLimit: wholeOf(draft.backorderLimit),
    shipsAt: parseMoment(draft.shipsAt.trim()),
    requiresCustomer: draft.requiresCustomer,
    protected: draft.protected,
  };
  const names = (Object.keys(all) as (keyof Draft)[]).filter((name) => start[name] !== draft[name]);
  return Object.fromEntries(names.map((name) => [name, all[name]])) as Settings;
}

const wholeOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));
