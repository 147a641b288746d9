/** What goes over the network is the business of whoever runs the service; the service says what and when. */

export interface Delivery {
  url: string;
  /** Receivers know a repetition by it. */
  id: string;
  body: string;
  /** All of them sign: while a secret is replaced, receivers may know either. */
  secrets: readonly string[];
}

export type Delivered =
  | { outcome: 'delivered'; status: string }
  /** `status`: the HTTP status, or a word. */
  | { outcome: 'failed'; status: string; retryAfterMs: number | null }
  /** The receiver wants nothing any more. */
  | { outcome: 'gone'; status: string }
  /** The attempt was broken off by the signal: as if it had not been made. */
  | { outcome: 'aborted' };

export interface WebhookSender {
  /** Never rejects, and settles within a bounded time; at once when the signal aborts. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<Delivered>;
  /** Why nothing is sent to this URL, in a sentence without the URL; null: it may be sent to. Looks its name up. */
  problemOf(url: string): Promise<string | null>;
}
