'use client';

import { type ReactNode, useActionState } from 'react';
import type { Notice } from './actions.ts';

interface ActionFormProps {
  action: (before: Notice | null, form: FormData) => Promise<Notice | null>;
  label: string;
  children?: ReactNode;
}

/** A form that shows why its action was refused. */
export function ActionForm({ action, label, children }: ActionFormProps) {
  const [notice, run, isPending] = useActionState(action, null);
  return (
    <form action={run}>
      {children}
      <button type="submit" disabled={isPending}>
        {label}
      </button>
      {notice && <p role="alert">{notice.text}</p>}
    </form>
  );
}
