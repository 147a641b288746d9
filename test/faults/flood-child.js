/**
 * An open-loop load generator over raw sockets, in a process of its own: `node flood-child.js '{"port":...}'`. It
 * prints one JSON object when its time is over. It is plain JavaScript and parses as little as possible, because it
 * shares the machine with the server under test.
 */
import { connect } from 'node:net';

const TICK_MS = 5;
const BUCKET_MS = 10;
const GIVE_UP_MS = 20_000;
/** The longest wait of the generator for the last answers. */
const LINGER_MS = 3_000;
/** Connections that are opened in one tick: a listener's backlog is finite. */
const OPENED_PER_TICK = 50;

const { port, connections, perSecond, seconds, skus, run } = JSON.parse(process.argv[2]);
/** Without a rate the loop is closed: each connection sends its next request when the last one is answered. */
const isOpen = perSecond > 0;
const totals = { sent: 0, unsent: 0, ok: 0, shed: 0, other: 0, gaveUp: 0, broken: 0 };
const latencies = { ok: [], shed: [] };
const idle = [];
const clients = new Set();
let serial = 0;
let isOver = false;
let connected = 0;

function request() {
  serial += 1;
  const body = `{"json":{"sku":"sku-${serial % skus}","quantity":1}}`;
  return (
    'POST /trpc/cart.add HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n' +
    `x-session-id: flood-${run}-${serial}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  );
}

function open() {
  const client = { socket: connect({ port, host: '127.0.0.1', noDelay: true }), since: 0, text: '' };
  clients.add(client);
  client.socket.setEncoding('latin1');
  client.socket.on('connect', () => {
    connected += 1;
    ready(client);
  });
  client.socket.on('data', (chunk) => receive(client, chunk));
  client.socket.on('error', () => undefined);
  client.socket.on('close', () => lost(client));
}

function ready(client) {
  if (isOpen) idle.push(client);
  else if (!isOver) send(client, performance.now());
}

function send(client, since) {
  client.since = since;
  totals.sent += 1;
  client.socket.write(request());
}

function receive(client, chunk) {
  client.text = client.text === '' ? chunk : client.text + chunk;
  const { text } = client;
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return;
  const length = /\r\ncontent-length: (\d+)/i.exec(text);
  if (text.length < end + 4 + Number(length?.[1] ?? 0)) return;
  client.text = '';
  count(text.slice(9, 12), performance.now() - client.since);
  client.since = 0;
  ready(client);
}

function count(status, ms) {
  const kind = status === '200' ? 'ok' : status === '429' ? 'shed' : 'other';
  totals[kind] += 1;
  if (kind === 'other') return;
  const bucket = Math.floor(ms / BUCKET_MS);
  latencies[kind][bucket] = (latencies[kind][bucket] ?? 0) + 1;
}

function lost(client) {
  if (client.since > 0) totals.broken += 1;
  client.since = 0;
  clients.delete(client);
  const place = idle.indexOf(client);
  if (place >= 0) idle.splice(place, 1);
}

/** A client that has waited too long disconnects and reconnects. */
function giveUp(now) {
  for (const client of clients) {
    if (client.since === 0 || now - client.since < GIVE_UP_MS) continue;
    totals.gaveUp += 1;
    client.since = 0;
    client.socket.destroy();
  }
}

function percentile(buckets, share) {
  const all = buckets.reduce((sum, n) => sum + (n ?? 0), 0);
  let left = all * share;
  for (let bucket = 0; bucket < buckets.length; bucket += 1) {
    left -= buckets[bucket] ?? 0;
    if (left <= 0 && all > 0) return (bucket + 1) * BUCKET_MS;
  }
  return 0;
}

function report(okInTime, waiting) {
  const { user, system } = process.cpuUsage();
  const of = (kind) => ({ p50Ms: percentile(latencies[kind], 0.5), p99Ms: percentile(latencies[kind], 0.99) });
  const cpuSeconds = (user + system) / 1_000_000;
  const goodput = Math.round(okInTime / seconds);
  process.stdout.write(
    `${JSON.stringify({ ...totals, waiting, goodput, okMs: of('ok'), shedMs: of('shed'), cpuSeconds })}\n`,
  );
}

const until = (isDone) =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!isDone()) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });

const opened = until(() => {
  const missing = Math.min(connections - clients.size, OPENED_PER_TICK);
  for (let n = 0; n < missing; n += 1) open();
  return missing === 0 && connected >= connections;
});
await opened;
const start = performance.now();
const endMs = seconds * 1_000;
const okBefore = totals.ok;
let due = 0;
await until(() => {
  const now = performance.now();
  giveUp(now);
  while (clients.size < connections) open();
  if (isOpen) {
    const arrived = Math.floor((Math.min(now - start, endMs) * perSecond) / 1_000);
    for (; due < arrived; due += 1) {
      const client = idle.shift();
      if (client) send(client, now);
      else totals.unsent += 1;
    }
  }
  return now - start >= endMs;
});
isOver = true;
const waitingAtEnd = [...clients].filter(({ since }) => since > 0).length;
const okInTime = totals.ok - okBefore;
const lingerEnd = performance.now() + LINGER_MS;
await until(() => performance.now() >= lingerEnd || ![...clients].some(({ since }) => since > 0));
report(okInTime, waitingAtEnd);
process.exit(0);
