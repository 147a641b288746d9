import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { BulkFormat, ImportOptions, ImportReport } from '../../../../src/client/client.ts';
import { notify } from '../../parts/notices.ts';
import { TEXT } from '../../text.ts';
import { errorText } from '../../parts/error-text.tsx';
import { shopFiles } from './shop-files.ts';

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
export function formatOf({ name }: File): BulkFormat | null {
  if (/\.csv$/i.test(name)) return 'csv';
  return /\.(?:jsonl|ndjson)$/i.test(name) ? 'jsonl' : null;
}

/** Names a file, so that an attempt after an error continues it. The ledger shows the name. */
const keyOf = ({ name, size, lastModified }: File): string =>
  `${size}-${lastModified}-${encodeURIComponent(name)}`.slice(0, KEY_CHARS_MAX);

/** The steps of an import: a dry run, which writes nothing, and then the import itself. */
export function useImport() {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [state, setState] = useState(CHOOSING);
  const change = (part: Partial<ImportState>): void => setState((before) => ({ ...before, ...part }));
  const send = (chosen: File, options: ImportOptions): Promise<ImportReport> => {
    const onProgress: ImportOptions['onProgress'] = ({ rows }) => change({ rows });
    return shopFiles().importStock(chosen, { ...options, format: formatOf(chosen) ?? 'csv', onProgress });
  };
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    setState(CHOOSING);
  };
  const check = async (chosen: File): Promise<void> => {
    change({ ...CHOOSING, step: 'checking' });
    try {
      change({ step: 'checked', checked: await send(chosen, { dryRun: true }) });
    } catch (error) {
      change({ step: 'choosing', problem: errorText(error) });
    }
  };
  const apply = async (chosen: File, reason: string, again: boolean): Promise<void> => {
    change({ step: 'applying', rows: 0, problem: null });
    try {
      const result = await send(chosen, { key: keyOf(chosen), reason, again });
      change({ step: 'done', result });
      if (result.alreadyImportedAt === undefined) notify(TEXT.import.imported(result.applied));
      await queries.invalidateQueries();
    } catch (error) {
      change({ step: 'checked', problem: errorText(error, TEXT.import.broken) });
    }
  };
  return { file, state, choose, check, apply };
}
