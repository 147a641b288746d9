// Rolls declaration files of one folder up into one: what the entry exports, and what that refers to.
import ts from 'typescript';

/**
 * `files` maps the name of each module to its declarations. Returns the text of the file for the module `entry`, which
 * also exports the names in `also`.
 */
export function rollUp({ files, entry, also }) {
  const { declared, exported, imported } = read(files, entry);
  for (const name of also) exported.add(name);
  const used = reachable(declared, exported);
  const statements = [...declared].filter(([name]) => used.has(name)).map(([, { text }]) => text);
  const imports = [...imported].flatMap(([from, names]) => {
    const wanted = [...names].filter((name) => used.has(name)).sort();
    return wanted.length === 0 ? [] : [`import type { ${wanted.join(', ')} } from '${from}';`];
  });
  for (const name of exported) if (!declared.has(name)) throw new Error(`${name} is exported and not declared`);
  const isType = (name) => declared.get(name).isType;
  const names = [...exported].sort().map((name) => (isType(name) ? `type ${name}` : name));
  return [...imports, '', ...statements, '', `export { ${names.join(', ')} };`, ''].join('\n');
}

/** Returns the declarations of all files by name, the names that the entry exports, and the imports of packages. */
function read(files, entry) {
  const declared = new Map();
  const exported = new Set();
  const imported = new Map();
  for (const [file, text] of files) {
    const source = ts.createSourceFile(`${file}.d.ts`, text, ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      if (ts.isImportDeclaration(statement)) addImport(imported, statement);
      else if (ts.isExportDeclaration(statement)) {
        if (file === entry) for (const { name } of statement.exportClause?.elements ?? []) exported.add(name.text);
      } else {
        const { name, node } = declarationOf(statement);
        if (declared.has(name)) throw new Error(`${name} is declared twice`);
        declared.set(name, { ...declarationText(statement), node });
        if (file === entry && isExported(statement)) exported.add(name);
      }
    }
  }
  return { declared, exported, imported };
}

function addImport(imported, { moduleSpecifier: { text: from }, importClause }) {
  if (from.startsWith('.')) return;
  const names = imported.get(from) ?? new Set();
  for (const { name, propertyName } of importClause.namedBindings.elements) {
    if (propertyName) throw new Error(`${from}: an import may not be renamed`);
    names.add(name.text);
  }
  imported.set(from, names);
}

function declarationOf(statement) {
  const node = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
  if (!node.name) throw new Error(`a declaration without a name: ${statement.getText()}`);
  return { name: node.name.text, node: statement };
}

const isExported = (statement) => (statement.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Returns the declaration with its comment, not exported: one statement at the end of the file exports names. */
function declarationText(statement) {
  const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
  const comments = ts.getLeadingCommentRanges(statement.getSourceFile().text, statement.getFullStart()) ?? [];
  const comment = comments.map(({ pos, end }) => statement.getSourceFile().text.slice(pos, end)).at(-1);
  const bare = statement.getText().replace(/^export (?:declare )?|^declare /, '');
  const text = isType ? bare : `declare ${bare}`;
  return { isType, text: comment?.startsWith('/**') ? `${comment}\n${text}` : text };
}

/** Returns all names to which the exported declarations refer, directly or not. */
function reachable(declared, exported) {
  const used = new Set(exported);
  const visit = (node) => {
    if (ts.isIdentifier(node) && !used.has(node.text)) {
      used.add(node.text);
      walk(node.text);
    }
    ts.forEachChild(node, visit);
  };
  const walk = (name) => declared.has(name) && ts.forEachChild(declared.get(name).node, visit);
  for (const name of exported) walk(name);
  return used;
}
