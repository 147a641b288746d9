import { Link } from '@tanstack/react-router';
import styles from './shared.module.css';

/** A SKU as a link to its screen. */
export const SkuLink = ({ sku }: { sku: string }) => (
  <Link to="/stock/$sku" params={{ sku }} className={styles.id}>
    {sku}
  </Link>
);
