import type { SessionBlock } from '../../contract/outputs/admin-outputs.ts';
import { CLIENT_PATTERN } from '../../contract/caller-names.ts';
import { DOCUMENT_BODY_BYTES_MAX, DURATION_MS_MAX } from '../../domain/limits.ts';
import type { PutStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, putDocument, type StoredDocument } from '../../transact/documents/json-document.ts';
import { denialsKey, DENIALS_KEY } from '../../transact/documents/names.ts';

/** Denials are spread over this many documents by their name, so that one change rewrites few of them. */
export const DENIAL_PAGES = 16;
/** Documents outlive their denials by this, because processes compare denials with their own clocks. */
const GRACE_MS = 3_600_000;

/** A refusal of sessions. A revoked session is invalid; a blocked session stays valid, but its calls are refused. */
export interface Denial {
  kind: 'revoked' | 'blocked';
  /** The hash of a session, `customer:<hash>`, or `clt_<hash>`. */
  name: string;
  /** When it was created, in epoch milliseconds. For a customer or a client, sessions issued until then are revoked. */
  at: number;
  /** When it ends, in epoch milliseconds. */
  until: number;
  by: string;
  reason?: string;
}

/** Returns the page of a name. Names end with base64url characters of a hash. */
export const denialPageOf = (name: string): number => name.charCodeAt(name.length - 1) % DENIAL_PAGES;

/** Returns a count of changes for each page. Processes read this document often, and a page only after a change. */
export const changesIn = (view: Snapshot): StoredDocument<number[]> => documentIn(view, DENIALS_KEY, []);

export const denialsIn = (view: Snapshot, page: number): StoredDocument<Denial[]> =>
  documentIn(view, denialsKey(page), []);

/** The denial of a kind and a name, or null for none. */
export interface DenialChange extends Pick<Denial, 'kind' | 'name'> {
  denial: Denial | null;
}

const denialPagesOf = (changes: readonly DenialChange[]): number[] => [
  ...new Set(changes.map(({ name }) => denialPageOf(name))),
];

/** Returns the keys of the documents that `changeDenials` reads. */
export const keysFor = (changes: readonly DenialChange[]): string[] => [
  DENIALS_KEY,
  ...denialPagesOf(changes).map(denialsKey),
];

const isChanged = (one: Denial, changes: readonly DenialChange[]): boolean =>
  changes.some(({ kind, name }) => kind === one.kind && name === one.name);

/** Returns the denials in force that changes replace or delete. */
export const denialsReplaced = (view: Snapshot, changes: readonly DenialChange[], now: number): Denial[] =>
  denialPagesOf(changes)
    .flatMap((page) => denialsIn(view, page).value)
    .filter((one) => one.until > now && isChanged(one, changes));

/** Returns a block as operators see it. */
export const shownBlock = ({ name, at, until, by, reason = '' }: Denial): SessionBlock => ({
  ...(CLIENT_PATTERN.test(name) ? { client: name } : { session: name }),
  reason,
  at,
  until,
  by,
});

/** Returns the steps of changes, which also drop denials that have ended. Null: a page has no room. */
export function changeDenials(view: Snapshot, changes: readonly DenialChange[], now: number): Step[] | null {
  const counted = changesIn(view);
  const counts = Array.from({ length: DENIAL_PAGES }, (_, page) => counted.value[page] ?? 0);
  const puts = denialPagesOf(changes).map((page) => {
    counts[page] = (counts[page] ?? 0) + 1;
    const here = changes.filter(({ name }) => denialPageOf(name) === page);
    return putPage(page, denialsIn(view, page), here, now);
  });
  const hasRoom = puts.every(({ body = '' }) => Buffer.byteLength(body) <= DOCUMENT_BODY_BYTES_MAX);
  return hasRoom ? [...puts, putDocument(DENIALS_KEY, counted, counts)] : null;
}

function putPage(
  page: number,
  stored: StoredDocument<Denial[]>,
  changes: readonly DenialChange[],
  now: number,
): PutStep {
  const kept = stored.value.filter((one) => one.until > now && !isChanged(one, changes));
  const denials = [...kept, ...changes.flatMap(({ denial }) => denial ?? [])];
  const last = Math.max(now, ...denials.map(({ until }) => until));
  const put = putDocument(denialsKey(page), stored, denials);
  return { ...put, dueInMs: Math.min(last - now + GRACE_MS, DURATION_MS_MAX) };
}
