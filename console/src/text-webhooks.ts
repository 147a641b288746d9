import { number } from './format.ts';

const events = (count: number): string => (count === 1 ? '1 event' : `${number(count)} events`);

/** Why an attempt failed, for the words that the server stores instead of a status. */
const WORDS: Readonly<Record<string, string>> = {
  timeout: 'The receiver did not answer within 15 seconds.',
  private_address: 'The name leads to a private address, which the server refuses.',
  ECONNREFUSED: 'Nothing listens at the address.',
  ECONNRESET: 'The receiver cut the connection.',
  ENOTFOUND: 'The name of the receiver is unknown.',
  EAI_AGAIN: 'The name of the receiver could not be looked up.',
  CERT_HAS_EXPIRED: 'The certificate of the receiver has expired.',
  '401': 'The receiver did not accept the signature. Compare its secret with that of the endpoint.',
  '403': 'The receiver did not accept the signature. Compare its secret with that of the endpoint.',
  '404': 'The receiver has nothing at this path. Check the URL.',
  '410': 'The receiver answered that the endpoint is gone, so the server has turned it off.',
  '429': 'The receiver is busy. The server sends later.',
};

/** Returns what a status of an attempt means, as a sentence. */
function why(status: string): string {
  const word = WORDS[status];
  if (word !== undefined) return word;
  if (/^3\d\d$/.test(status)) return 'The receiver redirects, which is not followed. Use the final URL.';
  if (/^4\d\d$/.test(status)) return 'The receiver refused the event.';
  if (/^5\d\d$/.test(status)) return 'The receiver failed. Look at its log.';
  return 'The connection to the receiver failed.';
}

const status = (text: string): string => (/^\d{3}$/.test(text) ? `HTTP ${text}` : text);

export const WEBHOOKS_TEXT = {
  lead: 'Who receives events of the shop, what is late, and why.',
  endpoint: 'Endpoint',
  endpoints: 'Endpoints',
  state: 'State',
  why: 'Why',
  waiting: 'Waiting',
  dead: 'Dead letters',
  next: 'Next attempt',
  created: 'Created',
  url: 'URL',
  description: 'Description',
  descriptionHint: 'Optional: who receives the events.',
  urlHint: 'The server sends a POST for each event. Only https:// and public addresses, unless it allows others.',
  urlProblem: 'This is not a URL that begins with https:// or http://.',
  subscribed: 'Events',
  allEvents: 'All events, also those of later versions',
  contact: 'Send the contacts of buyers',
  contactHint: 'Only for receivers that need them.',
  status,
  reasonOf: why,
  states: { delivering: 'Delivering', late: 'Late', failing: 'Failing', off: 'Off' } as const,
  offReasons: {
    operator: 'An operator has paused it. Nothing is sent.',
    gone: 'The receiver answered 410 Gone, so the server has turned it off.',
    dead_letters_full: 'It has 800 dead letters, so the server has turned it off to lose none.',
  } as const,
  replayed: 'Replayed events wait for their first attempt.',
  fine: 'All events were delivered.',
  verdictFine: 'Every endpoint receives its events.',
  verdict: (failing: number, all: number) =>
    `${number(failing)} of ${number(all)} ${all === 1 ? 'endpoint has' : 'endpoints have'} a problem.`,
  counts: (waiting: number, dead: number) =>
    [
      waiting > 0 && `${events(waiting)} waiting`,
      dead > 0 && (dead === 1 ? '1 dead letter' : `${number(dead)} dead letters`),
    ]
      .filter(Boolean)
      .join(', '),
  oldest: 'Oldest since',
  none: 'No endpoints',
  noneLead: 'The shop sends no webhooks. Add an endpoint to send its events to another system.',
  add: 'Add an endpoint',
  addEffects: (url: string) => [`Sends all events from now on to ${url}.`, 'Shows the signing secret once.'],
  addSomeEffects: (url: string, count: number) => [
    `Sends ${count === 1 ? 'one kind' : `${number(count)} kinds`} of events from now on to ${url}.`,
    'Shows the signing secret once.',
  ],
  added: 'The endpoint was added.',
  back: 'All endpoints',
  pause: 'Pause',
  pauseEffects: (url: string) => [
    `Sends nothing to ${url} until it is enabled again.`,
    'The events stay in the ledger, and follow later, if its retention has not ended by then.',
  ],
  paused: 'The endpoint is paused.',
  enable: 'Enable',
  enableEffects: (url: string, waiting: number) => [
    waiting > 0
      ? `Sends the ${events(waiting)} that wait, and all later ones, to ${url}.`
      : `Sends events to ${url} again.`,
  ],
  enabled: 'The endpoint is enabled.',
  rotate: 'Replace the secret',
  rotateEffects: [
    'Creates another signing secret and shows it once.',
    'For one day, events are signed with the old one too, so the receiver has time to change.',
  ],
  rotated: 'The secret was replaced.',
  remove: 'Delete',
  removeEffects: (url: string, waiting: number, dead: number) => [
    `Deletes the endpoint ${url}.`,
    waiting + dead > 0
      ? `Its ${events(waiting)} that wait and its ${number(dead)} dead letters are lost.`
      : 'No event waits for it.',
  ],
  removed: 'The endpoint was deleted.',
  replay: 'Replay',
  replayAll: 'Replay all',
  replayEffects: (count: number) => [
    `Sends ${events(count)} again, with the same ids. A receiver that has seen one can skip it.`,
    'The schedule of attempts begins again.',
  ],
  replayedCount: (count: number, left: number) =>
    left > 0 ? `${events(count)} replayed, ${number(left)} dead letters are left.` : `${events(count)} replayed.`,
  secretTitle: 'The signing secret',
  secretNote: 'Copy it now: it is not shown again. The receiver verifies each event with it.',
  waitingNote: 'They are sent again by themselves. After eight attempts, about 28 hours, they are dead letters.',
  deadNote: 'They are not sent any more. Mend the receiver, then replay them.',
  noWaiting: 'No event waits for this endpoint.',
  noDead: 'No event was given up.',
  notKept: 'Delivered events are not listed: their receiver has them.',
  event: 'Event',
  subject: 'Subject',
  happened: 'Happened',
  attempts: 'Attempts',
  result: 'Last result',
  notTried: 'not tried yet',
  given: 'Given up',
  unnamed: 'no description',
};
