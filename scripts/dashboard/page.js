// Draws the panels of the dashboard as one page of HTML with charts in SVG.

const COLUMN = 50;
const ROW = 30;
const GAP = 8;
const COLORS = ['#2f7ed8', '#d9822b', '#2ca25f', '#b5449b', '#c23b33', '#6b6ecf', '#8c6d31', '#5d6d7e'];

/** The last label would be cut at the right. */
const ANCHORS = { 0: 'start', 0.5: 'middle', 1: 'end' };

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const UNITS = {
  s: (value) => (value < 1 ? `${+(value * 1_000).toPrecision(3)} ms` : `${+value.toPrecision(3)} s`),
  reqps: (value) => `${+value.toPrecision(3)}/s`,
  cps: (value) => `${+value.toPrecision(3)}/s`,
  percentunit: (value) => `${+(value * 100).toPrecision(3)} %`,
  bytes: (value) => `${Math.round(value / 1_048_576)} MiB`,
  none: (value) => String(+value.toPrecision(3)),
};
const shown = (unit, value) => (UNITS[unit] ?? UNITS.none)(value);

/** Returns the page. `panels` have the series of their queries: `{ name, points: [second, value][] }`. */
export function pageOf(panels, { seconds, note }) {
  const height = Math.max(...panels.map(({ place }) => place.y + place.h)) * ROW;
  const boxes = panels.map((panel) => {
    const { x, y, w, h } = panel.place;
    const size = { width: w * COLUMN - GAP, height: h * ROW - GAP };
    const style = `left:${x * COLUMN}px;top:${y * ROW}px;width:${size.width}px;height:${size.height}px`;
    const body = panel.type === 'stat' ? statOf(panel) : chartOf(panel, size, seconds);
    return `<section style="${style}"><h2>${escaped(panel.title)}</h2>${body}</section>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 12px; width: ${24 * COLUMN}px; font: 12px system-ui, sans-serif; color: #24303c; background: #eef1f4 }
    main { position: relative; height: ${height}px }
    section { position: absolute; box-sizing: border-box; background: #fff; border: 1px solid #d5dbe1; padding: 6px 10px }
    h2 { font-size: 12px; margin: 0 }
    .stat { font-size: 30px; font-weight: 600; margin: 12px 0 0; color: #1f6feb }
    footer { color: #5b6875; margin-top: 4px }
    .legend { position: absolute; left: 10px; right: 10px; bottom: 4px; white-space: nowrap; overflow: hidden }
    .legend span { margin-right: 10px } i { display: inline-block; width: 10px; height: 3px; margin-right: 4px;
    vertical-align: middle }</style><main>${boxes.join('')}</main><footer>${escaped(note)}</footer>`;
}

function statOf({ unit, series: [first], at }) {
  const point = first?.points.findLast(([second]) => second <= at);
  return `<p class="stat">${point ? escaped(shown(unit, point[1])) : 'no data'}</p>`;
}

function chartOf({ unit, series }, size, seconds) {
  const [left, top, width, height] = [52, 8, size.width - 76, size.height - 74];
  const highest = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)), 0) || 1;
  const xOf = (second) => left + (second / seconds) * width;
  const yOf = (value) => top + height - (value / highest) * height;
  const grid = [0, 0.5, 1].map((part) => {
    const y = yOf(part * highest);
    const label = `<text x="${left - 6}" y="${y + 4}" text-anchor="end">${escaped(shown(unit, part * highest))}</text>`;
    return `<line x1="${left}" x2="${left + width}" y1="${y}" y2="${y}" stroke="#e3e8ec"/>${label}`;
  });
  const times = [0, 0.5, 1].map(
    (part) =>
      `<text x="${xOf(part * seconds)}" y="${top + height + 16}" text-anchor="${ANCHORS[part]}">${part * seconds} s</text>`,
  );
  const lines = series.map(({ points }, nth) => {
    const path = points.map(([second, value]) => `${xOf(second).toFixed(1)},${yOf(value).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${COLORS[nth % COLORS.length]}" stroke-width="1.5"/>`;
  });
  const names = series.map(
    ({ name }, nth) => `<span><i style="background:${COLORS[nth % COLORS.length]}"></i>${escaped(name)}</span>`,
  );
  const svg = `<svg width="${size.width - 20}" height="${size.height - 46}" font-size="10" fill="#5b6875">`;
  return `${svg}${grid.join('')}${times.join('')}${lines.join('')}</svg><div class="legend">${names.join('')}</div>`;
}
