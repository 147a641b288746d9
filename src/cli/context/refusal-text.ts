import type { Reason } from '../../contract/calls/wire-refusals.ts';
import { printable } from './table.ts';

/** A refusal as it arrives. A newer server may know reasons and fields that this program does not. */
export interface ReceivedRefusal {
  reason: string;
  message: string;
  meta: object;
}

type Advice = string | ((meta: Record<string, unknown>) => string);

const SECOND_MS = 1_000;
const afterWait: Advice = ({ retryAfterMs }) =>
  `repeat the command in ${Math.ceil(Number(retryAfterMs ?? SECOND_MS) / SECOND_MS)} s`;

/** Advice for refusals whose message alone does not say what to do. */
const ADVICE: Partial<Record<Reason, Advice>> = {
  unknown_sku: '"holdfast stock list" shows the SKUs, and "holdfast stock define" creates one',
  unknown_location: '"holdfast locations list" shows the locations, and "holdfast locations define" creates one',
  unknown_transfer: '"holdfast transfers list" shows the transfers',
  unknown_order: '"holdfast orders list" shows the orders',
  unknown_reservation: '"holdfast reservations list" shows the reservations',
  unknown_hold: '"holdfast holds list" shows the live holds',
  unknown_shop: '"holdfast shops list" shows the shops, and --of-shop or HOLDFAST_SHOP names one',
  unknown_key: '"holdfast keys list" shows the keys',
  unknown_endpoint: '"holdfast webhooks list" shows the endpoints',
  not_found: 'check that --url or HOLDFAST_URL is a Holdfast server of the version of this program',
  conflict: 'repeat the command',
  overloaded: afterWait,
  rate_limited: afterWait,
  internal: 'the log of the server has the error under this requestId',
  store_unavailable: 'repeat the command; if it fails again, see GET /health/ready and the log of the server',
  store_regressed:
    '"holdfast recover" shows what was lost; --replay restores what the processes still know, --accept drops it',
  outcome_unknown: 'check whether it took effect before you repeat the command',
};

/** Returns one line for a refusal: its reason, what happened, and what to do. */
export function refusalLine({ reason, message, meta }: ReceivedRefusal): string {
  const fields = meta as Record<string, unknown>;
  if (reason === 'not_authorized') return keyLine(fields);
  if (reason === 'invalid_input') return issuesLine(fields);
  const details = Object.entries(fields).map(([name, value]) => `${name} ${printableValue(value)}`);
  // Programs read `meta`. People read its fields in parentheses.
  const sentence = message.replace(/; (?:\w+ \w+ with )?meta\b[^;]*$/, '').replace(/\.$/, '');
  const what = details.length === 0 ? sentence : `${sentence} (${details.join(', ')})`;
  const advice = ADVICE[reason as Reason];
  const whatToDo = typeof advice === 'function' ? advice(fields) : advice;
  return `${reason}: ${whatToDo === undefined ? what : `${what}: ${whatToDo}`}`;
}

function keyLine({ credentials, scope }: Record<string, unknown>): string {
  if (typeof scope === 'string') {
    return `the key in OPERATOR_KEY lacks the scope ${scope}: use a key with that scope; "holdfast keys whoami" shows the scopes of this one`;
  }
  return credentials === 'missing'
    ? 'OPERATOR_KEY is not set, and the server requires the key of an operator: set it in the environment'
    : 'the server does not accept this OPERATOR_KEY: set the key of the server, or one of "holdfast keys create"';
}

function issuesLine({ issues }: Record<string, unknown>): string {
  const given = Array.isArray(issues) ? (issues as { path: string; message: string }[]) : [];
  const lines = given.map(({ path, message }) => printable(path === '' ? message : `${path}: ${message}`));
  // The message of an issue that concerns the whole call is a complete sentence.
  if (given.length === 1 && given[0]?.path === '') return lines.join();
  return `invalid_input: ${lines.join('; ')}`;
}

const printableValue = (value: unknown): string => printable(typeof value === 'string' ? value : JSON.stringify(value));
