import { Dialog } from '@base-ui/react/dialog';
import { type FormEvent, type ReactNode, useState } from 'react';
import { TEXT } from '../text.ts';
import { Button } from './button.tsx';
import { ErrorText } from './error-text.tsx';
import { Field } from './field.tsx';
import styles from './action-dialog.module.css';

export interface ActionDialogProps {
  title: string;
  /** What will happen, one sentence each: "Releases 412 holds of 388 carts." */
  effects: readonly ReactNode[];
  /** The label of the button that does it. */
  confirm: string;
  /** The word that the operator has to type before a destructive action. */
  word?: string | undefined;
  /** Whether the action takes a reason, which the ledger shows. */
  reason: 'required' | 'optional' | 'none';
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

/** Asks for what an action needs, and says what it will do. Mount it to open it. */
export function ActionDialog({ title, onClose, ...rest }: ActionDialogProps) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && !rest.action.isPending && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup}>
          <Dialog.Title className={styles.title}>{title}</Dialog.Title>
          <ActionForm {...rest} onClose={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const TAKES_REASON = { required: TEXT.parts.reasonRequired, optional: TEXT.parts.reasonOptional, none: '' };

function ActionForm(props: Omit<ActionDialogProps, 'title'>) {
  const { effects, confirm, word, reason: takesReason, children, isReady = true, action, onConfirm, onClose } = props;
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const hasReason = takesReason !== 'required' || reason.trim() !== '';
  const mayConfirm = isReady && hasReason && (word === undefined || typed.trim() === word) && !action.isPending;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (mayConfirm) onConfirm(reason.trim());
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {children}
      {takesReason !== 'none' && (
        <Field
          label={TEXT.parts.reason}
          hint={TAKES_REASON[takesReason]}
          value={reason}
          maxLength={255}
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      <Dialog.Description render={<div className={styles.effects} />}>
        {effects.map((effect, index) => (
          <p key={index}>{effect}</p>
        ))}
      </Dialog.Description>
      {word !== undefined && (
        <Field label={TEXT.parts.typeWord(word)} value={typed} onChange={(event) => setTyped(event.target.value)} />
      )}
      {action.error !== null && action.error !== undefined && (
        <ErrorText error={action.error} noAnswer={TEXT.errors.noAnswerToAction} />
      )}
      <Buttons {...{ confirm, word, dismiss: props.dismiss, action, onClose, mayConfirm }} />
    </form>
  );
}

type ButtonsProps = Pick<ActionDialogProps, 'confirm' | 'word' | 'dismiss' | 'action' | 'onClose'> & {
  mayConfirm: boolean;
};

const Buttons = ({ confirm, word, dismiss = TEXT.parts.cancel, action, onClose, mayConfirm }: ButtonsProps) => (
  <div className={styles.buttons}>
    <Button onClick={onClose} disabled={action.isPending}>
      {dismiss}
    </Button>
    <Button type="submit" look={word === undefined ? 'primary' : 'danger'} disabled={!mayConfirm}>
      {action.isPending ? TEXT.parts.working : confirm}
    </Button>
  </div>
);
