# shellcheck shell=bash
# openssl, for the tests that need certificates. Needs common.sh and redis.sh (apt_install).

ensure_openssl() {
  have openssl && return 0
  if have apt-get && can_be_root; then
    run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
    run_quietly 'Installing openssl' apt_install openssl && have openssl && return 0
  fi
  fail 'the tests of TLS need openssl: please install it'
}
