import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { tempDir } from './temp-dir.ts';

/** The folder into which scripts/lib/prometheus.sh unpacks the programs. */
const CACHED = join(import.meta.dirname, '../../node_modules/.cache/holdfast/prometheus');

/** Returns the path of `prometheus` or `promtool`. A missing one is an error, not a reason to skip. */
export function prometheusProgram(name: 'prometheus' | 'promtool'): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), CACHED];
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found) return found;
  throw new Error(`${name} is not on the PATH: ./scripts/test unpacks it`);
}

export interface Series {
  metric: Record<string, string>;
  value: [at: number, value: string];
}

export interface Prometheus extends AsyncDisposable {
  /** Resolves to the series that a query returns now. */
  query(expression: string): Promise<Series[]>;
}

/** Starts a Prometheus on a free port of the loopback, which scrapes `target` every half second. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const dir = await tempDir();
  const config = join(dir.path, 'prometheus.yml');
  const job = { job_name: 'holdfast', static_configs: [{ targets: [target] }] };
  await writeFile(config, JSON.stringify({ global: { scrape_interval: '500ms' }, scrape_configs: [job] }));
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${dir.path}`, '--web.listen-address=127.0.0.1:0'];
  const child = spawn(prometheusProgram('prometheus'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await listeningUrl(child);
  return {
    query: async (expression) => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { status, error, data } = (await answer.json()) as {
        status: string;
        error?: string;
        data: { result: Series[] };
      };
      if (status !== 'success') throw new Error(`${expression}: ${error}`);
      return data.result;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Resolves once the process serves, to the address in its log. */
async function listeningUrl(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  let url = '';
  for await (const line of createInterface({ input: child.stderr! })) {
    lines.push(line);
    const [, address] = /Listening on.* address=(\S+)/.exec(line) ?? [];
    if (address) url = `http://${address}`;
    if (line.includes('Server is ready to receive web requests') && url) break;
  }
  if (!url) throw new Error(`prometheus ended:\n${lines.join('\n')}`);
  child.stderr!.resume();
  return url;
}
