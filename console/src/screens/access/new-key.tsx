import { useEffect } from 'react';
import { notify } from '../../parts/notices.ts';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { DETAIL } from '../../detail-text.ts';

const { access } = DETAIL;

/** Shows a new key. Only the first answer has its text: after a lost one, a notice says what to do. */
export function NewKey({ made: { key }, onClose }: { made: { key?: string }; onClose: () => void }) {
  useEffect(() => {
    if (key !== undefined) return;
    notify(access.lost);
    onClose();
  }, [key]);
  if (key === undefined) return null;
  return <SecretDialog title={access.secretTitle} note={access.secretNote} secret={key} onClose={onClose} />;
}
