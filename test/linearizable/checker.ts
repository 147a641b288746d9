/** One call of a history. Times come from one clock, or are positions in a list of events. */
export interface Operation<Input, Output> {
  input: Input;
  /** Null: the outcome is unknown. Then the call may take effect at any time after `began`, or never. */
  output: Output | null;
  began: number;
  /** When the answer came; ignored if the outcome is unknown. */
  ended: number;
}

/** The sequential specification of an object. */
export interface Specification<State, Input, Output> {
  initial: State;
  /**
   * Returns the state after a call with this answer; null if the answer is wrong in this state. For an unknown outcome
   * (`output` null), returns the state after the effect, or null if there is none in this state.
   */
  apply: (state: State, input: Input, output: Output | null) => State | null;
  /** Equal states have equal texts. */
  text: (state: State) => string;
  /** Calls with an unknown outcome have the same effect in any state if they have the same text here. */
  effect: (input: Input) => string;
}

export type Verdict =
  | { isLinearizable: true }
  /** `explained` is the longest prefix that has an order, as indexes; `stuckAt` are the calls that did not fit next. */
  | { isLinearizable: false; explained: readonly number[]; stuckAt: readonly number[] }
  /** The search was given up. */
  | { isLinearizable: null };

interface Event {
  operation: number;
  isEnd: boolean;
  previous: Event | null;
  next: Event | null;
  /** The end of a beginning; null for an unknown outcome. */
  end: Event | null;
}

const STEPS_MAX = 2_000_000;

/** A choice that was made: one of the calls that could come next. */
interface Choice<State> {
  before: State;
  candidates: readonly Event[];
  /** The next candidate to try. */
  next: number;
}

/**
 * Searches for an order of the calls that is allowed by the specification and in which no call is before one that had
 * ended when it began (Wing and Gong, 1993), and remembers the sets of calls and states that it has tried (Lowe, 2017).
 */
export function checkLinearizable<State, Input, Output>(
  specification: Specification<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  stepsMax = STEPS_MAX,
): Verdict {
  return new Search(specification, history).run(stepsMax);
}

class Search<State, Input, Output> {
  readonly #specification: Specification<State, Input, Output>;
  readonly #history: readonly Operation<Input, Output>[];
  readonly #head: Event;
  /** The calls that have a place, as bits and in their order. */
  readonly #done: Uint32Array;
  readonly #order: Event[] = [];
  readonly #tried = new Set<string>();
  #open: number;
  #best: { explained: readonly number[]; stuckAt: readonly number[] } = { explained: [], stuckAt: [] };

  constructor(specification: Specification<State, Input, Output>, history: readonly Operation<Input, Output>[]) {
    this.#specification = specification;
    this.#history = history;
    this.#head = eventsOf(history);
    this.#done = new Uint32Array(Math.ceil(history.length / 32) || 1);
    this.#open = history.filter(({ output }) => output !== null).length;
  }

  run(stepsMax: number): Verdict {
    const choices = [this.#choice(this.#specification.initial)];
    for (let steps = 0; this.#open > 0; steps += 1) {
      if (steps > stepsMax) return { isLinearizable: null };
      const choice = choices.at(-1);
      if (!choice) return { isLinearizable: false, ...this.#best };
      const candidate = choice.candidates[choice.next];
      choice.next += 1;
      if (!candidate) {
        this.#noteBest(choice);
        choices.pop();
        this.#undo();
        continue;
      }
      const after = this.#take(candidate, choice.before);
      if (after !== null) choices.push(this.#choice(after));
    }
    return { isLinearizable: true };
  }

  /**
   * The calls that may come next: those that began before the first answer of a call without a place. Calls with an
   * unknown outcome are tried last, and of several with the same effect only the first.
   */
  #choice(before: State): Choice<State> {
    const known: Event[] = [];
    const unknown = new Map<string, Event>();
    for (let event = this.#head.next; event && !event.isEnd; event = event.next) {
      const { input, output } = this.#history[event.operation]!;
      const effect = output === null ? this.#specification.effect(input) : '';
      if (output !== null) known.push(event);
      else if (!unknown.has(effect)) unknown.set(effect, event);
    }
    return { before, candidates: [...known, ...unknown.values()], next: 0 };
  }

  /** Gives a call the next place. Returns the state after it; null if it does not fit, or was tried before. */
  #take(event: Event, before: State): State | null {
    const { input, output } = this.#history[event.operation]!;
    const after = this.#specification.apply(before, input, output);
    if (after === null) return null;
    flip(this.#done, event.operation);
    const key = `${this.#done.join()} ${this.#specification.text(after)}`;
    if (this.#tried.has(key)) {
      flip(this.#done, event.operation);
      return null;
    }
    this.#tried.add(key);
    this.#order.push(event);
    lift(event);
    if (output !== null) this.#open -= 1;
    return after;
  }

  #undo(): void {
    const event = this.#order.pop();
    if (!event) return;
    unlift(event);
    flip(this.#done, event.operation);
    if (this.#history[event.operation]!.output !== null) this.#open += 1;
  }

  #noteBest({ candidates }: Choice<State>): void {
    if (this.#order.length < this.#best.explained.length) return;
    const places = (events: readonly Event[]): number[] => events.map(({ operation }) => operation);
    this.#best = { explained: places(this.#order), stuckAt: places(candidates) };
  }
}

/** Returns the head of the list of all beginnings and ends, in the order of their times. */
function eventsOf(history: readonly Operation<unknown, unknown>[]): Event {
  const events: { at: number; event: Event }[] = [];
  for (const [operation, { output, began, ended }] of history.entries()) {
    const begin: Event = { operation, isEnd: false, previous: null, next: null, end: null };
    events.push({ at: began, event: begin });
    if (output === null) continue;
    begin.end = { operation, isEnd: true, previous: null, next: null, end: null };
    events.push({ at: ended, event: begin.end });
  }
  // At the same time, beginnings come first: the calls overlap.
  events.sort((a, b) => a.at - b.at || Number(a.event.isEnd) - Number(b.event.isEnd));
  const head: Event = { operation: -1, isEnd: false, previous: null, next: null, end: null };
  let last = head;
  for (const { event } of events) {
    last.next = event;
    event.previous = last;
    last = event;
  }
  return head;
}

function lift(begin: Event): void {
  unlink(begin);
  if (begin.end) unlink(begin.end);
}

/** Undoes `lift`, in the reverse order. */
function unlift(begin: Event): void {
  if (begin.end) relink(begin.end);
  relink(begin);
}

function unlink(event: Event): void {
  if (event.previous) event.previous.next = event.next;
  if (event.next) event.next.previous = event.previous;
}

function relink(event: Event): void {
  if (event.previous) event.previous.next = event;
  if (event.next) event.next.previous = event;
}

function flip(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) ^ (1 << (index & 31));
}
