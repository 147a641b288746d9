// Writes the declaration files of @holdfast/client: the declarations of src/client, rolled up into one file, with the
// types of the wire contract written out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { rollUp } from './declarations.js';
import { DERIVED } from './derived-types.js';
import { indented, TypePrinter } from './type-printer.js';

const FOLDER = 'dist/client/';
const WIRE_TYPES = 'dist/client/wire-types.d.ts';

/** Returns the text of the declaration file, from a build in dist/. Throws if a type cannot be written out. */
export function clientTypes(root) {
  const declarations = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.d.ts') && name !== 'trpc.d.ts');
  const files = new Map(
    declarations.map((name) => [name.replace(/\.d\.ts$/, ''), readFileSync(join(root, FOLDER, name), 'utf8')]),
  );
  files.set('wire-types', wireTypes(root));
  return rollUp({ files, entry: 'client', also: ['Procedures', 'WireErrorData'] });
}

/**
 * Returns a program of the built declarations, in which the contract is that of src/. The compiler infers the router
 * for 7 seconds from the sources, and has written the result to dist/. But there the fields of schemas have lost their
 * comments, which users of the client shall see.
 */
function programOf(root) {
  const options = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const [built, source] = [join(root, 'dist/contract/'), join(root, 'src/contract/')];
  host.resolveModuleNameLiterals = (literals, from, redirected, used, file) =>
    literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(file, literal, used);
      const found = ts.resolveModuleName(literal.text, from, used, host, undefined, redirected, mode);
      const { resolvedFileName: path } = found.resolvedModule ?? {};
      if (!path?.startsWith(built)) return found;
      const resolvedFileName = source + path.slice(built.length).replace(/\.d\.ts$/, '.ts');
      return { resolvedModule: { ...found.resolvedModule, resolvedFileName, extension: ts.Extension.Ts } };
    });
  return ts.createProgram([join(root, WIRE_TYPES), join(source, 'inputs/inputs.ts')], options, host);
}

/** Returns the module that takes the place of wire-types.ts. */
function wireTypes(root) {
  const program = programOf(root);
  const checker = program.getTypeChecker();
  const isOwn = (file) => file.startsWith(join(root, 'src/')) || file.startsWith(join(root, 'dist/'));
  const printer = new TypePrinter(checker, isOwn);
  const exported = exportsOf(program, join(root, WIRE_TYPES));
  const typeOf = (name) => checker.getDeclaredTypeOfSymbol(exported.get(name));
  const inputs = checker.getTypeOfSymbol(exportsOf(program, join(root, 'src/contract/inputs/inputs.ts')).get('INPUTS'));
  const metas = typeOf('WireRefusal').types.map((refusal) => {
    const [reason, meta] = ['reason', 'meta'].map((name) => at(checker, refusal, name));
    return `${reason.value}: ${printer.print(meta)};\n`;
  });
  const procedures = printRecord({ checker, printer, inputs }, at(checker, typeOf('AppRouter'), '_def', 'record'));
  const isDerived = (name) => name === 'AppRouter' || new RegExp(`\\b(?:type|interface) ${name}\\b`).test(DERIVED);
  for (const name of exported.keys()) if (!isDerived(name)) printer.print(typeOf(name));
  return [
    ...printer.declarations.values(),
    `interface Metas {\n${indented(metas.sort().join(''))}}`,
    `type Code = ${printer.print(at(checker, typeOf('WireErrorData').types[0], 'code'))};`,
    `/** The kind, the input and the output of each procedure. */`,
    `export interface Procedures {\n${indented(procedures)}}`,
    DERIVED,
  ].join('\n');
}

function exportsOf(program, file) {
  const checker = program.getTypeChecker();
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
  const isAlias = (symbol) => symbol.flags & ts.SymbolFlags.Alias;
  return new Map(symbols.map((symbol) => [symbol.name, isAlias(symbol) ? checker.getAliasedSymbol(symbol) : symbol]));
}

/** Returns the type of a property of a property. */
const at = (checker, type, ...path) =>
  path.reduce((owner, name) => {
    const property = checker.getPropertyOfType(owner, name);
    if (!property) throw new Error(`${checker.typeToString(owner)} has no ${name}`);
    return checker.getTypeOfSymbol(property);
  }, type);

/** Returns the members of a router's record: procedures, and records of them. */
function printRecord({ checker, printer, inputs }, record, prefix = '') {
  const lines = checker.getPropertiesOfType(record).map((property) => {
    const type = checker.getTypeOfSymbol(property);
    const path = prefix + property.name;
    if (!checker.getPropertyOfType(type, '_def')) {
      return `${property.name}: {\n${indented(printRecord({ checker, printer, inputs }, type, `${path}.`))}};\n`;
    }
    const kind = `'${at(checker, type, '_def', 'type').value}'`;
    const input = printer.print(at(checker, inputs, path, '_zod', 'input'));
    const output = printer.print(at(checker, type, '_def', '$types', 'output'));
    return `${property.name}: {\n${indented(`kind: ${kind};\ninput: ${input};\noutput: ${output};\n`)}};\n`;
  });
  return lines.join('');
}
