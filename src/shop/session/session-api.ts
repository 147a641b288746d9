import type { SessionBlock } from '../../contract/outputs/admin-outputs.ts';
import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { PageInput, SessionBlockInput, SessionUnblockInput } from '../../contract/inputs/inputs.ts';
import type { SessionRevocation } from '../../contract/inputs/library-inputs.ts';
import type { Page } from '../../contract/output-fields.ts';

/** The data of a session without its id. */
export interface SessionFacts {
  /** 22 characters that name the session. */
  hash: string;
  /** `customer:<hash>`; null for a session that is not bound to a customer. */
  customer: string | null;
  /** Epoch milliseconds; null for an anonymous id that was not issued. */
  issuedAt: number | null;
  /** The client that it was issued to, `clt_<hash>`; null if that is unknown. */
  client: string | null;
}

/**
 * Revokes and blocks sessions. A change is in force at once in this process, and within a second in all others. Each
 * method is refused `invalid_input` if there is no room for another denial.
 */
export interface SessionService {
  /** Ends a session for good; or all sessions that were issued to a customer or to a client until now. */
  revoke: Mutation<SessionRevocation, { revoked: true }>;
  /** Refuses all calls of a session or a client until a time. Refused `invalid_input` for a time in the past. */
  block: Mutation<SessionBlockInput, { blocked: true; until: number }>;
  unblock: Mutation<SessionUnblockInput, { blocked: false }>;
  /** Returns the blocks that are in force, the newest first. */
  blocks: Query<PageInput, Page<SessionBlock>>;
  /**
   * Returns null if the next two methods may decide now. Otherwise returns a promise that resolves when the denials
   * have been read again; it never rejects.
   */
  prepare(): Promise<void> | null;
  /**
   * Calls `listener` within a second after each change of the denials. Returns a function that removes the listener.
   */
  onDenials(listener: () => void): () => void;
  /** Whether the session is revoked, for a call of `client`. */
  isRevoked(session: SessionFacts, client: string | undefined): boolean;
  /** Whether calls of the session or of the client are refused. */
  isBlocked(hash: string | null, client: string | undefined): boolean;
}
