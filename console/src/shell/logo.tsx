import { TEXT } from '../text.ts';
import styles from './logo.module.css';

export const Logo = () => (
  <span className={styles.logo}>
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="8" className={styles.ground} />
      <path d="M10 8v16M22 8v16M10 16h12" className={styles.sign} />
    </svg>
    {TEXT.app.short}
  </span>
);
