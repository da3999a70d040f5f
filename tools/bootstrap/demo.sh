# ./bootstrap demo. Sourced by ./bootstrap.
# shellcheck shell=bash

build_release() {
  local log="$repo/build/logs/release.log"
  mkdir -p "$(dirname "$log")"
  # The first build takes minutes and shows its progress; later ones are silent.
  if [ ! -x "$repo/build/release/bin/retinue" ]; then
    say "building (Release, $(jobs_here) jobs; the full log is build/logs/release.log)"
  fi
  build release >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "the build failed; full log: $log"; }
}

# run_demo [SOURCE]: a file, or anything else that retinue takes (a camera's number, an address).
run_demo() {
  local source=${1:-$deps/samples/$(locked opencv-doc checked)}
  # Pedestrians only, and only what the small default model is rather sure of.
  local arguments=(track "$source" classes=person conf=0.4 save=demo.out.mp4 json=demo.out.jsonl overwrite=true)
  printf '$ retinue'
  printf ' %q' "${arguments[@]}"
  printf '\n'
  "$repo/build/release/bin/retinue" "${arguments[@]}"
  echo
  echo "The people are followed in:   $PWD/demo.out.mp4"
  echo "One line of JSON a frame in:  $PWD/demo.out.jsonl"
  echo "The program is:               $repo/build/release/bin/retinue (try: help)"
}
