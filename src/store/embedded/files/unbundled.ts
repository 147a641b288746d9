/**
 * lmdb finds its native module by its own place on the disk. In a bundle it finds none, or one that ends the process at
 * the first call. Imported before lmdb, so that the error says what to do.
 */
const PLACE = /^(?:file:\/\/|\/|[A-Za-z]:[\\/]).*[\\/]store[\\/]embedded[\\/]files[\\/]unbundled\.[jt]s$/;

const BUNDLED =
  'holdfast is in a bundle, in which its native store cannot work. Keep it out: serverExternalPackages: ["holdfast"] ' +
  'in next.config.js, or holdfast as an external package in the configuration of your bundler.';

/**
 * Returns the name under which the runtime has loaded this code, undefined if it has none. `import.meta.url` does not
 * serve, because webpack replaces it by the place of the source.
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

/** Returns whether this code runs from its own file. Vite's runner for tests adds a query to names. */
function isUnbundled(): boolean {
  const name = loadedAs();
  return typeof name !== 'string' || PLACE.test(name.replace(/\?.*$/, ''));
}

if (!isUnbundled()) throw new Error(BUNDLED);
