# shellcheck shell=bash
# Node and the packages. Needs common.sh.

ensure_node() {
  local wants='Node ^20.19 or >=22.12 (https://nodejs.org)' version major minor
  have node || fail "needs $wants, and finds none on the PATH"
  version=$(node --version)
  major=${version#v}
  minor=${major#*.}
  major=${major%%.*}
  minor=${minor%%.*}
  case $major in
    20) [ "$minor" -ge 19 ] && return 0 ;;
    22) [ "$minor" -ge 12 ] && return 0 ;;
    *) [ "$major" -gt 22 ] && return 0 ;;
  esac
  fail "needs $wants, and finds $version"
}

# Runs npm only when node_modules differs from the lock file.
ensure_packages() {
  node scripts/lib/packages-current.js && return 0
  have npm || fail 'needs npm, which comes with Node, and finds none on the PATH'
  run_quietly 'Installing packages' npm ci || fail 'npm ci failed (see above)'
}

# Builds dist/, for scripts that run it without `npm start`.
ensure_built() {
  node scripts/build.js || fail 'the build failed (see above)'
}
