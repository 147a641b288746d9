# shellcheck shell=bash
# A C compiler, for the tests that put a recording disk under the server. Needs common.sh and redis.sh (apt_install).

has_compiler() {
  have cc || return 1
  echo 'int main(void) { return 0; }' | cc -x c -include stdio.h -o /dev/null - 2>/dev/null
}

ensure_compiler() {
  has_compiler && return 0
  if have apt-get && can_be_root; then
    run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
    run_quietly 'Installing a C compiler (gcc)' apt_install gcc libc6-dev && has_compiler && return 0
  fi
  fail 'the tests in test/faults need a C compiler (cc): please install one'
}
