import type { NextConfig } from 'next';

const config: NextConfig = {
  // Needed only if you open the shop in this process. A bundled LMDB ends the process.
  serverExternalPackages: ['holdfast', 'lmdb'],
};

export default config;
