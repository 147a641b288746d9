import { InvalidArgumentError } from 'commander';
import { wholeNumber } from './cli-context.ts';

/** A parsed `--line`: units of a SKU. */
export interface Line {
  sku: string;
  quantity: number;
}

/** Parses `--line`, which may be given several times. A SKU may contain `=`, so the last one is the separator. */
export function addLine(text: string, known: Line[] = []): Line[] {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected a SKU and a number, such as MUG=2.');
  return [...known, { sku: text.slice(0, at), quantity: wholeNumber(text.slice(at + 1)) }];
}
