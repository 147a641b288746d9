import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import { TEXT } from '../text.ts';
import { Button } from './button.tsx';
import dialog from './action-dialog.module.css';
import styles from './secret-dialog.module.css';

interface SecretDialogProps {
  title: string;
  /** Where the secret belongs, and that it is shown once. */
  note: string;
  secret: string;
  onClose: () => void;
}

/** Shows a secret that no other answer contains. Only its button closes it, because a click beside it would lose it. */
export function SecretDialog({ title, note, secret, onClose }: SecretDialogProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard?.writeText(secret).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <Dialog.Root open disablePointerDismissal onOpenChange={(_, { reason }) => reason === 'close-press' && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>{title}</Dialog.Title>
          <Dialog.Description>{note}</Dialog.Description>
          <code className={styles.secret} tabIndex={0}>
            {secret}
          </code>
          <div className={dialog.buttons}>
            <Button onClick={copy}>{isCopied ? TEXT.parts.copied : TEXT.parts.copy}</Button>
            <Dialog.Close render={<Button look="primary" />}>{TEXT.parts.stored}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
