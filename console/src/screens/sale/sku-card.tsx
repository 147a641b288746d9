import { number } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { DETAIL } from '../../detail-text.ts';
import { SkuLink } from '../sku-link.tsx';
import type { SkuSale } from './use-sale.ts';
import styles from './sale-screen.module.css';

const { sale: text } = DETAIL;

interface SkuCardProps {
  sale: SkuSale;
  onRemove: () => void;
}

/** One SKU of the sale: what is left of it in large, and how its units are divided. */
export function SkuCard({ sale: { sku, level }, onRemove }: SkuCardProps) {
  return (
    <li className={styles.card}>
      <div className={styles.cardHead}>
        <div className={styles.name}>
          <SkuLink sku={sku} />
          {level?.title && (
            <span className={`${styles.note} ${styles.cardTitle}`} title={level.title}>
              {level.title}
            </span>
          )}
        </div>
        <Button look="quiet" aria-label={text.removeSku(sku)} onClick={onRemove}>
          {text.remove}
        </Button>
      </div>
      {level === null ? (
        <Badge tone="danger">{text.unknownSku}</Badge>
      ) : (
        <>
          <p className={styles.leftLine}>
            <span className={styles.left}>{number(level.available)}</span> {text.leftWord}
            {level.available === 0 && <Badge tone="danger">{level.reserved > 0 ? text.allTaken : text.soldOut}</Badge>}
            {level.protected && <Badge tone="ok">{text.protectedWord}</Badge>}
          </p>
          <Parts sold={level.sold} held={level.reserved} available={level.available} />
        </>
      )}
    </li>
  );
}

interface PartsProps {
  sold: number;
  held: number;
  available: number;
}

/** Sold, held and available as parts of a bar, with their numbers. */
function Parts({ sold, held, available }: PartsProps) {
  const all = Math.max(1, sold + held + available);
  const parts = [
    { name: text.sold, units: sold, className: styles.soldPart },
    { name: text.held, units: held, className: styles.heldPart },
    { name: text.left, units: available, className: styles.leftPart },
  ];
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ name, units, className }) => (
          <span key={name} className={className} style={{ width: `${(100 * units) / all}%` }} />
        ))}
      </div>
      <dl className={styles.parts}>
        {parts.map(({ name, units, className }) => (
          <div key={name}>
            <dt>
              <i className={className} aria-hidden="true" /> {name}
            </dt>
            <dd>{number(units)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
