#!/usr/bin/env bash
# The repository's own rules; prints every violation, exits 1 if there is one. Looks at tracked and new files alike.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

broken=0
# rule SENTENCE: the violations of that rule come on standard input; none is good.
rule() {
  local lines
  lines=$(cat)
  if [ -z "$lines" ]; then printf 'kept    %s\n' "$1"; return; fi
  broken=1
  printf 'BROKEN  %s\n' "$1"
  printf '%s\n' "$lines" | sed 's/^/          /'
}

files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ -f "$file" ] && echo "$file"; done || true; }
search() { git grep --untracked -nIE "$@" || true; }

layering() { python3 tools/check_layers.py 2>&1 || true; }
layering_tests() { local log; log=$(python3 tools/check_layers_test.py 2>&1) || echo "$log"; }

# Addresses of package registries belong to the machine, never into a file.
registry_hosts() {
  search '(https?|git|ssh)://[^ "]*(npm|pypi|pythonhosted|crates\.io|maven|debian|golang|artifact|registry)[^ "]*' -- .
}

machine_paths() { search '/(work|farm|root)/|/home/[a-z]' -- . ':!tools/check_repo.sh'; }

unfinished() { search '\b(TODO|FIXME|XXX)\b' -- '*.cc' '*.h' '*.py' '*.sh' '*.cmake' bootstrap | grep -vE 'TODO\(#[0-9]+\)|tools/check_repo\.sh' || true; }

# Weights, pictures and films come from elsewhere; a reference picture for a test may be small.
heavy_files() {
  files | grep -E '\.(onnx|tflite|bin|pt|mp4|mkv|avi|zip|whl|so|a|o)$' || true
  files | while read -r file; do [ "$(stat -c %s "$file")" -le 1000000 ] || echo "$file: over 1 MB"; done
}

scripts() {
  local file
  for file in bootstrap .ci/run $(files 'tools/*.py' 'tools/*.sh' | grep -v '^tools/bootstrap/'); do
    [ -x "$file" ] || echo "$file: not executable"
  done
  for file in bootstrap .ci/run $(files '*.sh'); do bash -n "$file" 2>&1 || true; done
}

# Every manifest says where a model is from, under which licence, and which bytes are meant.
manifests() {
  local file key
  for file in $(files 'models/*.toml'); do
    for key in name task licence file sha256; do
      grep -qE "^${key}[[:space:]]*=" "$file" || echo "$file: no '$key'"
    done
    grep -qE '^sha256[[:space:]]*= "[0-9a-f]{64}"' "$file" || echo "$file: sha256 is not 64 hexadecimal digits"
    [ "$(basename "$file" .toml)" = "$(sed -nE 's/^name[[:space:]]*= "(.*)"$/\1/p' "$file")" ] || echo "$file: not called as its name"
  done
}

# Code is at most 100 characters wide; apps/cli/keys.cc is a table with a row a key.
wide_lines() {
  git ls-files '*.cc' '*.h' | grep -v '^apps/cli/keys.cc$' |
    { LC_ALL=C.UTF-8 xargs grep -nE '^.{101,}$' || true; } | cut -c1-80
}

# The lock file fetches the very models that the manifests describe.
lock_agrees() {
  local sha256 version
  version=$(awk '$1 == "mediapipe" { print $2 }' tools/deps.lock)
  for file in $(grep -l '"mediapipe==' models/*.toml); do
    grep -q "\"mediapipe==$version\"" "$file" || echo "tools/deps.lock and $file differ"
  done
  sha256=$(awk '$1 == "objectron" { print $5 }' tools/deps.lock)
  grep -q "$sha256" models/ssd_mobilenet_v2_objectron.toml || echo "tools/deps.lock and models/ssd_mobilenet_v2_objectron.toml differ"
}

layering | rule "includes, third parties and CMake dependencies point the way tools/layers.toml says"
layering_tests | rule "the layering check finds what it should"
registry_hosts | rule "no address of a package registry"
machine_paths | rule "no path of one machine"
unfinished | rule "no TODO without an issue's number"
heavy_files | rule "no weights, films or heavy files"
wide_lines | rule "no line of code over 100 characters"
scripts | rule "scripts are executable and parse"
manifests | rule "manifests are complete"
lock_agrees | rule "the lock file and the manifest mean the same model"
exit "$broken"
