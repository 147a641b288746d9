import { UnreadableFile } from '../../service/bulk/bulk-types.ts';

/** Bytes as text, without the mark that some programs put first. Throws `UnreadableFile` for what is no UTF-8. */
export async function* utf8(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw new UnreadableFile('', 'the file is not UTF-8 throughout');
    }
  };
  for await (const bytes of source) {
    const text = decode(bytes);
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}
