import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { builtClientPackage } from '../support/tarballs.ts';
import { withSortedUnions } from '../support/sorted-unions.ts';

const CLIENT = 'node_modules/.cache/holdfast/client-package/index.d.ts';
const ENTRIES = {
  holdfast: 'dist/index.d.ts',
  'holdfast/testing': 'dist/testing/start-test-shop.d.ts',
  '@holdfast/client': CLIENT,
};
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Types that follow from the router. docs/openapi.json describes them. */
const OF_ROUTER = new Set(['AppRouter', 'HoldfastClient', 'Inputs', 'Outputs', 'Procedures']);
const { NoTruncation, InTypeAlias } = ts.TypeFormatFlags;

test('public-names.txt has all public names and their types; npm run api-snapshot writes it', {
  timeout: 500_000,
}, async () => {
  await builtClientPackage();
  const files = Object.values(ENTRIES).map((file) => ROOT + file);
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const lines = Object.entries(ENTRIES).flatMap(([name, file]) => {
    const source = program.getSourceFile(ROOT + file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} is not a module`);
    const names = checker.getExportsOfModule(module).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return [`# ${name}`, '', ...names.flatMap((symbol) => described(checker, symbol)), ''];
  });
  await expect(lines.map(withSortedUnions).join('\n')).toMatchFileSnapshot('public-names.txt');
});

/** Returns the lines of one name: what it is as a value and as a type. An object type has a line for each member. */
function described(checker: ts.TypeChecker, exported: ts.Symbol): string[] {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const { name } = exported;
  if (OF_ROUTER.has(name)) return [`type ${name}`];
  const isClass = (symbol.flags & ts.SymbolFlags.Class) !== 0;
  const isTypeOnly = (symbol.flags & ts.SymbolFlags.Value) === 0;
  const type = isTypeOnly || isClass ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeOfSymbol(symbol);
  const kind = isClass ? 'class' : isTypeOnly ? 'type' : 'const';
  const hasMembers = type.isIntersection() || (type.flags & ts.TypeFlags.Object) !== 0;
  if (!hasMembers || type.getCallSignatures().length > 0) {
    return [`${kind} ${name}: ${checker.typeToString(type, undefined, NoTruncation | InTypeAlias)}`];
  }
  return [`${kind} ${name}`, ...membersOf(checker, type)];
}

const membersOf = (checker: ts.TypeChecker, type: ts.Type): string[] =>
  checker
    .getPropertiesOfType(type)
    .filter((member) => !isOfPlatform(member) && !member.name.startsWith('__#'))
    .map((member) => {
      const optional = member.flags & ts.SymbolFlags.Optional ? '?' : '';
      const text = checker.typeToString(checker.getTypeOfSymbol(member), undefined, NoTruncation);
      return `  ${member.name.replace(/^__@(\w+)@\d+$/, '[Symbol.$1]')}${optional}: ${text}`;
    })
    .toSorted();

/** Whether a member comes from JavaScript itself, such as those of `Error`. */
const isOfPlatform = ({ declarations = [] }: ts.Symbol): boolean =>
  declarations.some((declaration) => /\/(typescript\/lib|@types\/node)\//.test(declaration.getSourceFile().fileName));
