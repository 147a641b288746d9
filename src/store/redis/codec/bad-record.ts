/** The problem of a record that exists and cannot be decoded. */
export interface Bad {
  problem: string;
}

export function isBad(known: unknown): known is Bad {
  return typeof known === 'object' && known !== null && 'problem' in known;
}

export function decodedOrBad<T>(decode: () => T): T | Bad {
  try {
    return decode();
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
