import type { CSSProperties, ReactNode } from 'react';
import { duration, number, shortNumber } from '../../format.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { useNow } from '../../parts/clock-tick.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { lastSaleAt, type Sample, salesPerSecond } from './sale-samples.ts';
import { perSecond, type Sign } from './sale-signs.ts';
import type { Sale } from './use-sale.ts';
import styles from './sale-screen.module.css';

const { sale: text } = DETAIL;
const MILLION = 1_000_000;
/** The cards below have the exact numbers. */
const large = (value: number): string => (value < MILLION ? number(value) : shortNumber(value));
const FEW_SHARE = 0.1;

interface HeadlineProps {
  sale: Sale | undefined;
  signs: readonly Sign[];
  /** When the data arrived, in epoch milliseconds of this computer. */
  updatedAt: number;
  staleAfterMs: number;
}

/** The sale at one glance, readable from three metres: is it selling, what is left, is anything wrong. */
export function SaleHeadline({ sale, signs, updatedAt, staleAfterMs }: HeadlineProps) {
  const ageMs = useNow('browser') - updatedAt;
  const isStale = updatedAt > 0 && ageMs > staleAfterMs;
  const now = sale?.samples.at(-1);
  const rate = salesPerSecond(sale?.samples ?? []).at(-1) ?? null;
  return (
    <div className={isStale ? styles.staleHeadline : undefined}>
      {isStale && <p className={styles.stale}>{text.stale(duration(ageMs))}</p>}
      <dl className={styles.headline}>
        <Selling sale={sale} now={now} rate={rate} />
        <Left now={now} rate={rate} />
        <Big
          label={text.sold}
          value={now && large(now.sold)}
          note={sale && now && text.soldNote(now.sold - sale.first.sold, sale.first.at)}
        />
        <Big label={text.held} value={now && large(now.held)} note={text.heldNote} />
        <Trouble signs={sale ? signs : undefined} isStale={isStale} />
      </dl>
      <Signs signs={signs} />
    </div>
  );
}

interface NowProps {
  now: Sample | undefined;
  rate: number | null;
}

function Selling({ sale, now, rate }: NowProps & { sale: Sale | undefined }) {
  const isSelling = (rate ?? 0) > 0;
  const lastAt = lastSaleAt(sale?.samples ?? []);
  const quiet = lastAt !== undefined && now ? text.quietFor(duration(Math.max(1_000, now.at - lastAt))) : text.quiet;
  return (
    <Big
      label={text.rate}
      value={now && perSecond(rate ?? 0)}
      unit={text.perSecond}
      tone={isSelling ? 'ok' : 'neutral'}
      note={now && (isSelling ? text.selling : quiet)}
    />
  );
}

function Left({ now, rate }: NowProps) {
  if (!now) return <Big label={text.left} value={undefined} />;
  const { available, held, sold } = now;
  const all = available + held + sold;
  const isFew = available < all * FEW_SHARE;
  const endsIn = rate ? duration((1_000 * available) / rate) : undefined;
  return (
    <Big
      label={text.left}
      value={large(available)}
      tone={available === 0 ? 'danger' : isFew ? 'warn' : 'neutral'}
      note={available === 0 ? (held > 0 ? text.allTaken : text.soldOut) : text.leftOf(all, endsIn)}
    />
  );
}

function Trouble({ signs, isStale }: { signs: readonly Sign[] | undefined; isStale: boolean }) {
  if (isStale) return <Big label={text.trouble} value={text.notKnown} tone="danger" note={text.notKnownNote} />;
  const wrong = signs?.filter(({ tone }) => tone !== 'neutral') ?? [];
  const isBad = wrong.some(({ tone }) => tone === 'danger');
  return (
    <Big
      label={text.trouble}
      value={signs && (wrong.length === 0 ? text.none : number(wrong.length))}
      tone={wrong.length === 0 ? 'ok' : isBad ? 'danger' : 'warn'}
      note={signs && (wrong[0]?.text ?? text.noneNote)}
    />
  );
}

const WORDS = { danger: TEXT.parts.urgent, warn: TEXT.parts.soon, neutral: TEXT.parts.note };

/** What is wrong, in sentences. Screen readers announce a change. */
const Signs = ({ signs }: { signs: readonly Sign[] }) => (
  <div role="status">
    {signs.length > 0 && (
      <ul className={styles.signs}>
        {signs.map(({ tone, text: words }) => (
          <li key={words}>
            <Badge tone={tone}>{WORDS[tone]}</Badge>
            <span>{words}</span>
          </li>
        ))}
      </ul>
    )}
  </div>
);

interface BigProps {
  label: string;
  /** Undefined while it is loading. */
  value: string | undefined;
  unit?: string;
  note?: ReactNode;
  tone?: Tone;
}

const CHARS_MIN = 4;
/** A long number is smaller, because half of a number in a second line would be another number. */
const sizeFor = (text_: string): CSSProperties => ({ '--chars': Math.max(CHARS_MIN, text_.length) }) as CSSProperties;

const Big = ({ label, value, unit = '', note, tone = 'neutral' }: BigProps) => (
  <div className={`${styles.big} ${styles[tone]}`}>
    <dt>{label}</dt>
    <dd>
      {value === undefined ? (
        <span className={styles.loading} aria-hidden="true" />
      ) : (
        <span className={styles.value} style={sizeFor(value + unit)}>
          {value}
          {unit !== '' && <small>{unit}</small>}
        </span>
      )}
      {note && <span className={styles.note}>{note}</span>}
    </dd>
  </div>
);
