/**
 * The parts of Next.js that examples/nextjs-stripe uses, so that the suite checks its types without installing Next.
 * `npm run test:examples` builds it with Next's own types.
 */
declare module 'next' {
  export interface NextConfig {
    serverExternalPackages?: string[];
  }
}
declare module 'next/cache' {
  export function refresh(): void;
}
declare module 'next/headers' {
  interface CookieOptions {
    httpOnly: boolean;
    sameSite: 'lax';
    secure: boolean;
    path: string;
    expires: Date;
  }
  export function cookies(): Promise<{
    get(name: string): { value: string } | undefined;
    set(name: string, value: string, options: CookieOptions): void;
  }>;
}
declare module 'next/link' {
  import type { ReactNode } from 'react';
  export default function Link(props: { href: string; children: ReactNode }): ReactNode;
}
declare module 'next/navigation' {
  export function notFound(): never;
  export function redirect(url: string): never;
}
declare module 'next/server' {
  export function connection(): Promise<void>;
}
