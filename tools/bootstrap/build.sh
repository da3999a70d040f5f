# Configuring and building one preset. Sourced by ./bootstrap.
# shellcheck shell=bash

# Two jobs at least; more only with 2 GB of memory for each, or the compilers start to swap.
jobs_here() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
  echo $((cores < 2 || memory < 2 ? 2 : memory < cores ? memory : cores))
}

# configure PRESET: only when it was never done, or the presets or the fetched things are newer; ninja does the rest.
configure() {
  local cache="$repo/build/$1/build.ninja"
  if [ -f "$cache" ] && [ "$cache" -nt "$repo/CMakePresets.json" ] && [ "$cache" -nt "$deps/stamps" ]; then return; fi
  (cd "$repo" && cmake --preset "$1")
}

under=()  # what build and test commands are run under, if anything

# build PRESET [TARGET...]: everything, or only these.
build() {
  configure "$1" &&
    "${under[@]}" cmake --build "$repo/build/$1" --parallel "$(jobs_here)" ${2:+--target "${@:2}"}
}
