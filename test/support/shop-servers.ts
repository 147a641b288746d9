import { HttpCaller } from './http-caller.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import type { ShopBase } from './shop-bases.ts';

interface Member {
  server: ServerProcess;
  caller: HttpCaller;
}

/** The server processes of one shop, each of which can be killed and started again. */
export class ShopServers implements AsyncDisposable {
  readonly #environment: Record<string, string>;
  readonly #members: Promise<Member>[] = [];

  private constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  static async start({ environment, servers }: ShopBase, settings: Record<string, string> = {}): Promise<ShopServers> {
    const shop = new ShopServers({ ...environment, ...settings });
    // One after the other, because the first one creates the shop.
    for (let n = 0; n < servers; n += 1) await shop.#start(n);
    return shop;
  }

  get count(): number {
    return this.#members.length;
  }

  /** Resolves with the server, as soon as it runs again if it was killed. */
  async server(n: number): Promise<ServerProcess> {
    return (await this.#member(n)).server;
  }

  async caller(n: number): Promise<HttpCaller> {
    return (await this.#member(n)).caller;
  }

  /** Ends a server by SIGKILL, in the middle of its calls, and starts another one in its place. */
  async replace(n: number): Promise<void> {
    const killed = await this.#member(n);
    await killed.server.kill9();
    killed.caller.close();
    await this.#start(n);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const members = await Promise.allSettled(this.#members);
    for (const member of members) {
      if (member.status === 'rejected') continue;
      member.value.caller.close();
      await member.value.server[Symbol.asyncDispose]();
    }
  }

  #member(n: number): Promise<Member> {
    const member = this.#members[n % this.#members.length];
    if (!member) throw new Error('the shop has no servers');
    return member;
  }

  async #start(n: number): Promise<void> {
    this.#members[n] = startServerProcess(this.#environment).then((server) => ({
      server,
      caller: new HttpCaller(server.url),
    }));
    await this.#members[n];
  }
}
