/** `getaddrinfo` looks up a host that is given by its name. */
const LISTEN_SYSCALLS = new Set<string | undefined>(['listen', 'bind', 'getaddrinfo']);

/** Returns a handler that adds the names of the settings to an error of the address. It rethrows any other error. */
export function explainListen(settings: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (!LISTEN_SYSCALLS.has(error.syscall)) throw error;
    throw new Error(`cannot listen, see ${settings}: ${error.message}`, { cause: error });
  };
}
