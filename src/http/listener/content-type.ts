import type { IncomingMessage } from 'node:http';

/** `application/json`, in UTF-8 where a charset is named at all. Most clients write it in the plain way. */
export const isJson = (contentType: string): boolean =>
  contentType === 'application/json' ||
  /^application\/json\s*(;\s*charset=("?)utf-?8\2\s*)?;?\s*$/i.test(contentType.trim());

/** Whether a body comes compressed, or encoded in another way that the server does not read. */
export const isEncoded = ({ headers }: IncomingMessage): boolean =>
  !/^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '');
