/** The log of the services, for operators. A pino logger fits. Never log a session id, a key or contact data. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };
