import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** Project path with `/` -> text. */
export type SourceTree = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  /** The project path of a relative import, else the package's specifier as written. */
  readonly to: string;
  readonly typesOnly: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
/** What a package manager installs, and what the documentation's generator writes. */
const INSTALLED_OR_BUILT = /[\\/](?:node_modules|\.vitepress[\\/](?:dist|cache))[\\/]/;

export function readTree(directory: string, suffix: string): SourceTree {
  const start = join(ROOT, directory);
  if (!existsSync(start)) return new Map();
  const entries = readdirSync(start, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(suffix));
  const paths = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !INSTALLED_OR_BUILT.test(path));
  return new Map(paths.map((path) => [relative(ROOT, path).split(sep).join('/'), readFileSync(path, 'utf8')]));
}

export const readFiles = (...paths: string[]): SourceTree =>
  new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));

export const parse = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(
    path,
    text,
    ts.ScriptTarget.Latest,
    false,
    path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );

const bringsOnlyTypes = (clause: ts.ImportClause | undefined): boolean => {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return !clause.name && !!named && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
};

/** The module that a node names, if it is an import, a re-export, `import()` or `typeof import()`. */
const named = (node: ts.Node): { specifier: ts.Node | undefined; typesOnly: boolean } | undefined => {
  if (ts.isImportDeclaration(node)) {
    return { specifier: node.moduleSpecifier, typesOnly: bringsOnlyTypes(node.importClause) };
  }
  if (ts.isExportDeclaration(node)) return { specifier: node.moduleSpecifier, typesOnly: node.isTypeOnly };
  if (ts.isImportTypeNode(node)) {
    return { specifier: ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, typesOnly: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return { specifier: node.arguments[0], typesOnly: false };
  }
  return undefined;
};

const importOf = (path: string, node: ts.Node): Import | undefined => {
  const module = named(node);
  if (!module?.specifier || !ts.isStringLiteralLike(module.specifier)) return undefined;
  const { text: specifier } = module.specifier;
  const to = specifier.startsWith('.') ? posix.join(dirname(path), specifier) : specifier;
  return { from: path, to, typesOnly: module.typesOnly };
};

/** The facts of one file's syntax that the rules use. Lines are counted from 1. */
export interface Outline {
  readonly imports: readonly Import[];
  readonly functions: ReadonlyArray<{ readonly line: number; readonly lines: number }>;
  readonly anys: readonly number[];
  /** The names that its top level declares, exported or not. */
  readonly names: readonly string[];
}

/** The names that a statement declares. Those of a destructuring are left out. */
const namesOf = (statement: ts.Statement): string[] => {
  const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
  return declared.flatMap((node) => {
    const name = ts.getNameOfDeclaration(node as ts.Declaration);
    return name && ts.isIdentifier(name) ? [name.text] : [];
  });
};

function readOutline(path: string, text: string): Outline {
  const source = parse(path, text);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const outline = {
    imports: [] as Import[],
    functions: [] as Outline['functions'][number][],
    anys: [] as number[],
    names: source.statements.flatMap(namesOf),
  };
  const visit = (node: ts.Node): void => {
    const found = importOf(path, node);
    if (found) outline.imports.push(found);
    if (node.kind === ts.SyntaxKind.AnyKeyword) outline.anys.push(lineOf(node.getStart(source)));
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const line = lineOf(node.getStart(source));
      outline.functions.push({ line, lines: lineOf(node.end) - line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return outline;
}

const outlines = new Map<string, { text: string; outline: Outline }>();

/** Returns the outline of a file. Each text is parsed and walked once for all rules: that is their main cost. */
export function outlineOf(path: string, text: string): Outline {
  const known = outlines.get(path);
  if (known?.text === text) return known.outline;
  const outline = readOutline(path, text);
  outlines.set(path, { text, outline });
  return outline;
}
