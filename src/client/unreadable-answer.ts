/** The answer does not come from the server. Usually it is a proxy's own page. */
export class UnreadableAnswer extends Error {
  readonly status: number;
  /** The `Retry-After` header of the answer, unparsed. */
  readonly retryAfter: string | null;

  constructor(status: number, retryAfter: string | null) {
    super(`The answer has status ${status} and is not JSON.`);
    this.name = 'UnreadableAnswer';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export type Fetch = typeof globalThis.fetch;

/** Returns a `fetch` that rejects with `UnreadableAnswer` if the answer is not JSON. tRPC's own error has no status. */
export const readableOnly = (fetch: Fetch) => async (input: Parameters<Fetch>[0], init?: object) => {
  const response = await fetch(input, init);
  if (/\bjson\b/i.test(response.headers.get('content-type') ?? '')) return response;
  await response.body?.cancel();
  throw new UnreadableAnswer(response.status, response.headers.get('retry-after'));
};
