import { importsOf, type Import, type SourceTree } from './source-tree.ts';

const COMPOSE = 'src/server/compose.ts';

/** What each layer may import besides itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  store: ['domain'],
  actor: [],
  service: ['domain', 'store', 'actor'],
  api: ['domain', 'store', 'actor', 'service'],
  payment: ['domain', 'service'],
  webhook: ['service'],
  server: ['domain', 'store', 'actor', 'service', 'api', 'payment', 'webhook'],
  client: ['domain', 'api'],
  cli: ['domain', 'store', 'actor', 'service', 'api', 'payment', 'webhook', 'server', 'client'],
};

const layerOf = (path: string): string => path.split('/')[1] ?? '';
const isInside = (path: string): boolean => path.startsWith('src/');

/** The engine (`embedded`, `redis`) that a path is part of; the contract beside the engines is part of none. */
const engineOf = (path: string): string | undefined => /^src\/store\/([^/]+)\//.exec(path)?.[1];

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
  const imports = [...tree].flatMap(([path, text]) => importsOf(path, text));
  const unknown = [...tree.keys()].filter((path) => !(layerOf(path) in ARROWS));
  return [
    ...unknown.map((path) => `${path}: is in no layer`),
    ...imports.flatMap((each) => faultsOf(each).map((fault) => `${each.from} -> ${each.to}: ${fault}`)),
    ...circles(imports).map((circle) => `circle: ${circle.join(' -> ')}`),
  ];
}

/** One circle of imports for each file at which one closes. Types count: a circle of types is one idea in two files. */
function circles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
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
