import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ImportReport } from '../../../../src/contract/stock-outputs.ts';
import { notify } from '../../parts/notices.ts';
import { TEXT } from '../../text.ts';
import { BulkFailure, type Format, sendImport } from './bulk-calls.ts';

type Step = 'choosing' | 'checking' | 'checked' | 'applying' | 'done';

interface ImportState {
  step: Step;
  /** Rows of the current step. */
  rows: number;
  checked: ImportReport | null;
  result: ImportReport | null;
  problem: string | null;
}

const CHOOSING: ImportState = { step: 'choosing', rows: 0, checked: null, result: null, problem: null };
const KEY_CHARS_MAX = 255;

/** Returns the format of a file by its name; null if it is neither CSV nor JSON lines. */
export function formatOf({ name }: File): Format | null {
  if (/\.csv$/i.test(name)) return 'csv';
  return /\.(?:jsonl|ndjson)$/i.test(name) ? 'jsonl' : null;
}

/** Names a file, so that an attempt after an error continues it. The ledger shows the name. */
const keyOf = ({ name, size, lastModified }: File): string =>
  `${size}-${lastModified}-${encodeURIComponent(name)}`.slice(0, KEY_CHARS_MAX);

const sentenceOf = (error: unknown): string => (error instanceof BulkFailure ? error.message : TEXT.errors.noAnswer);

/** The steps of an import: a dry run, which writes nothing, and then the import itself. */
export function useImport() {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [state, setState] = useState(CHOOSING);
  const change = (part: Partial<ImportState>): void => setState((before) => ({ ...before, ...part }));
  const send = (chosen: File, query: Readonly<Record<string, string>>): Promise<ImportReport> =>
    sendImport({ file: chosen, format: formatOf(chosen) ?? 'csv', query, onRows: (rows) => change({ rows }) });
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    setState(CHOOSING);
  };
  const check = async (chosen: File): Promise<void> => {
    change({ ...CHOOSING, step: 'checking' });
    try {
      change({ step: 'checked', checked: await send(chosen, { dryRun: 'true' }) });
    } catch (error) {
      change({ step: 'choosing', problem: sentenceOf(error) });
    }
  };
  const apply = async (chosen: File, reason: string, again: boolean): Promise<void> => {
    change({ step: 'applying', rows: 0, problem: null });
    try {
      const query = { key: keyOf(chosen), reason, ...(again && { again: 'true' }) };
      const result = await send(chosen, query);
      change({ step: 'done', result });
      if (result.alreadyImportedAt === undefined) notify(TEXT.import.imported(result.applied));
      await queries.invalidateQueries();
    } catch (error) {
      change({ step: 'checked', problem: sentenceOf(error) });
    }
  };
  return { file, state, choose, check, apply };
}
