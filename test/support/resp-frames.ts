// Splits a stream of the Redis protocol (RESP 2 and 3) into whole frames, so that a proxy can act between two of them.

const CR_LF = '\r\n';
const AGGREGATES = new Map([
  ['*', 1],
  ['~', 1],
  ['>', 1],
  ['%', 2],
  ['|', 2],
]);
const BULKS = new Set(['$', '=', '!']);

/** Returns the end of the frame that begins at `start`, or undefined while bytes are missing. */
const frameEnd = (bytes: Buffer, start: number): number | undefined => {
  const lineEnd = bytes.indexOf(CR_LF, start);
  if (lineEnd < 0) return undefined;
  const next = lineEnd + CR_LF.length;
  const type = bytes.toString('latin1', start, start + 1);
  const count = Number(bytes.toString('latin1', start + 1, lineEnd));
  if (BULKS.has(type)) {
    const end = count < 0 ? next : next + count + CR_LF.length;
    return end <= bytes.length ? end : undefined;
  }
  // An attribute (`|`) precedes the value that it describes, and belongs to its frame.
  const children = Math.max(0, count) * (AGGREGATES.get(type) ?? 0) + (type === '|' ? 1 : 0);
  let end: number | undefined = next;
  for (let child = 0; child < children && end !== undefined; child += 1) end = frameEnd(bytes, end);
  return end;
};

export class RespFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** Returns the frames that `chunk` completes, in order. Keeps the bytes of an unfinished one for the next call. */
  push(chunk: Buffer): Buffer[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (let end = frameEnd(bytes, 0); end !== undefined && bytes.length > 0; end = frameEnd(bytes, 0)) {
      frames.push(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
    return frames;
  }
}

/** Returns the command's name in capitals, of a request frame (`*2\r\n$4\r\nECHO...` or an inline `PING`). */
export function commandName(request: Buffer): string {
  const head = request.toString('latin1', 0, Math.min(request.length, 64)).split(CR_LF);
  const name = request[0] === 0x2a ? head[2] : head[0]?.split(' ')[0];
  return (name ?? '').toUpperCase();
}
