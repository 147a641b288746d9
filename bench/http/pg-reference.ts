import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';

/** The parts that the references over HTTP and PostgreSQL share. Settings are PGHOST and POOL. */
export const POOL_SIZE = Number(process.env['POOL']);
export const pool = new Pool({
  host: process.env['PGHOST'] ?? '',
  user: 'postgres',
  database: 'postgres',
  max: POOL_SIZE,
});

export interface Answer {
  status: number;
  /** JSON. */
  body: string;
}

/** Serves until SIGTERM. Prints a line of JSON with the URL once it listens. Answers 500 where a handler rejects. */
export function serveReference(handle: (body: string, session: unknown) => Promise<Answer>): void {
  const server = createServer((request, response) => {
    const answer = ({ status, body }: Answer): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    };
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      handle(text, request.headers['x-session-id']).then(answer, (error: unknown) =>
        answer({ status: 500, body: JSON.stringify({ error: String(error) }) }),
      );
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` }));
  });
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
    void pool.end().then(() => process.exit());
  });
}
