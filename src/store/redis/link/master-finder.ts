import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SentinelConnector } from 'ioredis';

type Connect = SentinelConnector['connect'];

const FAILED = /^failed to connect to sentinel (\S+):(\d+) because (.*)$/s;
const NO_MASTER = /^connected to sentinel (\S+) successfully/;

/** Finds the master as ioredis does, and rejects with the problem of each sentinel instead of the last one only. */
export class MasterFinder extends SentinelConnector {
  override async connect(emit: Parameters<Connect>[0]): ReturnType<Connect> {
    const problems: string[] = [];
    try {
      return await super.connect((type, error) => {
        if (type === 'sentinelError') problems.push(error.message);
        emit(type, error);
      });
    } catch (error) {
      if (problems.length === 0) throw error;
      const { name = '' } = this.options;
      const words = await Promise.all(problems.map((problem) => problemWords(problem, name)));
      throw new Error(`no sentinel has named the master: ${words.join('; ')}`, { cause: error });
    }
  }
}

async function problemWords(problem: string, master: string): Promise<string> {
  const empty = NO_MASTER.exec(problem)?.[1];
  if (empty !== undefined) return `sentinel ${empty} has no master of the name ${master}`;
  const [, host = '', port = '', why = problem] = FAILED.exec(problem) ?? [];
  if (/No such master/.test(why)) return `sentinel ${host}:${port} has no master of the name ${master}`;
  if (/unknown command/i.test(why)) return `${host}:${port} is not a sentinel`;
  const unresolved = await lookupProblem(host);
  return `sentinel ${host}:${port}: ${unresolved ?? why}`;
}

/** Returns why a host name has no address; null where it has one. ioredis reports only a closed connection. */
async function lookupProblem(host: string): Promise<string | null> {
  if (host === '' || isIP(host) !== 0) return null;
  return lookup(host).then(
    () => null,
    ({ code }: NodeJS.ErrnoException) => `the host name has no address (${code})`,
  );
}
