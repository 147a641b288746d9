const QUIET = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update'];

/** How tests start Chromium. `scripts/lib/chromium.sh` installs it. The sandbox needs a user other than root. */
export const CHROMIUM = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', ...QUIET],
};
