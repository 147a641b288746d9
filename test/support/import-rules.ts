import { posix } from 'node:path';
import { type Import, outlineOf, type SourceTree } from './source-tree.ts';

const COMPOSE = 'src/server/compose.ts';

/** The rooms of `src`, and the other rooms that each may import. `index.ts` is the entry point of the package. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  domain: [],
  actor: ['runtime'],
  contract: ['domain', 'actor'],
  store: ['runtime', 'domain'],
  transact: ['runtime', 'contract', 'domain', 'actor', 'store'],
  shop: ['runtime', 'contract', 'domain', 'actor', 'store', 'transact'],
  health: ['store', 'transact'],
  adapters: ['contract', 'shop', 'transact'],
  api: ['contract', 'domain', 'actor', 'store', 'transact', 'shop'],
  http: ['runtime', 'contract', 'actor', 'store', 'transact', 'shop', 'adapters', 'api', 'health'],
  server: ['runtime', 'contract', 'domain', 'store', 'transact', 'shop', 'adapters', 'api', 'http', 'health'],
  client: ['contract', 'api'],
  cli: ['contract', 'domain', 'store', 'shop', 'server', 'client'],
  testing: ['contract', 'domain', 'store', 'shop', 'api', 'server', 'client'],
  'index.ts': ['contract', 'actor', 'store', 'transact', 'shop', 'adapters', 'api', 'server'],
};

const layerOf = (path: string): string => path.split('/')[1] ?? '';
const isInside = (path: string): boolean => path.startsWith('src/');

/** The engine (`embedded`, `redis`) that a path belongs to. The contract beside the engines belongs to none. */
const engineOf = (path: string): string | undefined => /^src\/store\/(embedded|memory|redis)\//.exec(path)?.[1];

const mayNameEngines = (path: string): boolean => path === COMPOSE || layerOf(path) === 'cli';

const faultsOf = ({ from, to, typesOnly }: Import): string[] => {
  const faults: string[] = [];
  const [layer, target] = [layerOf(from), layerOf(to)];
  if (!isInside(to)) {
    const leaves = to.startsWith('.') || /^(test|scripts|dist)\//.test(to);
    if (leaves) faults.push('leaves src');
    if (layer === 'domain') faults.push('domain is pure: it imports nothing from outside');
    return faults;
  }
  if (layer !== target && !ARROWS[layer]?.includes(target)) faults.push(`${layer} may not import ${target}`);
  if (layer === 'client' && layer !== target && !typesOnly) faults.push('client imports types only');
  const engine = engineOf(to);
  if (engine && engine !== engineOf(from) && !mayNameEngines(from)) faults.push(`only ${COMPOSE} names a store engine`);
  return faults;
};

export function importFaults(tree: SourceTree): string[] {
  const imports = [...tree].flatMap(([path, text]) => outlineOf(path, text).imports);
  const unknown = [...tree.keys()].filter((path) => !(layerOf(path) in ARROWS));
  return [
    ...unknown.map((path) => `${path}: is in no room`),
    ...imports.flatMap((each) => faultsOf(each).map((fault) => `${each.from} -> ${each.to}: ${fault}`)),
  ];
}

/** Circles of files, and circles of folders: two folders that import each other are one folder. */
export function circleFaults(tree: SourceTree): string[] {
  const imports = [...tree].flatMap(([path, text]) => outlineOf(path, text).imports).filter(({ to }) => tree.has(to));
  const folders = imports
    .map(({ from, to }) => ({ from: posix.dirname(from), to: posix.dirname(to) }))
    .filter(({ from, to }) => from !== to);
  return [
    ...circles(imports).map((circle) => `circle: ${circle.join(' -> ')}`),
    ...circles(folders).map((circle) => `circle of folders: ${circle.join(' -> ')}`),
  ];
}

type Edge = Pick<Import, 'from' | 'to'>;

/** One circle for each file or folder that closes one. Types count: a circle of types is one idea in two files. */
function circles(imports: readonly Edge[]): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of imports) targets.set(from, (targets.get(from) ?? new Set()).add(to));
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) found.push([...trail.slice(seenAt), path]);
    if (seenAt >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
}
