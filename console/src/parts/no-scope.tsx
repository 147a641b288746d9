import type { ProcedureName } from '../../../src/contract/inputs/inputs.ts';
import { scopeOf } from '../../../src/contract/calls/scopes.ts';
import { TEXT } from '../text.ts';
import { EmptyState } from './empty-state.tsx';

/** What is shown in place of data that the key cannot read. It names the scopes of which one would be enough. */
export function NoScope({ reads }: { reads: readonly ProcedureName[] }) {
  const scopes = new Set(reads.map(scopeOf).filter((scope) => scope !== null));
  return <EmptyState title={TEXT.app.noScope}>{TEXT.app.noScopeLead([...scopes])}</EmptyState>;
}
