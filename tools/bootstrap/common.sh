# Words, retries, the lock file and stamps. Sourced by ./bootstrap.
# shellcheck shell=bash

readonly deps="$repo/.deps"
readonly lock_file="$repo/tools/deps.lock"
machine=$(uname -m)
readonly machine

say() { printf '%s\n' "bootstrap: $*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# retry WHAT COMMAND...: up to four tries; the last error is shown if none succeeds.
retry() {
  local what=$1 pause log
  shift
  log=$(mktemp)
  for pause in 2 5 15 0; do
    if "$@" >"$log" 2>&1; then rm -f "$log"; return 0; fi
    [ "$pause" = 0 ] || { say "$what: failed, trying again in $pause s"; sleep "$pause"; }
  done
  sed 's/^/    /' "$log" | tail -n 30 >&2
  rm -f "$log"
  die "$what: failed four times. Tried: $*"
}

# locked NAME FIELD: a field (version, bytes, sha256, checked) of tools/deps.lock for this machine.
locked() {
  local column
  case $2 in version) column=2 ;; bytes) column=4 ;; sha256) column=5 ;; checked) column=6 ;; *) die "no field $2" ;; esac
  awk -v name="$1" -v machine="$machine" -v column="$column" \
    '$1 == name && ($3 == machine || $3 == "any") { print $column; found = 1; exit } END { exit !found }' "$lock_file" ||
    die "no $1 known for $machine; tools/deps.lock has x86_64 and aarch64"
}

# check_sha256 FILE NAME: stops unless FILE has the hash that tools/deps.lock gives for NAME.
check_sha256() {
  local found
  [ -f "$1" ] || die "$2: the download does not hold $(basename "$1")"
  found=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$found" = "$(locked "$2" sha256)" ] ||
    die "$2: $(basename "$1") has sha256 $found, tools/deps.lock says $(locked "$2" sha256); nothing was used"
}

# A stamp says which version of a thing lies in .deps/, so that a second run does nothing.
stamp_of() { echo "$(locked "$1" version) $(locked "$1" sha256)"; }
is_fetched() {
  [ "$(cat "$deps/stamps/$1" 2>/dev/null)" = "$(stamp_of "$1")" ] || return 1
  [ "$1" != mediapipe ] || has_mediapipe_models
}
mark_fetched() { mkdir -p "$deps/stamps"; stamp_of "$1" >"$deps/stamps/$1"; }

megabytes() { echo "$((($1 + 999999) / 1000000)) MB"; }

# put SOURCE TARGET: moves a finished file or folder into .deps/ in one step.
put() {
  mkdir -p "$(dirname "$deps/$2")"
  rm -rf "${deps:?}/$2"
  mv "$1" "$deps/$2"
}
