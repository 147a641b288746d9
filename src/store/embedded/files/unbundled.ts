/**
 * lmdb finds its native module by the path of its own file. In a bundle it finds no module, or one that crashes the
 * process at the first call. This file is imported before lmdb, so that the error has the remedy.
 */
const PLACE = /^(?:file:\/\/|\/|[A-Za-z]:[\\/]).*[\\/]store[\\/]embedded[\\/]files[\\/]unbundled\.[jt]s$/;

const BUNDLED =
  'holdfast is in a bundle, in which its native store cannot work. Keep it out: serverExternalPackages: ["holdfast"] ' +
  'in next.config.js, or holdfast as an external package in the configuration of your bundler.';

/**
 * Returns the file name under which the runtime has loaded this code; undefined if it has none. `import.meta.url`
 * cannot be used, because webpack replaces it by the path of the source.
 */
function loadedAs(): string | undefined {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName();
    return (new Error('for its stack').stack as unknown as string | null) ?? undefined;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** Returns whether this code runs from its own file. Vitest adds a query to file names. */
function isUnbundled(): boolean {
  const name = loadedAs();
  return typeof name !== 'string' || PLACE.test(name.replace(/\?.*$/, ''));
}

if (!isUnbundled()) throw new Error(BUNDLED);
