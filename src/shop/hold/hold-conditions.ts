import type { HoldRecord } from '../../domain/records.ts';
import type { HoldsReleaseWhereInput } from '../../contract/inputs/inputs.ts';
import { cartIdOfSession, cartKey } from '../../transact/documents/names.ts';
import { holdSessionOf } from './top-holders.ts';

type HoldConditions = Pick<HoldsReleaseWhereInput, 'session' | 'client' | 'olderThanMs'>;

/** Whether a hold meets all conditions that are given. */
export function meetsConditions(
  hold: HoldRecord,
  { session, client, olderThanMs }: HoldConditions,
  at: number,
): boolean {
  if (session !== undefined && holdSessionOf(hold) !== session && hold.owner !== cartOf(session)) return false;
  if (client !== undefined && hold.client !== client) return false;
  return olderThanMs === undefined || at - hold.createdAt >= olderThanMs;
}

const cartOf = (session: string): string => cartKey(cartIdOfSession(session));
