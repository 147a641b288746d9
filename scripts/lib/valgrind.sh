# shellcheck shell=bash
# valgrind, for the benchmark that counts instructions. Needs common.sh and redis.sh (apt_install).

ensure_valgrind() {
  have valgrind && return 0
  if have apt-get && can_be_root; then
    run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
    run_quietly 'Installing valgrind' apt_install valgrind && have valgrind && return 0
  fi
  fail 'counting instructions needs valgrind: please install it'
}
