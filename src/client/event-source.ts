/** The class for subscriptions: the `EventSource` of browsers, or a compatible one. */
export interface EventSourceClass {
  new (
    url: string,
    init?: { withCredentials?: boolean },
  ): {
    readonly CLOSED: number;
    readonly CONNECTING: number;
    readonly OPEN: number;
    readonly readyState: number;
    addEventListener(type: string, listener: (event: object) => void): void;
    removeEventListener(type: string, listener: (event: object) => void): void;
    close(): void;
  };
}
