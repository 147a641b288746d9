import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test's timeout cannot end a call that blocks its process. */
const OPENSSL_MS_MAX = 30_000;

export interface Certificates {
  /** Paths of PEM files. */
  ca: string;
  server: { cert: string; key: string };
  client: { cert: string; key: string };
}

/**
 * Creates a certificate authority, a certificate for the server `localhost` and one for a client in `dir`, with
 * openssl.
 */
export function makeCertificates(dir: string): Certificates {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: dir, stdio: 'pipe', timeout: OPENSSL_MS_MAX });
  const request = (name: string) => ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`];
  openssl(...request('authority'), '-x509', '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem');
  writeFileSync(join(dir, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signed = (name: string) => {
    openssl(...request(name), '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      `${name}.pem`,
    );
    return { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
  };
  return { ca: join(dir, 'ca.pem'), server: signed('server'), client: signed('client') };
}
