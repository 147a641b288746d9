import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { notify } from '../../parts/notices.ts';
import { Card, Section } from '../../parts/page.tsx';
import { TEXT } from '../../text.ts';
import type { BulkFormat } from '../../../../src/client/client.ts';
import { errorText } from '../../parts/error-text.tsx';
import { shopFiles } from './shop-files.ts';
import styles from './bulk.module.css';

const { import: text } = TEXT;
const FORMATS = ['csv', 'jsonl'] as const;

/** Lets the browser save a file. */
function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

/** Resolves with a whole export. */
async function readExport(format: BulkFormat, onBytes: (bytes: number) => void): Promise<Blob> {
  const parts: BlobPart[] = [];
  let bytes = 0;
  for await (const part of shopFiles().exportStock({ format })) {
    parts.push(part as Uint8Array<ArrayBuffer>);
    bytes += part.byteLength;
    onBytes(bytes);
  }
  return new Blob(parts);
}

/** Saves all SKUs as a file, only once it is complete. */
export function ExportSection() {
  const [bytes, setBytes] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (format: BulkFormat): Promise<void> => {
    setBytes(0);
    setProblem(null);
    try {
      save(await readExport(format, setBytes), `stock.${format}`);
      notify(text.exported);
    } catch (error) {
      setProblem(errorText(error, text.exportBroken));
    }
    setBytes(null);
  };
  return (
    <Section title={text.export} note={text.exportNote}>
      <Card>
        <div className={styles.exports}>
          {FORMATS.map((format) => (
            <Button key={format} disabled={bytes !== null} onClick={() => void run(format)}>
              {text.exportAs[format]}
            </Button>
          ))}
          {bytes !== null && <span role="status">{text.exporting(text.size(bytes))}</span>}
        </div>
        {problem !== null && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
      </Card>
    </Section>
  );
}
