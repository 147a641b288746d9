import { Toast } from '@base-ui/react/toast';
import { TEXT } from '../text.ts';
import { notices } from './notices.ts';
import styles from './notice-region.module.css';

/** The region of the notices. The shell has one, and loads it after the first screen. */
export default function NoticeRegion() {
  return (
    <Toast.Provider toastManager={notices} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.notice} aria-label={TEXT.parts.notice}>
      <Toast.Description className={styles.text} />
      <Toast.Close className={styles.close} aria-label={TEXT.parts.dismiss}>
        ✕
      </Toast.Close>
    </Toast.Root>
  ));
}
