import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpAnswer, HttpCaller, type InputOf, type OutputOf, type Path } from '../http-caller.ts';
import { isAllowed, nonsenseOf } from './allowed-refusals.ts';
import type { Dice } from '../dice.ts';
import type { Faults } from './faults.ts';

/** The caller. Without a session it is the operator. */
export interface Who {
  name: string;
  session?: string;
  /** The index of the server that receives the calls. */
  server: number;
}

/** One call; several at one instant with one key; or one that the client aborts and repeats with its key. */
export type Way = 'once' | 'twice' | 'cut';

const SOCKETS = 64;
/** Far more than any call takes, and more than a server's own deadline. */
const ANSWER_MS_MAX = 15_000;
const PATIENCE_MS = [2, 8, 25];
const BREATH_MS = 5;

interface Doubt {
  again: () => Promise<void>;
}

/** Calls the servers. It checks every answer, and reports each effect once, as soon as it is known. */
export class Wire {
  readonly #callers: readonly HttpCaller[];
  readonly #impatient: readonly HttpCaller[];
  readonly #faults: Faults;
  readonly #counts = new Map<string, number>();
  readonly #doubts: Doubt[] = [];
  #keys = 0;
  answers = 0;
  cuts = 0;
  slowestMs = 0;

  constructor(urls: readonly string[], faults: Faults) {
    this.#callers = urls.map((url) => new HttpCaller(url, { sockets: SOCKETS, timeoutMs: 2 * ANSWER_MS_MAX }));
    this.#impatient = PATIENCE_MS.map((timeoutMs, index) => new HttpCaller(urls[index % urls.length]!, { timeoutMs }));
    this.#faults = faults;
  }

  async query<P extends Path>(who: Who, path: P, input: InputOf<P>): Promise<HttpAnswer<OutputOf<P>>> {
    return this.#judge(who, path, await this.#as(who).query(path, input));
  }

  /** Calls `onEffect` once, as soon as the effect is known. Resolves to the effect if there is one. */
  async mutate<P extends Path>(
    who: Who,
    path: P,
    fields: object,
    way: Way,
    onEffect: (effect: OutputOf<P>) => void = () => undefined,
  ): Promise<HttpAnswer<OutputOf<P>>> {
    const input = this.#keyed(who, fields) as InputOf<P>;
    const ask = async (offset = 0): Promise<HttpAnswer<OutputOf<P>>> =>
      this.#judge(who, path, await this.#as(who, offset).mutate(path, input));
    const answers =
      way === 'twice' ? await Promise.all([ask(), ask(1)]) : [await this.#after(way, who, path, input, ask)];
    const effects = answers.filter((answer) => answer.ok);
    this.#expectOne(who, path, effects);
    const [effect] = effects;
    if (effect) onEffect(effect.value);
    else if (way === 'cut') this.#doubts.push({ again: async () => settle(await ask(), onEffect) });
    return effect ?? answers[0]!;
  }

  /** Several calls in one request. Two of them may be the same, with one key. */
  async batch<P extends Path>(who: Who, path: P, inputs: readonly object[]): Promise<HttpAnswer<OutputOf<P>>[]> {
    const calls = inputs.map((input) => ({ json: this.#keyed(who, input) }));
    const all = calls.length > 1 ? [...calls, calls[0]!] : calls;
    const answers = await this.#as(who).batch(
      all.map(() => path),
      all,
    );
    return answers.map((answer) => this.#judge(who, path, answer as HttpAnswer<OutputOf<P>>));
  }

  /** Repeats the aborted calls that were then refused: the first attempt may have had its effect after the second. */
  async settleDoubts(): Promise<number> {
    for (const { again } of this.#doubts) await again();
    return this.#doubts.length;
  }

  note(name: string, outcome: string): void {
    const label = `${name} ${outcome}`;
    this.#counts.set(label, this.count(label) + 1);
  }

  count(label: string): number {
    return this.#counts.get(label) ?? 0;
  }

  /** A line for each procedure: how often it had which outcome. */
  summary(): string[] {
    const byName = new Map<string, string[]>();
    for (const [label, count] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [name = '', outcome = ''] = label.split(' ');
      byName.set(name, [...(byName.get(name) ?? []), `${count} ${outcome}`]);
    }
    return [...byName].map(([name, outcomes]) => `  ${name}: ${outcomes.join(', ')}`);
  }

  close(): void {
    for (const caller of [...this.#callers, ...this.#impatient]) caller.close();
  }

  async #after<P extends Path>(
    way: Way,
    who: Who,
    path: P,
    input: InputOf<P>,
    ask: () => Promise<HttpAnswer<OutputOf<P>>>,
  ): Promise<HttpAnswer<OutputOf<P>>> {
    if (way === 'cut') {
      const caller = this.#impatient[this.#keys % this.#impatient.length]!;
      const { ok } = await this.#dressed(caller, who).mutate(path, input);
      if (!ok) this.cuts += 1;
      await sleep(BREATH_MS);
    }
    return ask();
  }

  #as(who: Who, offset = 0): HttpCaller {
    return this.#dressed(this.#callers[(who.server + offset) % this.#callers.length]!, who);
  }

  #dressed(caller: HttpCaller, { session }: Who): HttpCaller {
    return session === undefined ? caller.asOperator() : caller.as(session);
  }

  #keyed({ name }: Who, fields: object): object {
    this.#keys += 1;
    return { ...fields, idempotencyKey: `${name}-${this.#keys}` };
  }

  #judge<P extends Path>(who: Who, path: P, answer: HttpAnswer<OutputOf<P>>): HttpAnswer<OutputOf<P>> {
    this.answers += 1;
    this.slowestMs = Math.max(this.slowestMs, answer.ms);
    this.note(path, answer.ok ? 'ok' : answer.reason);
    const about = (what: string) => () => `${path} of ${who.name}: ${what}`;
    this.#faults.unless(answer.ms < ANSWER_MS_MAX, about(`took ${Math.round(answer.ms)} ms`));
    if (answer.ok) return answer;
    this.#faults.unless(isAllowed(path, answer), about(`${answer.reason} ${JSON.stringify(answer.meta)}`));
    const nonsense = nonsenseOf(path, answer);
    this.#faults.unless(nonsense === null, about(`${answer.reason}, ${nonsense}`));
    return answer;
  }

  /** One key has one effect: the same order, the same granted units. */
  #expectOne(who: Who, path: Path, effects: readonly { value: unknown }[]): void {
    const results = effects.map(({ value }) => {
      const { orderId, granted } = value as { orderId?: string; granted?: number };
      return JSON.stringify([orderId, granted]);
    });
    this.#faults.unless(new Set(results).size <= 1, () => `${path} of ${who.name}: one key, ${results.join(' and ')}`);
  }
}

function settle<T>(answer: HttpAnswer<T>, onEffect: (effect: T) => void): void {
  if (answer.ok) onEffect(answer.value);
}

export const someWay = (dice: Dice): Way =>
  dice.weighted([
    [80, 'once'],
    [12, 'twice'],
    [8, 'cut'],
  ]);
