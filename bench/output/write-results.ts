import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { isFailed, type Results } from '../core/types.ts';
import { BENCHES, REPORTS } from '../keys/registry.ts';
import { growthPlot } from './growth-plot.ts';
import { markdownOf } from './markdown.ts';
import { ratioPlot } from './ratio-plot.ts';

/** The page that shows the latest figures, between two marker lines. */
const PAGE = 'docs/benchmarks.md';
const LATEST = 'docs/benchmarks';
const BEGIN = '<!-- begin: written by npm run bench -->';
const END = '<!-- end: written by npm run bench -->';
const LISTED = { benches: BENCHES, reports: REPORTS };

interface Picture {
  title: string;
  file: string;
  svg: string;
}

/**
 * Writes the JSON, and beside it a table in Markdown and the plots, all named after it. For a file in
 * `docs/benchmarks/` it also updates the table of `docs/benchmarks.md`. Resolves to the files.
 */
export async function writeResults(json: string, results: Results): Promise<string[]> {
  const directory = dirname(json);
  const base = join(directory, basename(json, extname(json)));
  await mkdir(directory, { recursive: true });
  await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
  const pictures = picturesOf(results, base);
  for (const { file, svg } of pictures) await writeFile(file, svg);
  const text = (from: string, hasReaches: boolean): string => {
    const plots = pictures.map(({ title, file }) => ({ title, href: relative(from, file) }));
    return markdownOf(results, LISTED, { plots, hasReaches });
  };
  await writeFile(`${base}.md`, `# Benchmarks\n\n${text(directory, true)}\n`);
  const written = [json, `${base}.md`, ...pictures.map(({ file }) => file)];
  if (resolve(directory) !== resolve(LATEST)) return written;
  await writeFile(PAGE, replaced(await readFile(PAGE, 'utf8'), text(dirname(PAGE), false)));
  return [...written, PAGE];
}

function picturesOf({ ratios, reports }: Results, base: string): Picture[] {
  const bars = ratioPlot(BENCHES, ratios);
  const plots = Object.values(reports).flatMap((report) => (isFailed(report) ? [] : (report.plots ?? [])));
  return [
    ...(bars === null ? [] : [{ title: 'Ratios', file: `${base}-ratios.svg`, svg: bars }]),
    ...plots.map((plot) => ({ title: plot.title, file: `${base}-${plot.file}.svg`, svg: growthPlot(plot) })),
  ];
}

/** Throws where the page has lost its marker lines, because its figures would silently become outdated. */
function replaced(page: string, text: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${PAGE} lacks ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`;
}
