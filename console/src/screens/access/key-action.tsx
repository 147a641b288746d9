import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { duration } from '../../format.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { shopNow } from '../../shop-time.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Key } from './access-records.ts';
import { NewKey } from './new-key.tsx';

const { access } = DETAIL;

interface KeyActionProps {
  name: 'rotate' | 'revoke';
  target: Key;
  onClose: () => void;
}

/** The dialog of an action on a key. */
export default function KeyAction({ name, ...rest }: KeyActionProps) {
  return name === 'rotate' ? <Rotate {...rest} /> : <Revoke {...rest} />;
}

/** Creates a second key with the same name and scopes. The operator revokes the old one later. */
function Rotate({ target: { name, scopes, expiresAt, ratePerMinute }, onClose }: Omit<KeyActionProps, 'name'>) {
  const { client } = useOperator();
  const [made, setMade] = useState<{ key?: string } | null>(null);
  const action = useAction(client.keys.create.mutate, {
    done: ({ keyId }) => access.createdNotice(keyId),
    onDone: setMade,
  });
  if (made) return <NewKey made={made} onClose={onClose} />;
  const limits = {
    ...(expiresAt !== undefined && { expiresAt }),
    ...(ratePerMinute !== undefined && { ratePerMinute }),
  };
  return (
    <ActionDialog
      title={access.rotateTitle(name)}
      confirm={access.rotate}
      effects={access.rotateEffects(name)}
      action={action}
      onConfirm={(reason) => action.run({ name, scopes, reason, ...limits })}
      onClose={onClose}
    />
  );
}

function Revoke({ target: { keyId, name, lastUsedAt }, onClose }: Omit<KeyActionProps, 'name'>) {
  const { client } = useOperator();
  const own = useQuery(useTRPC().keys.whoami.queryOptions({})).data;
  const action = useAction(client.keys.revoke.mutate, { done: () => access.revoked, onDone: onClose });
  const used = lastUsedAt === undefined ? null : TEXT.parts.ago(duration(Math.max(1_000, shopNow() - lastUsedAt)));
  return (
    <ActionDialog
      title={access.revokeTitle(name)}
      confirm={access.revoke}
      effects={[...access.revokeEffects(name, used), ...(own?.keyId === keyId ? [access.revokeOwn] : [])]}
      word="revoke"
      action={action}
      onConfirm={(reason) => action.run({ keyId, reason })}
      onClose={onClose}
    />
  );
}
