/** What subscriptions travel over: the browsers' own `EventSource`, or a class like it where there is none. */
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
