import Link from 'next/link';
import type { ReactNode } from 'react';
import './style.css';

export const metadata = { title: 'Two evenings' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Two evenings</Link>
          <Link href="/cart">Cart</Link>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
