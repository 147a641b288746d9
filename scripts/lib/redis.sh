# shellcheck shell=bash
# A Redis server to run privately: only the program is needed, never a service. Needs common.sh.

# The tests find it under this name too, so that they run without this script later.
redis_link=node_modules/.cache/holdfast/redis-server

# is_redis COMMAND: true for Redis 7.0 or later and Valkey 7.2 or later.
is_redis() {
  local line version major
  line=$("$1" --version 2>/dev/null) || return 1
  case $line in
    'Redis server v='* | 'Valkey server v='*) ;;
    *) return 1 ;;
  esac
  version=${line#*v=}
  major=${version%%.*}
  [ "$major" -ge 7 ] 2>/dev/null
}

find_redis() {
  local candidate
  for candidate in redis-server valkey-server "$redis_link"; do
    have "$candidate" || continue
    is_redis "$candidate" || continue
    HOLDFAST_REDIS_SERVER=$(command -v "$candidate")
    case $HOLDFAST_REDIS_SERVER in
      /*) ;;
      *) HOLDFAST_REDIS_SERVER=$PWD/$HOLDFAST_REDIS_SERVER ;;
    esac
    export HOLDFAST_REDIS_SERVER
    return 0
  done
  return 1
}

# Debian's redis-tools contains the server's program (as redis-check-rdb: its behavior depends on the name by which it
# is called). Unlike the package redis-server it does not start a service on port 6379.
link_redis_tools() {
  have redis-check-rdb || return 1
  mkdir -p "$(dirname "$redis_link")"
  ln -sf "$(command -v redis-check-rdb)" "$redis_link"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@"
}

install_redis_with_apt() {
  have apt-get && can_be_root || return 1
  run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
  run_quietly 'Installing Redis (redis-tools)' apt_install redis-tools || return 1
  link_redis_tools && find_redis && return 0
  run_quietly 'Installing Redis (redis-server)' apt_install redis-server || return 1
  find_redis
}

install_redis_with_brew() {
  have brew || return 1
  run_quietly 'Installing Redis (brew)' brew install redis || return 1
  find_redis
}

# Sets and exports HOLDFAST_REDIS_SERVER.
ensure_redis() {
  if [ -n "${HOLDFAST_REDIS_SERVER:-}" ]; then
    is_redis "$HOLDFAST_REDIS_SERVER" && return 0
    fail "HOLDFAST_REDIS_SERVER=$HOLDFAST_REDIS_SERVER is not a Redis server 7.0 or later"
  fi
  find_redis && return 0
  install_redis_with_apt && return 0
  install_redis_with_brew && return 0
  fail 'needs redis-server 7.0 or later (or valkey-server 7.2 or later) on the PATH: please install it'
}

# Sets and exports HOLDFAST_REDIS_BENCHMARK: the program beside the server, or the one on the PATH.
ensure_redis_benchmark() {
  local candidate
  for candidate in "$(dirname "$HOLDFAST_REDIS_SERVER")/redis-benchmark" redis-benchmark valkey-benchmark; do
    have "$candidate" || continue
    HOLDFAST_REDIS_BENCHMARK=$(command -v "$candidate")
    export HOLDFAST_REDIS_BENCHMARK
    return 0
  done
  if have apt-get && can_be_root; then
    run_quietly 'Installing redis-benchmark (redis-tools)' apt_install redis-tools || true
    have redis-benchmark && HOLDFAST_REDIS_BENCHMARK=$(command -v redis-benchmark) && export HOLDFAST_REDIS_BENCHMARK &&
      return 0
  fi
  fail 'needs redis-benchmark, which comes with Redis (Debian: redis-tools), on the PATH: please install it'
}
