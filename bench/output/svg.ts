/** The shapes of a plot. Each plot has its own background, so its colors are readable on light and on dark pages. */

export const COLORS = ['#0b6e99', '#c2571a', '#3d7d3d', '#7a4fa3', '#a83250'];
const FONT = 'font-family="system-ui, sans-serif"';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export interface TextStyle {
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  color?: string;
}

export const text = (x: number, y: number, content: string, style: TextStyle = {}): string => {
  const { anchor = 'start', size = 12, color = '#222' } = style;
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${FONT} font-size="${size}" fill="${color}" text-anchor="${anchor}">${escaped(content)}</text>`;
};

export const line = (x1: number, y1: number, x2: number, y2: number, color = '#ccc', width = 1): string =>
  `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="${color}" stroke-width="${width}"/>`;

export const bar = (x: number, y: number, width: number, height: number, color: string): string =>
  `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(Math.max(0, width))}" height="${fixed(height)}" fill="${color}"/>`;

export const path = (points: readonly (readonly [number, number])[], color: string): string => {
  const joined = points.map(([x, y]) => `${fixed(x)},${fixed(y)}`).join(' ');
  const dots = points.map(([x, y]) => `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="3.5" fill="${color}"/>`);
  return [`<polyline points="${joined}" fill="none" stroke="${color}" stroke-width="2"/>`, ...dots].join('\n');
};

export const picture = (width: number, height: number, title: string, shapes: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(16, 24, title, { size: 15 }),
    ...shapes,
    '</svg>',
    '',
  ].join('\n');

const fixed = (value: number): string => String(Number(value.toFixed(1)));
