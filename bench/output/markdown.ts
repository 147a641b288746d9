import type { Bench, Failed, Ratio, Report, ReportResult, Results } from '../core/types.ts';
import { isFailed } from '../core/types.ts';
import { number, reachText, verdict } from './words.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

export interface Layout {
  /** The files of the plots, relative to the place of the text. */
  plots: readonly { title: string; href: string }[];
  /** Whether to show the goal of each figure, which matters only to developers of Holdfast. */
  hasReaches: boolean;
}

/** Returns the text about a run for readers. */
export function markdownOf(
  { machine, versions, ratios, reports }: Results,
  listed: { benches: readonly Bench[]; reports: readonly Report[] },
  { plots, hasReaches }: Layout,
): string {
  const benches = listed.benches.filter(({ key }) => key in ratios);
  const chosen = listed.reports.filter(({ key }) => key in reports);
  const facts = Object.entries({ ...machine, ...versions }).map(([name, value]) => [name, String(value)]);
  return [
    ratioTable(benches, ratios, hasReaches),
    sidesTable(benches, ratios),
    ...chosen.map(({ key, about }) =>
      reportSection(key, about, { result: reports[key] as ReportResult | Failed, hasReaches }),
    ),
    ...plots.map(({ title, href }) => `![${title}](${href})`),
    table(['measured on', ''], facts),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function ratioTable(benches: readonly Bench[], ratios: Results['ratios'], hasReaches: boolean): string {
  if (benches.length === 0) return '';
  const rows = benches.map(({ key, reach }) => {
    const result = ratios[key] as Ratio | Failed;
    const figures = isFailed(result)
      ? ['-', '-', '-']
      : [number(result.median), number(result.worst), String(result.rounds)];
    const better = typeof reach === 'object' && 'atMost' in reach ? 'less' : 'more';
    const ending = hasReaches ? [reachText(reach), verdict(result, reach)] : [better];
    return [`\`${key}\``, ...figures, ...ending];
  });
  const head = hasReaches ? ['to reach', 'reached'] : ['better is'];
  return table(['key', 'median of A / B', 'worst round', 'rounds', ...head], rows);
}

function sidesTable(benches: readonly Bench[], ratios: Results['ratios']): string {
  if (benches.length === 0) return '';
  const rows = benches.map(({ key }) => {
    const result = ratios[key] as Ratio | Failed;
    if (isFailed(result)) return [`\`${key}\``, `no result: ${result.error}`, ''];
    const { a, b } = result;
    const side = ({ name, median, unit }: typeof a): string => `${name}: ${number(median)} ${unit}`;
    return [`\`${key}\``, side(a), side(b)];
  });
  return table(['key', 'A', 'B'], rows);
}

function reportSection(
  key: string,
  about: string,
  { result, hasReaches }: { result: ReportResult | Failed; hasReaches: boolean },
): string {
  const title = `\`${key}\`: ${about}.`;
  if (isFailed(result)) return `${title}\n\nNo result: ${result.error}`;
  const rows = result.rows.map(({ name, value, unit, reach = '' }) => {
    const figure = typeof value === 'number' ? number(value) : value;
    return [name, `${figure} ${unit}`.trim(), ...(hasReaches ? [reach] : [])];
  });
  return `${title}\n\n${table(['', 'figure', ...(hasReaches ? ['to reach'] : [])], rows)}`;
}
