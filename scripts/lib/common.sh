# shellcheck shell=bash
# Sourced by the scripts beside it, which run from the project's root with `set -euo pipefail`.
# Everything here writes to stderr: stdout belongs to the script's own answer. Bash 3.2 (macOS) has to suffice.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "holdfast: $*"
  exit 1
}

# help_if_wanted SCRIPT ARGUMENT...: prints the comment at the script's head and exits, where --help or -h is among the
# arguments. Nothing is installed or built for it.
help_if_wanted() {
  local script=$1 argument
  shift
  for argument in "$@"; do
    case $argument in
      --help | -h)
        sed -n '2,/^[^#]/{ /^#/!d; s/^# \{0,1\}//; p; }' "scripts/${script##*/}"
        exit 0
        ;;
    esac
  done
}

have() { command -v "$1" >/dev/null 2>&1; }

# run_quietly LABEL COMMAND...: prints the label and the duration, and the output only if the command fails.
run_quietly() {
  local label=$1 log status=0 started=$SECONDS ticker=''
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/holdfast-log.XXXXXX")
  printf '%s ...' "$label" >&2
  if [ -t 2 ]; then
    while sleep 1; do printf '\r%s ... %d s' "$label" $((SECONDS - started)) >&2; done &
    ticker=$!
  fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ -n "$ticker" ]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r%s ...' "$label" >&2
  fi
  if [ "$status" -eq 0 ]; then
    say " done ($((SECONDS - started)) s)"
  else
    say ' failed'
    cat "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# can_be_root: sudo asks for the password here, where it can be typed. as_root then needs none.
can_be_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  have sudo || return 1
  if [ -t 0 ]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}
