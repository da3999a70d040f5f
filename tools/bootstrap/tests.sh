# ./bootstrap test: builds, tests, sanitizers, repository rules. Sourced by ./bootstrap.
# shellcheck shell=bash

readonly logs="$repo/build/logs"
verdicts=()  # one entry a finished step, for the last line

# step NAME LOG COMMAND...: runs it with everything logged; a failing one ends the run with what it said last.
step() {
  local name=$1 log=$logs/$2.log start=$SECONDS
  shift 2
  printf '== %s\n' "$name"
  local outcome=0
  "$@" >"$log" 2>&1 </dev/null || outcome=$?
  ${after_step:-:} "$log"
  if [ "$outcome" = 0 ]; then printf '   ok, %d s\n' $((SECONDS - start)); return; fi
  tail -n 60 "$log"
  printf '   failed after %d s; all of it is in %s\n' $((SECONDS - start)) "$log"
  finish "FAILED at: $name"
}

# finish [FAILURE]: the last line, and the exit.
finish() {
  local text='' verdict
  for verdict in "${verdicts[@]}"; do text+="${text:+; }$verdict"; done
  if [ $# -gt 0 ]; then echo "bootstrap test: $1${text:+ ($text)}"; exit 1; fi
  echo "bootstrap test: $text"
  exit 0
}

# ctest_counts LOG: "N passed M failed K skipped", from what CTest printed.
ctest_counts() {
  local failed total skipped
  read -r failed total < <(sed -nE 's/.* ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$1" | tail -n 1) || return 1
  skipped=$(skipped_tests "$1" | wc -l)
  echo "$((total - failed - skipped)) passed $failed failed $skipped skipped"
}

skipped_tests() { sed -nE 's/^[[:space:]]+[0-9]+ - (.*) \(Skipped\)$/\1/p' "$1"; }

run_ctest() { cd "$repo" && "${under[@]}" ctest --preset "$1" --parallel "$(jobs_here)" --timeout 600; }

# test_preset PRESET [TARGET...]: configures, builds, tests; adds the counts to the verdicts, and names what was skipped.
test_preset() {
  local preset=$1 log="$logs/$1-tests.log"
  step "$preset: build" "$preset-build" build "$@"
  rm -f "$log"
  after_step=count_tests step "$preset: tests" "$preset-tests" run_ctest "$preset"
}

count_tests() {
  local log=$1 preset counts
  preset=$(basename "$log" -tests.log)
  counts=$(ctest_counts "$log") || counts="without a count"
  verdicts+=("$preset $counts")
  printf '   %s\n' "$counts"
  skipped_tests "$log" | sed 's/^/   skipped: /'
}

# ThreadSanitizer of this age cannot live with the memory layout of some newer kernels: its programs run without address
# randomisation, where that is allowed. (Programs also run while building: CMake asks them for their tests.)
fixed_layout() {
  if setarch "$machine" -R true 2>/dev/null; then under=(setarch "$machine" -R); fi
}

repository_rules() { "$repo/tools/check_repo.sh"; }

run_tests() {
  if [ -z "${RETINUE_TEST_DATA:-}" ] && [ -d "$repo/../shared/data" ]; then
    RETINUE_TEST_DATA=$(cd "$repo/../shared/data" && pwd)
    export RETINUE_TEST_DATA
  fi
  mkdir -p "$logs"
  step "repository rules" repository-rules repository_rules  # first, as it takes two seconds
  verdicts+=("repository rules kept")
  test_preset dev
  test_preset asan
  fixed_layout
  test_preset tsan pipeline_test  # the only one that its tests are in
  under=()
  finish
}
