# shellcheck shell=bash
# k6, for the load tests only. Needs common.sh.

k6_version=v1.8.1
k6_cache=node_modules/.cache/holdfast
k6_image=grafana/k6:${k6_version#v}

# is_k6 COMMAND: true for k6 1.x, which takes TypeScript as it is.
is_k6() {
  case $("$1" version 2>/dev/null) in
    'k6 v1.'*) return 0 ;;
    *) return 1 ;;
  esac
}

find_k6() {
  local candidate
  for candidate in k6 "$PWD/$k6_cache/k6"; do
    have "$candidate" || continue
    is_k6 "$candidate" || continue
    HOLDFAST_K6=$(command -v "$candidate")
    export HOLDFAST_K6
    return 0
  done
  return 1
}

install_k6_with_go() {
  have go || return 1
  mkdir -p "$k6_cache"
  run_quietly "Building k6 $k6_version (go install; a minute or two, once)" \
    env GOBIN="$PWD/$k6_cache" CGO_ENABLED=0 go install "go.k6.io/k6@$k6_version" || return 1
  find_k6
}

# Pulls the image and uses k6 from it, where Docker is available.
use_k6_image() {
  have docker && docker info >/dev/null 2>&1 || return 1
  run_quietly "Fetching the image $k6_image" docker pull "$k6_image" || return 1
  HOLDFAST_K6=$PWD/scripts/lib/k6-container
  HOLDFAST_K6_IMAGE=$k6_image
  export HOLDFAST_K6 HOLDFAST_K6_IMAGE
}

# Sets and exports HOLDFAST_K6.
ensure_k6() {
  if [ -n "${HOLDFAST_K6:-}" ]; then
    is_k6 "$HOLDFAST_K6" && return 0
    fail "HOLDFAST_K6=$HOLDFAST_K6 is not k6 1.x"
  fi
  find_k6 && return 0
  install_k6_with_go && return 0
  use_k6_image && return 0
  fail "the load tests need k6 1.x: please install it (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go, or Docker"
}
