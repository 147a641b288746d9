# shellcheck shell=bash
# prometheus and promtool, for the tests of the alert rules and the dashboard. Only the programs are needed, never a
# service, so the package is unpacked and not installed. Needs common.sh and redis.sh (as_root, can_be_root).

prometheus_dir=node_modules/.cache/holdfast/prometheus

unpack_prometheus() (
  cd "$prometheus_dir" && apt-get download prometheus && dpkg --extract prometheus_*.deb . &&
    mv usr/bin/prometheus usr/bin/promtool . && rm -rf usr etc lib var prometheus_*.deb
)

ensure_prometheus() {
  { have prometheus && have promtool; } || [ -x "$prometheus_dir/promtool" ] && return 0
  if have apt-get && can_be_root; then
    run_quietly 'Reading the list of system packages' as_root apt-get -o DPkg::Lock::Timeout=300 update || true
    mkdir -p "$prometheus_dir"
    run_quietly 'Unpacking prometheus' unpack_prometheus && return 0
  fi
  fail 'the tests of the alert rules need prometheus and promtool on the PATH: please install them'
}
