import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults, Result } from 'axe-core';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Locator, type Page } from 'playwright-core';
import { createHoldfastClient, type HoldfastClient } from '../../src/client/client.ts';
import { CHROMIUM } from '../support/chromium.ts';
import { OPERATOR_KEY, type ShopServer } from '../support/shop-server.ts';

/** A busy machine needs long for a page. */
const WAIT_MS_MAX = Number(process.env['HOLDFAST_CONSOLE_WAIT_MS'] ?? 60_000);

const PICTURES = join(import.meta.dirname, '../../docs/console');
/** `npm run console:screenshots` sets it. A run of the tests changes no file. */
const WRITES_PICTURES = process.env['HOLDFAST_SCREENSHOTS'] === 'write';

/** The height of a picture: of the whole page up to this. */
const PICTURE_MAX = 1_500;
const PICTURE_QUALITY = 80;

const WIDTHS = [
  { name: 'narrow', width: 390, height: 844 },
  { name: 'wide', width: 1_440, height: 900 },
] as const;
/** The widths at which nothing may overflow: a small phone and a small laptop with a scrollbar, and a large monitor. */
const EXTREMES = [345, 768, 985, 2_560] as const;
const THEMES = ['light', 'dark'] as const;
/** Axe takes a second, and a theme changes no sizes. So each width is checked in one theme. */
const CHECKED_AT = { light: 'wide', dark: 'narrow' };

export const openBrowser = (): Promise<Browser> => chromium.launch(CHROMIUM);

/** The console of a shop in a browser, signed in. */
export interface OpenConsole extends AsyncDisposable {
  page: Page;
  /** Everything that the page reported: errors, and what its policy has refused. */
  complaints: string[];
  /** A client with the same key. */
  operator: HoldfastClient;
  /** Goes to a screen by its address below `/console`, such as `/stock?show=low`. */
  goTo(path: string): Promise<void>;
  /**
   * Checks the current screen: by axe at both widths, each in one of the themes, and that nothing overflows the window
   * at any width. Returns what is wrong. Writes `docs/console/NAME-WIDTH-THEME.webp` if pictures are wanted.
   */
  inspect(name: string): Promise<string[]>;
}

/** Opens an empty page. `complaints` has what it reports. */
export async function openPage(browser: Browser) {
  const context = await browser.newContext({
    viewport: { width: 1_440, height: 900 },
    // Colors in between those of two states have no contrast that axe could judge.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(WAIT_MS_MAX);
  const page = await context.newPage();
  return { context, page, complaints: complaintsOf(page), close: () => context.close() };
}

/**
 * Opens a tab that has a key, as after a sign-in, which the tests of the shell walk through. It is empty until it goes
 * to a screen, so that the console is loaded only once.
 */
export async function openConsole(
  browser: Browser,
  shop: Pick<ShopServer, 'url'>,
  key = OPERATOR_KEY,
): Promise<OpenConsole> {
  const { context, page, complaints } = await openPage(browser);
  await page.addInitScript(`sessionStorage.setItem('holdfast.key', ${JSON.stringify(key)})`);
  const tools = await context.newCDPSession(page);
  return {
    page,
    complaints,
    operator: createHoldfastClient({ url: shop.url, operatorKey: key }),
    goTo: async (path) => {
      await page.goto(`${shop.url}/console${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
    inspect: (name) => inspect({ page, context, tools }, name),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** The rows of a table in `place` that has its data. While they load, a table has rows without content. */
export const loadedRows = (place: Locator): Locator =>
  place.locator('tbody tr').and(place.page().locator('table[aria-busy=false] tr'));

/** Returns the texts of rows, with the blanks of each as one. */
export async function textsOf(rows: Locator): Promise<string[]> {
  await rows.first().waitFor();
  return (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // The browser reports each answer that is not a success. The screens show them as sentences.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isAnswer) complaints.push(message.text());
  });
  return complaints;
}

interface Inspected {
  page: Page;
  context: BrowserContext;
  tools: CDPSession;
}

async function inspect({ page, tools }: Inspected, name: string): Promise<string[]> {
  const problems = new Set<string>();
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    // Canvases and colors follow the theme with the next frame.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    for (const { name: size, ...viewport } of WIDTHS) {
      const isChecked = CHECKED_AT[colorScheme] === size;
      if (!isChecked && !WRITES_PICTURES) continue;
      await page.setViewportSize(viewport);
      if (isChecked) {
        for (const problem of await axeProblems(tools)) problems.add(`${size} ${colorScheme}: ${problem}`);
        for (const problem of await overflow(page)) problems.add(problem);
      }
      if (WRITES_PICTURES) await shoot({ page, tools }, `${name}-${size}-${colorScheme}.webp`);
    }
  }
  for (const width of EXTREMES) {
    await page.setViewportSize({ width, height: 900 });
    for (const problem of await overflow(page)) problems.add(problem);
  }
  await page.setViewportSize(WIDTHS[1]);
  return [...problems];
}

/** A picture in WebP takes a third of one in PNG. Only the protocol of Chromium can write it. */
async function shoot({ page, tools }: Pick<Inspected, 'page' | 'tools'>, file: string): Promise<void> {
  const shown = page.viewportSize() ?? WIDTHS[1];
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ width: shown.width, height: Math.min(Math.max(height, shown.height), PICTURE_MAX) });
  await mkdir(PICTURES, { recursive: true });
  const { data } = await tools.send('Page.captureScreenshot', { format: 'webp', quality: PICTURE_QUALITY });
  await writeFile(join(PICTURES, file), data, 'base64');
  await page.setViewportSize(shown);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs axe through the debugger, because the policy of the page admits no other script. */
async function axeProblems(tools: CDPSession): Promise<string[]> {
  const ask = { awaitPromise: true, returnByValue: true };
  const run = `JSON.stringify((await axe.run(document, { resultTypes: ['violations'] })).violations)`;
  const expression = `(async () => { if (!window.axe) { ${AXE} } return ${run}; })()`;
  const { result, exceptionDetails } = await tools.send('Runtime.evaluate', { expression, ...ask });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return (JSON.parse(String(result.value)) as AxeResults['violations']).flatMap(problemsIn);
}

const problemsIn = ({ id, help, nodes }: Result): string[] =>
  nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`);

/**
 * Returns the elements that are wider than the window, if any makes the page scroll sideways, the tables that cut their
 * buttons off, and those that scroll up and down in their frame, though it is as high as they are.
 */
async function overflow(page: Page): Promise<string[]> {
  const found = await page.evaluate(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const all = [...document.querySelectorAll('[role=group]:has(> table)')];
    const tables = all.filter(
      (each) => each.scrollHeight > each.clientHeight && getComputedStyle(each).overflowY !== 'hidden',
    );
    const cut = all.filter((each) => each.scrollWidth > each.clientWidth && each.querySelector('td button'));
    if (cut.length > 0) return cut.map((each) => clientWidth + ' px: ' + each.ariaLabel + ' cuts its buttons off');
    if (tables.length > 0) return tables.map((each) => each.ariaLabel + ' scrolls up and down in its frame');
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > clientWidth + 1);
    const found = wide.slice(0, 4).map((each) => clientWidth + ' px: ' + each.outerHTML.slice(0, 120));
    return found.length > 0 ? found : [clientWidth + ' px: a text needs ' + scrollWidth + ' px'];
  })()`);
  return found as string[];
}
