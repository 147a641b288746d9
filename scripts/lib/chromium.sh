# shellcheck shell=bash
# Chromium, for the test that uses the example page in a browser. Needs common.sh and redis.sh (apt_install).

# find_chromium: exports CHROMIUM, which the tests read. A snap does not start for a user without a session.
find_chromium() {
  local candidate
  [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return 0
  for candidate in google-chrome chromium; do
    have "$candidate" && "$candidate" --version >/dev/null 2>&1 || continue
    CHROMIUM=$(command -v "$candidate")
    export CHROMIUM
    return 0
  done
  return 1
}

ensure_chromium() {
  find_chromium && return 0
  if have apt-get && can_be_root; then
    run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
    run_quietly 'Installing Chromium' apt_install chromium && find_chromium && return 0
  fi
  fail 'the test of the example page needs Chromium: please install it, or name it as CHROMIUM'
}
