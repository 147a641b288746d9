/** The cluster as a node sees it: the nodes that have not failed, by id. */
export type ClusterView = ReadonlyMap<string, SeenNode>;

interface SeenNode {
  readonly role: 'master' | 'replica';
  /** The id of a replica's master. */
  readonly follows: string;
  /** The slots of a master, for instance `0-5460`. */
  readonly slots: readonly string[];
}

/** Reads the answer of CLUSTER NODES. */
export function viewOf(text: string): ClusterView {
  const lines = text.split('\n').filter(Boolean).toSorted();
  return new Map(
    lines
      .map(readLine)
      .filter(([, , flags]) => !flags.includes('fail'))
      .map(([id, node]) => [id, node]),
  );
}

function readLine(line: string): [id: string, node: SeenNode, flags: string[]] {
  const [id = '', , words = '', follows = '', , , , , ...slots] = line.split(' ');
  const flags = words.split(',');
  const role = flags.includes('master') ? 'master' : 'replica';
  // A slot that moves is in brackets, and only in the view of the two masters that move it.
  return [id, { role, follows, slots: slots.filter((range) => !range.startsWith('[')) }, flags];
}

/** Returns whether all views are the same. */
export function isAgreed(views: readonly ClusterView[]): boolean {
  return new Set(views.map((view) => JSON.stringify([...view]))).size === 1;
}

export function mastersIn(view: ClusterView): string[] {
  return [...view].filter(([, { role }]) => role === 'master').map(([id]) => id);
}

export function ownerIn(view: ClusterView, slot: number): string | undefined {
  return mastersIn(view).find((id) => view.get(id)?.slots.some((range) => isWithin(range, slot)));
}

export function replicasIn(view: ClusterView, slot: number): string[] {
  const owner = ownerIn(view, slot);
  return [...view].filter(([, { role, follows }]) => role === 'replica' && follows === owner).map(([id]) => id);
}

function isWithin(range: string, slot: number): boolean {
  const [first = 0, last = first] = range.split('-').map(Number);
  return slot >= first && slot <= last;
}
