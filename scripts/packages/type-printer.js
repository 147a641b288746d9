// Writes types out in full, as the compiler has computed them, so that a declaration file does not refer to the schemas
// and services that they are derived from.
import ts from 'typescript';

const { SymbolFlags, TypeFlags, ObjectFlags } = ts;
const PLAIN = TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Never | TypeFlags.Void | TypeFlags.Null;
const PRIMITIVE = PLAIN | TypeFlags.Undefined | TypeFlags.StringLike | TypeFlags.NumberLike | TypeFlags.BooleanLike;

const indented = (text) => text.replace(/^(?=.)/gm, '  ');

/** Returns a doc comment with its end of line. Returns an empty text for an empty comment. */
export const docComment = (text) => {
  if (text === '') return '';
  const lines = text.split('\n');
  return lines.length === 1
    ? `/** ${text} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`;
};

/** `isOwn` returns whether a file belongs to this repository: only its types are written out. */
export class TypePrinter {
  /** Name -> declaration. Interfaces and named unions keep their names, so that editors show these. */
  declarations = new Map();
  #symbols = new Map();
  #checker;
  #isOwn;

  constructor(checker, isOwn) {
    this.#checker = checker;
    this.#isOwn = isOwn;
  }

  print(type) {
    const named = type.aliasSymbol ?? type.symbol;
    const isNamed = type.aliasSymbol ? type.isUnion() && !type.aliasTypeArguments : type.isClassOrInterface();
    if (isNamed && this.#isOfThisRepository(named) && !type.typeParameters) return this.#named(type, named);
    return this.#unnamed(type);
  }

  /** Returns the members of an object type, one or more lines each, without braces. */
  members(type) {
    const properties = this.#checker.getPropertiesOfType(type).map((property) => this.#property(property));
    const indexes = this.#checker
      .getIndexInfosOfType(type)
      .map((info) => `[key: ${this.print(info.keyType)}]: ${this.print(info.type)};\n`);
    return [...properties, ...indexes].join('');
  }

  #unnamed(type) {
    const { flags } = type;
    if (type.isUnion()) return this.#union(type);
    if (type.isStringLiteral()) return `'${type.value}'`;
    if (flags & PRIMITIVE) return this.#checker.typeToString(type);
    if (this.#checker.isArrayType(type)) return this.#array(type);
    if (this.#checker.isTupleType(type)) return `[${this.#arguments(type).join(', ')}]`;
    const builtIn = this.#builtIn(type);
    if (builtIn !== null) return builtIn;
    if (!type.isIntersection() && !(flags & TypeFlags.Object)) {
      throw new Error(`a type that the printer does not know: ${this.#checker.typeToString(type)}`);
    }
    if (type.getCallSignatures().length > 0) throw new Error('an input or output has a function');
    const members = this.members(type);
    return members === '' ? 'object' : `{\n${indented(members)}}`;
  }

  #union(type) {
    // An optional property has a member that stands for its absence.
    const present = type.types.filter((each) => !(each.flags & TypeFlags.Undefined) || each === this.#undefined);
    const texts = new Set(present.map((each) => this.print(each)));
    if (texts.delete('true') && texts.delete('false')) texts.add('boolean');
    else if (present.some((each) => this.#checker.typeToString(each) === 'true')) texts.add('true');
    const isEmpty = (text) => ['null', 'undefined', 'void'].includes(text);
    return [...texts].sort((a, b) => isEmpty(a) - isEmpty(b) || (a < b ? -1 : 1)).join(' | ');
  }

  #array(type) {
    const [element] = this.#arguments(type);
    const text = /^[\w.]+$|^\{[^]*\}$/.test(element) ? `${element}[]` : `(${element})[]`;
    return type.symbol.name === 'ReadonlyArray' ? `readonly ${text}` : text;
  }

  /** Returns the name of a type of JavaScript with its arguments; null for other types. */
  #builtIn(type) {
    const symbol = type.aliasSymbol ?? type.symbol;
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
    const hasName = type.aliasSymbol || type.objectFlags & (ObjectFlags.Reference | ObjectFlags.Interface);
    if (!hasName || !file.includes('/typescript/lib/')) return null;
    const given = type.aliasSymbol
      ? (type.aliasTypeArguments ?? []).map((each) => this.print(each))
      : this.#arguments(type);
    return given.length === 0 ? symbol.name : `${symbol.name}<${given.join(', ')}>`;
  }

  #named(type, symbol) {
    const known = this.#symbols.get(symbol.name);
    if (known && known !== symbol) throw new Error(`two types have the name ${symbol.name}`);
    if (known) return symbol.name;
    this.#symbols.set(symbol.name, symbol);
    const comment = docComment(ts.displayPartsToString(symbol.getDocumentationComment(this.#checker)));
    const body = type.isUnion() ? `export type ${symbol.name} = ${this.#union(type)};` : null;
    const text = body ?? `export interface ${symbol.name} {\n${indented(this.members(type))}}`;
    this.declarations.set(symbol.name, comment + text);
    return symbol.name;
  }

  #property(property) {
    const comment = docComment(ts.displayPartsToString(property.getDocumentationComment(this.#checker)));
    const name = /^[A-Za-z_]\w*$/.test(property.name) ? property.name : `'${property.name}'`;
    const optional = property.flags & SymbolFlags.Optional ? '?' : '';
    return `${comment}${name}${optional}: ${this.print(this.#checker.getTypeOfSymbol(property))};\n`;
  }

  #arguments(type) {
    return this.#checker.getTypeArguments(type).map((each) => this.print(each));
  }

  #isOfThisRepository(symbol) {
    return (symbol?.declarations ?? []).some((declaration) => this.#isOwn(declaration.getSourceFile().fileName));
  }

  get #undefined() {
    return this.#checker.getUndefinedType();
  }
}

export { indented };
