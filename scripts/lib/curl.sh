# shellcheck shell=bash
# curl, for the test that follows the README. Needs common.sh and redis.sh (apt_install).

ensure_curl() {
  have curl && return 0
  if have apt-get && can_be_root; then
    run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
    run_quietly 'Installing curl' apt_install curl && have curl && return 0
  fi
  fail 'the test of the README needs curl: please install it'
}
