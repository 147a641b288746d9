# shellcheck shell=bash
# The programs of PostgreSQL, for the benchmarks and their tests, without a service. Needs common.sh and redis.sh.

# The newest of Debian's directories, the PATH's, Homebrew's. Prints the directory of `initdb` and `postgres`.
find_postgres() {
  local candidate beside
  beside=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
  for candidate in "${HOLDFAST_POSTGRES_BIN:-}" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$beside" \
    /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# Debian's package creates a cluster and starts it on port 5432. The installation disables that.
install_postgres_with_apt() {
  local conf=/etc/postgresql-common/createcluster.d/holdfast.conf status=0
  have apt-get && can_be_root || return 1
  run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
  as_root mkdir -p "$(dirname "$conf")"
  printf 'create_main_cluster = false\n' | as_root tee "$conf" >/dev/null
  run_quietly 'Installing PostgreSQL (postgresql)' apt_install postgresql || status=1
  as_root rm -f "$conf"
  return "$status"
}

install_postgres_with_brew() {
  have brew || return 1
  run_quietly 'Installing PostgreSQL (brew)' brew install postgresql@17
}

# Prints the directory of PostgreSQL's programs; installs them where there are none.
ensure_postgres() {
  find_postgres && return 0
  install_postgres_with_apt && find_postgres && return 0
  install_postgres_with_brew && find_postgres && return 0
  fail 'the benchmarks against PostgreSQL and their tests need initdb and postgres: please install PostgreSQL 13 or later'
}
