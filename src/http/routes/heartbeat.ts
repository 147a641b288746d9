interface Pinged {
  ping(): void;
}

const HEARTBEAT_MS = 1_000;

/**
 * Pings each member once in an interval. One timer serves all members, a part of them at each beat. It runs only while
 * there are members.
 */
export class Heartbeat {
  readonly #parts: Set<Pinged>[];
  readonly #partOf = new Map<Pinged, Set<Pinged>>();
  #beat = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `intervalMs` is a whole number of seconds. */
  constructor(intervalMs: number) {
    this.#parts = Array.from({ length: Math.max(1, intervalMs / HEARTBEAT_MS) }, () => new Set());
  }

  add(member: Pinged): void {
    const smallest = this.#parts.reduce((least, part) => (part.size < least.size ? part : least));
    smallest.add(member);
    this.#partOf.set(member, smallest);
    this.#timer ??= setInterval(() => this.#ping(), HEARTBEAT_MS).unref();
  }

  remove(member: Pinged): void {
    this.#partOf.get(member)?.delete(member);
    this.#partOf.delete(member);
    if (this.#partOf.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #ping(): void {
    this.#beat = (this.#beat + 1) % this.#parts.length;
    for (const member of this.#parts[this.#beat] ?? []) member.ping();
  }
}
