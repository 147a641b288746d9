import { type Import, outlineOf, type SourceTree } from './source-tree.ts';

const ROOT = 'console/src/';

/** The rooms of the console, and the other rooms that each may import. Files beside them are for all rooms. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  parts: [],
  session: [],
  live: ['parts', 'session'],
  screens: ['parts', 'session', 'live'],
  shell: ['parts', 'session', 'live', 'screens'],
};

/** The room of a file; empty for one beside the rooms. */
const roomOf = (path: string): string => path.slice(ROOT.length).split('/').slice(0, -1)[0] ?? '';
/** A folder of `screens`, which is a screen. Files beside them are for all screens. */
const screenOf = (path: string): string | undefined => /^console\/src\/screens\/([^/]+)\//.exec(path)?.[1];

const isEntry = (path: string): boolean => path === `${ROOT}main.tsx`;

function faultOf({ from, to }: Import): string | undefined {
  if (!to.startsWith('console/') && !to.startsWith('src/')) {
    return to.startsWith('.') || to.startsWith('node:') ? 'leaves the console' : undefined;
  }
  if (to.startsWith('src/'))
    return /^src\/(?:client|contract)\//.test(to) ? undefined : 'only the client and the contract';
  const [room, target] = [roomOf(from), roomOf(to)];
  if (target === '' || isEntry(from)) return undefined;
  if (room !== target)
    return ARROWS[room]?.includes(target) ? undefined : `${room || 'this file'} may not import ${target}`;
  const [screen, other] = [screenOf(from), screenOf(to)];
  return other !== undefined && screen !== other ? 'a screen may not import another one' : undefined;
}

/** The clocks of the console are read in one file: times of the shop are not those of the operator's computer. */
const CLOCKS = `${ROOT}shop-time.ts`;
const CLOCK_READ = /\bDate\.now\b|\bDate\(\s*\)|\bnew Date\b(?!\s*\()/;

/**
 * The console imports nothing of the server but the client and the contract, its rooms import one way, and one file
 * reads its clocks.
 */
export function consoleFaults(tree: SourceTree): string[] {
  const rooms = [...tree.keys()].filter((path) => roomOf(path) !== '' && !(roomOf(path) in ARROWS));
  const imports = [...tree].flatMap(([path, text]) => outlineOf(path, text).imports);
  return [
    ...rooms.map((path) => `${path}: is in no room`),
    ...imports.flatMap((each) => {
      const fault = faultOf(each);
      return fault ? [`${each.from} -> ${each.to}: ${fault}`] : [];
    }),
    ...[...tree].flatMap(([path, text]) =>
      path !== CLOCKS && CLOCK_READ.test(text) ? [`${path}: reads a clock, which only ${CLOCKS} may`] : [],
    ),
  ];
}

/** The files without the entry, which alone imports from the rooms into the folder that all rooms import. */
export const withoutEntry = (tree: SourceTree): SourceTree => new Map([...tree].filter(([path]) => !isEntry(path)));
