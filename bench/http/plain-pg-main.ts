// The reference over HTTP: what a shop would write first. It reserves, and does nothing else: no cart, no ledger, no expiry,
// no request record. Settings are PGHOST and POOL.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { CONDITIONAL_UPDATE } from '../postgres/schemes.ts';

const pool = new Pool({
  host: process.env['PGHOST'] ?? '',
  user: 'postgres',
  database: 'postgres',
  max: Number(process.env['POOL']),
});

async function reserve(body: string, owner: unknown, response: ServerResponse): Promise<void> {
  const { sku, quantity } = JSON.parse(body) as { sku: string; quantity: number };
  const { rows } = await pool.query<{ hold_id: string }>({
    name: 'reserve',
    text: CONDITIONAL_UPDATE,
    values: [sku, quantity, owner],
  });
  const [hold] = rows;
  answer(response, hold ? 200 : 409, hold ? { holdId: hold.hold_id } : { reason: 'insufficient_stock' });
}

function answer(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    reserve(body, request.headers['x-session-id'], response).catch((error: unknown) =>
      answer(response, 500, { error: String(error) }),
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
