# shellcheck shell=bash
# Helm 3, for the check of the chart. Needs common.sh.

helm_version=v3.19.4
helm_cache=node_modules/.cache/holdfast

# is_helm COMMAND: true for Helm 3.
is_helm() {
  case $("$1" version --short 2>/dev/null) in
    v3.*) return 0 ;;
    *) return 1 ;;
  esac
}

find_helm() {
  local candidate
  for candidate in helm "$PWD/$helm_cache/helm"; do
    have "$candidate" || continue
    is_helm "$candidate" || continue
    HOLDFAST_HELM=$(command -v "$candidate")
    export HOLDFAST_HELM
    return 0
  done
  return 1
}

install_helm_with_go() {
  have go || return 1
  mkdir -p "$helm_cache"
  run_quietly "Building Helm $helm_version (go install; a few minutes, once)" \
    env GOBIN="$PWD/$helm_cache" CGO_ENABLED=0 go install "helm.sh/helm/v3/cmd/helm@$helm_version" || return 1
  find_helm
}

# Sets and exports HOLDFAST_HELM.
ensure_helm() {
  find_helm && return 0
  install_helm_with_go && return 0
  fail "the check of the chart needs Helm 3: please install it (https://helm.sh/docs/intro/install/), or Go"
}
