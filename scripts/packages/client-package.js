// Builds the folder of the package @holdfast/client: one module, its types, and a manifest that repeats what it shares
// with the package of the server.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { clientTypes } from './client-types.js';
import { TRPC_MODULE } from './derived-types.js';

/** Both packages have one version, one license and one repository. The manifest of the server is the place for them. */
const SHARED = ['version', 'license', 'author', 'repository', 'homepage', 'bugs'];
const DEPENDENCIES = ['@trpc/client', '@trpc/server'];

export function clientManifest(root) {
  const server = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const shared = SHARED.flatMap((name) => (name in server ? [[name, server[name]]] : []));
  return {
    name: '@holdfast/client',
    description:
      'The typed client of Holdfast, an inventory reservation engine, for browsers, React Native and servers.',
    keywords: ['inventory', 'stock', 'cart', 'checkout', 'e-commerce', 'trpc', 'client', 'typescript'],
    ...Object.fromEntries(shared),
    type: 'module',
    sideEffects: false,
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './trpc': { types: './trpc.d.ts', default: './trpc.js' },
      './package.json': './package.json',
    },
    types: './index.d.ts',
    files: ['*.js', '*.d.ts'],
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, server.dependencies[name]])),
    publishConfig: { access: 'public' },
  };
}

/** Writes the package to a folder. It reads the build of src/ in dist/. */
export async function writeClientPackage({ root, out }) {
  mkdirSync(out, { recursive: true });
  const external = (id) => DEPENDENCIES.some((name) => id === name || id.startsWith(`${name}/`));
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      target: 'es2022',
      minify: false,
      emptyOutDir: false,
      outDir: out,
      lib: { entry: join(root, 'dist/client/client.js'), formats: ['es'], fileName: () => 'index.js' },
      rolldownOptions: { external },
    },
  });
  writeFileSync(join(out, 'index.d.ts'), clientTypes(root));
  writeFileSync(join(out, 'trpc.d.ts'), TRPC_MODULE);
  cpSync(join(root, 'dist/client/trpc.js'), join(out, 'trpc.js'));
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(clientManifest(root), null, 2)}\n`);
  cpSync(join(root, 'src/client/README.md'), join(out, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
}
