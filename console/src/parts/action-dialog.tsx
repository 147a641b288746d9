import { Dialog } from '@base-ui/react/dialog';
import { type FormEvent, type ReactNode, useState } from 'react';
import { TEXT } from '../text.ts';
import { Button } from './button.tsx';
import { ErrorText } from './error-text.tsx';
import { Field, lengthProblem, TEXT_MAX } from './field.tsx';
import styles from './action-dialog.module.css';

export interface ActionDialogProps {
  title: string;
  /** What will happen, one sentence each: "Releases 412 holds of 388 carts." */
  effects: readonly ReactNode[];
  /** The label of the button that does it. */
  confirm: string;
  /** The word that the operator has to type before a destructive action. */
  word?: string | undefined;
  /** Whether the action is over, so that the dialog only shows its outcome. */
  isOver?: boolean;
  /** Further fields, above the reason. */
  children?: ReactNode;
  /** Whether these fields are complete. */
  isReady?: boolean;
  /** What `useAction` returns. */
  action: { isPending: boolean; error: unknown };
  /** The label of the button that closes the dialog without the action. Absent: Cancel. */
  dismiss?: string | undefined;
  /** Called with the reason, trimmed. Close the dialog when the action has succeeded. */
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/**
 * Asks for what an action needs, always also for a reason, and says what it will do. The ledger or the events show the
 * reason under the name of the key. Mount it to open it.
 */
export function ActionDialog({ title, onClose, ...rest }: ActionDialogProps) {
  // Read before a field of the dialog has the focus.
  const [opener] = useState(() => document.activeElement);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && !rest.action.isPending && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup} finalFocus={() => focusAfter(opener)}>
          <Dialog.Title className={styles.title}>{title}</Dialog.Title>
          <ActionForm {...rest} onClose={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The element that opened the dialog, or the title of the screen if the action has removed it. */
const focusAfter = (opener: Element | null): HTMLElement | null =>
  opener instanceof HTMLElement && opener.isConnected && opener !== document.body
    ? opener
    : document.querySelector<HTMLElement>('h1');

function ActionForm(props: Omit<ActionDialogProps, 'title'>) {
  const { effects, word, isOver = false, children, isReady = true, action, onConfirm } = props;
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const isTyped = word === undefined || typed.trim() === word;
  const isReasoned = reason.trim() !== '' && lengthProblem(reason, TEXT_MAX) === null;
  const mayConfirm = !isOver && isReady && isReasoned && isTyped && !action.isPending;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (mayConfirm) onConfirm(reason.trim());
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {children}
      {!isOver && (
        <Field
          label={TEXT.parts.reason}
          hint={TEXT.parts.reasonHint}
          required
          value={reason}
          maxLength={TEXT_MAX}
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      <Dialog.Description render={<div className={styles.effects} />}>
        {effects.map((effect, index) => (
          <p key={index}>{effect}</p>
        ))}
      </Dialog.Description>
      {word !== undefined && !isOver && (
        <Field label={TEXT.parts.typeWord(word)} value={typed} onChange={(event) => setTyped(event.target.value)} />
      )}
      {action.error !== null && action.error !== undefined && (
        <ErrorText error={action.error} noAnswer={TEXT.errors.noAnswerToAction} />
      )}
      <Buttons {...props} mayConfirm={mayConfirm} />
    </form>
  );
}

type ButtonsProps = Pick<ActionDialogProps, 'confirm' | 'word' | 'isOver' | 'dismiss' | 'action' | 'onClose'> & {
  mayConfirm: boolean;
};

const Buttons = ({ confirm, word, isOver, action, onClose, mayConfirm, ...rest }: ButtonsProps) => (
  <div className={styles.buttons}>
    <Button onClick={onClose} disabled={action.isPending}>
      {rest.dismiss ?? TEXT.parts.cancel}
    </Button>
    {!isOver && (
      <Button type="submit" look={word === undefined ? 'primary' : 'danger'} disabled={!mayConfirm}>
        {action.isPending ? TEXT.parts.working : confirm}
      </Button>
    )}
  </div>
);
