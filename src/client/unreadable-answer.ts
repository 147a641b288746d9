/** Something between this client and the server answered in its place: a proxy's own page, mostly. */
export class UnreadableAnswer extends Error {
  readonly status: number;
  /** The answer's `Retry-After`, as sent. */
  readonly retryAfter: string | null;

  constructor(status: number, retryAfter: string | null) {
    super(`The answer has status ${status} and is not JSON.`);
    this.name = 'UnreadableAnswer';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export type Fetch = typeof globalThis.fetch;

/** A `fetch` that rejects with `UnreadableAnswer` for what is not JSON: tRPC would keep of it only that it cannot parse. */
export const readableOnly = (fetch: Fetch) => async (input: Parameters<Fetch>[0], init?: object) => {
  const response = await fetch(input, init);
  if (/\bjson\b/i.test(response.headers.get('content-type') ?? '')) return response;
  await response.body?.cancel();
  throw new UnreadableAnswer(response.status, response.headers.get('retry-after'));
};
