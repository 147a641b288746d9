import { Dice } from '../support/dice.ts';

/** Something that may happen at `readyAt` or later, in virtual milliseconds. */
interface Task {
  readyAt: number;
  label: string;
  run: () => void;
}

/**
 * A lane is a source of events whose order is fixed: the timers of a process, the ends of its turns, its writes in the
 * order in which they were sent. The seed decides from which lane the next event comes.
 */
type Lane = Task[];

/** The longest time for which a whole machine stands still now and then. */
const STALL_MS_MAX = 1_500;

/** Decides what happens next, from a seed alone. Time passes only when nothing else can happen, or by a stall. */
export class Scheduler {
  readonly dice: Dice;
  /** Lines of what happened; null: nobody reads them. */
  readonly trace: string[] | null;
  readonly #lanes = new Map<string, Lane>();
  readonly #stallChance: number;
  nowMs = 0;
  /** The events so far. */
  steps = 0;
  /** The time for which the machine has stood still. */
  stalledMs = 0;
  /** Whether it does not stand still any more. */
  isCalm = false;

  constructor(seed: number, { isTraced = false }: { isTraced?: boolean } = {}) {
    this.dice = new Dice(seed, 'scheduler');
    this.trace = isTraced ? [] : null;
    this.#stallChance = this.dice.pick([0, 0, 0.002, 0.01]);
  }

  /** Adds an event to a lane, behind all that are ready before it or at the same time. Returns a function to cancel. */
  add(lane: string, task: Task): () => void {
    const tasks = this.#lanes.get(lane) ?? [];
    if (tasks.length === 0) this.#lanes.set(lane, tasks);
    let place = tasks.length;
    while (place > 0 && tasks[place - 1]!.readyAt > task.readyAt) place -= 1;
    tasks.splice(place, 0, task);
    return () => this.#remove(lane, task);
  }

  /** Resolves after `ms` of virtual time. */
  sleep(lane: string, ms: number): Promise<void> {
    return new Promise((resolve) => this.add(lane, { readyAt: this.nowMs + ms, label: 'wakes', run: resolve }));
  }

  /** Drops all events of the lanes whose names begin with `prefix`. */
  drop(prefix: string): void {
    for (const lane of this.#lanes.keys()) if (lane.startsWith(prefix)) this.#lanes.delete(lane);
  }

  note(line: () => string): void {
    this.trace?.push(`${this.nowMs} ${line()}`);
  }

  /** Lets the next event happen. Returns false if there is none. */
  step(): boolean {
    if (!this.isCalm && this.#stallChance > 0 && this.dice.chance(this.#stallChance)) {
      const ms = this.dice.between(1, STALL_MS_MAX);
      this.nowMs += ms;
      this.stalledMs += ms;
    }
    const ready = this.#ready();
    const name = ready.length === 1 ? ready[0] : ready.length > 1 ? this.dice.pick(ready) : undefined;
    const task = name === undefined ? undefined : this.#lanes.get(name)?.shift();
    if (name === undefined || !task) return false;
    if (this.#lanes.get(name)?.length === 0) this.#lanes.delete(name);
    this.steps += 1;
    this.note(() => `${name} ${task.label}`);
    task.run();
    return true;
  }

  /** The lanes whose first event is ready. If there are none, time passes until there is one. */
  #ready(): string[] {
    const ready: string[] = [];
    let earliest = Number.POSITIVE_INFINITY;
    for (const [name, [first]] of this.#lanes) {
      if (first!.readyAt <= this.nowMs) ready.push(name);
      if (first!.readyAt < earliest) earliest = first!.readyAt;
    }
    if (ready.length > 0 || earliest === Number.POSITIVE_INFINITY) return ready;
    this.nowMs = earliest;
    return this.#ready();
  }

  #remove(lane: string, task: Task): void {
    const tasks = this.#lanes.get(lane);
    const place = tasks?.indexOf(task) ?? -1;
    if (!tasks || place < 0) return;
    tasks.splice(place, 1);
    if (tasks.length === 0) this.#lanes.delete(lane);
  }
}

/** Real turns of the event loop between which all promises settle, and that one turn of the loop runs. */
const TURNS_AT_ONCE = 16;

/** Lets events happen until `main` settles, or until there are none or too many. Resolves with the reason. */
export function drive(
  scheduler: Scheduler,
  main: Promise<void>,
  stepsMax: number,
): Promise<'done' | 'stuck' | 'endless'> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let idleTurns = 0;
    const end = (reason: 'done' | 'stuck' | 'endless'): void => {
      isOver = true;
      resolve(reason);
    };
    main.then(
      () => end('done'),
      (error: unknown) => {
        isOver = true;
        reject(error);
      },
    );
    const turn = (isLast: boolean): void => {
      if (isOver) return;
      try {
        idleTurns = scheduler.step() ? 0 : idleTurns + 1;
      } catch (error) {
        isOver = true;
        return reject(error);
      }
      if (scheduler.steps > stepsMax) return end('endless');
      if (idleTurns > TURNS_AT_ONCE) return end('stuck');
      if (isLast) turns();
    };
    const turns = (): void => {
      for (let n = 1; n <= TURNS_AT_ONCE; n += 1) setImmediate(turn, n === TURNS_AT_ONCE);
    };
    turns();
  });
}
