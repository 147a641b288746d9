import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transaction } from '../../src/domain/transaction.ts';
import { START } from '../support/transactions.ts';
import type { DiskShim } from './disk-shim.ts';
import { type DiskRecord, readDiskLog } from './disk-log.ts';

const CHILD = join(import.meta.dirname, 'buying-child.js');

/** A process that buys on an embedded store while its disk is recorded. */
export interface RecordedRun {
  /** Every transaction that it has sent, acknowledged or not. */
  readonly sent: Transaction[];
  /** Resolves when it has received this many acknowledgements in all. */
  acknowledgements(count: number): Promise<void>;
  /** Resolves to the first rejection of a call, or to the end of the process where that comes first. */
  readonly failure: Promise<{ fault: string | null; message: string }>;
  /** Lets the disk fail from now on: `eio`, `eio-early`, `eio-once`, `meta-eio`, or an empty word for no fault. */
  setFault(word: string): void;
  /** Ends the process by SIGKILL and returns the record of its disk. */
  kill9(): Promise<DiskRecord[]>;
}

interface Message {
  sent?: Transaction;
  acknowledged?: string;
  failed?: { fault: string | null; message: string };
}

/** `dir` is the data directory. The run's own files are in `scratch`. */
export function startRecordedRun(shim: DiskShim, dir: string, scratch: string, round = 0): RecordedRun {
  const logFile = join(scratch, `disk-${round}.log`);
  const faultFile = join(scratch, `fault-${round}`);
  const environment = shim.environment({ dataFile: '/data.mdb', logFile, faultFile });
  const child: ChildProcess = fork(CHILD, [dir, join(scratch, 'run.acks'), String(START), String(round)], {
    env: { ...process.env, ...environment },
    serialization: 'advanced',
  });
  const exited = once(child, 'exit');
  const sent: Transaction[] = [];
  let acknowledged = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  let fail: (failure: NonNullable<Message['failed']>) => void;
  const failure = new Promise<NonNullable<Message['failed']>>((resolve) => {
    fail = resolve;
  });
  void exited.then(() => fail({ fault: null, message: 'the buying process ended by itself' }));
  child.on('message', (message: Message) => {
    if (message.sent) sent.push(message.sent);
    if (message.failed) fail(message.failed);
    if (message.acknowledged === undefined) return;
    acknowledged += 1;
    for (const { count, resolve } of waiting) if (acknowledged >= count) resolve();
    waiting = waiting.filter(({ count }) => acknowledged < count);
  });
  return {
    sent,
    failure,
    acknowledgements: (count) =>
      Promise.race([
        new Promise<void>((resolve) => (acknowledged >= count ? resolve() : waiting.push({ count, resolve }))),
        exited.then(() => Promise.reject(new Error('the buying process ended early'))),
      ]),
    setFault: (word) => writeFileSync(faultFile, word),
    async kill9() {
      child.kill('SIGKILL');
      await exited;
      return readDiskLog(logFile);
    },
  };
}
