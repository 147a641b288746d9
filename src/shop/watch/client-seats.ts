/** The most subscriptions of one client. Many people may share an address, and each open page needs one. */
const PER_CLIENT_MAX = 200;

/** Counts the subscriptions of each client. Null is not counted. */
export class ClientSeats {
  readonly #taken = new Map<string, number>();

  isFull(client: string | null): boolean {
    return client !== null && (this.#taken.get(client) ?? 0) >= PER_CLIENT_MAX;
  }

  take(client: string | null): void {
    if (client !== null) this.#taken.set(client, (this.#taken.get(client) ?? 0) + 1);
  }

  free(client: string | null): void {
    if (client === null) return;
    const left = (this.#taken.get(client) ?? 0) - 1;
    if (left > 0) this.#taken.set(client, left);
    else this.#taken.delete(client);
  }
}
