const OPEN = new Set(['(', '[', '{', '{ ', '<']);
const CLOSE = new Set([')', ']', '}', ' }', '>']);
const TOKEN = /"(?:[^"\\]|\\.)*"| \| | = | extends |=> |; ?|, |: |\{ | ?\}|[([{<)\]>]|[^"([{<)\]}>;,:=| ]+|./gs;
const BEFORE_UNION = new Set([', ', ': ', ' = ', ' extends ', '=> ']);

/** One pair of brackets: the members of its current union, and what stands before that union. */
interface Group {
  readonly open: string;
  done: string[];
  before: string;
  members: string[];
  member: string;
}

const opened = (open: string): Group => ({ open, done: [], before: '', members: [], member: '' });

function endUnion(group: Group, separator: string): void {
  group.before += [...group.members, group.member].toSorted().join(' | ') + separator;
  group.members = [];
  group.member = '';
}

function endProperty(group: Group, separator: string): void {
  endUnion(group, separator);
  group.done.push(group.before);
  group.before = '';
}

/** Returns the text of a group. The properties of an object are sorted, the parameters of a function are not. */
function closed(group: Group): string {
  endUnion(group, '');
  const properties = group.open === '{ ' ? group.done.toSorted() : group.done;
  return properties.join('') + group.before;
}

/**
 * Sorts the members of all unions and the properties of all object types in a line of printed types, at every depth.
 * TypeScript orders both by when it first sees them, which any change in a source, or another compiler, may move.
 */
export function withSortedUnions(line: string): string {
  const outside: Group[] = [];
  let group = opened('');
  for (const [token] of line.matchAll(TOKEN)) {
    const outer = CLOSE.has(token) ? outside.pop() : undefined;
    if (outer) {
      outer.member += group.open + closed(group) + token;
      group = outer;
    } else if (OPEN.has(token)) {
      outside.push(group);
      group = opened(token);
    } else if (token === ' | ') {
      group.members.push(group.member);
      group.member = '';
    } else if (token.startsWith(';')) endProperty(group, '; ');
    else if (BEFORE_UNION.has(token)) endUnion(group, token);
    else group.member += token;
  }
  return closed(group);
}
