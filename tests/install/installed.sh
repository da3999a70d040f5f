#!/usr/bin/env bash
# One step of the tests of an installation; tests/install/CMakeLists.txt says which follow from
# which. Expected numbers come from ffprobe, from the inputs, or from arithmetic written beside.
# Environment: SOURCE, BUILD, SCRATCH (folders), CMAKE, CXX (programs), CMAKE_GENERATOR, VERSION, LIBDIR.
# Exit status 77: skipped, something outside the repository is absent.
set -euo pipefail

prefix=$SCRATCH/prefix
bin=$SCRATCH/examples/bin
models=$prefix/share/retinue/models
model=$models/ssd_mobilenet_v2_objectron.tflite
manifest=$models/ssd_mobilenet_v2_objectron.toml
sample=$SOURCE/.deps/samples/vtest.avi

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
expect_equal() { [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"; }
expect_match() { grep -Eq -- "$2" <<<"$3" || fail "$1: expected /$2/ in: $3"; }
need_model() { [ -f "$model" ] || skip "no model; ./bootstrap deps fetches it"; }
need_sample() {
  [ -f "$sample" ] || skip "no sample video; ./bootstrap deps fetches it"
  command -v ffmpeg >/dev/null || skip "no ffmpeg"
}

# Nothing of the user's, and nothing that a run before this one left.
clean_surroundings() {
  export HOME=$SCRATCH/home-$1 RETINUE_CACHE=$SCRATCH/home-$1/cache
  rm -rf "$HOME"
  mkdir -p "$HOME"
  unset RETINUE_MODELS RETINUE_ONNXRUNTIME LD_LIBRARY_PATH CMAKE_PREFIX_PATH PKG_CONFIG_PATH
}

# clip NAME: the first two seconds of the sample, without recoding. picture NAME: one frame of it.
clip() { ffmpeg -v error -y -i "$sample" -t 2 -c copy "$1"; }
picture() { ffmpeg -v error -y -ss 10 -i "$sample" -frames:v 1 "$1"; }
frames_of() { ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames -of csv=p=0 "$1"; }

step_prefix() {
  rm -rf "$SCRATCH"
  mkdir -p "$SCRATCH"
  "$CMAKE" --install "$BUILD" --prefix "$prefix" >"$SCRATCH/install.log" || fail "$(cat "$SCRATCH/install.log")"
  local file
  for file in bin/retinue include/retinue/pipeline/run_stream.h "$LIBDIR/libretinue_pipeline.a" \
    "$LIBDIR/cmake/retinue/retinueConfig.cmake" "$LIBDIR/cmake/retinue/retinueConfigVersion.cmake" \
    "$LIBDIR/pkgconfig/retinue.pc" share/retinue/models/ssd_mobilenet_v2_objectron.toml \
    share/doc/retinue/LICENSE; do
    [ -f "$prefix/$file" ] || fail "$file was not installed"
  done
  local extra
  extra=$(find "$prefix/include" -type f ! -name '*.h')
  expect_equal "files in include/ that are no headers" "" "$extra"
  # What finds the parts must not know where it was built.
  extra=$(grep -rlF -e "$SOURCE" -e "$BUILD" -e "$prefix" "$prefix/$LIBDIR/cmake" "$prefix/$LIBDIR/pkgconfig" || true)
  expect_equal "files that name a folder of this machine" "" "$extra"
}

# A program may ask for parts by their folders' names, more than once, and link one alone.
step_parts() {
  local project=$SCRATCH/parts said
  local -a configure=("$CMAKE" -S "$project" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$CXX")
  rm -rf "$project"
  mkdir -p "$project"
  cat >"$project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(parts LANGUAGES CXX)
find_package(retinue ${VERSION%.*} REQUIRED COMPONENTS heads)
find_package(retinue REQUIRED COMPONENTS \${PART})
add_executable(own_head "$SOURCE/examples/own_head.cc")
target_link_libraries(own_head PRIVATE retinue::heads)
EOF
  "${configure[@]}" -B "$project/good" -DPART=track
  "$CMAKE" --build "$project/good"
  "$project/good/own_head" >/dev/null
  said=$(ldd "$project/good/own_head")
  ! grep -Eq 'libgst|libopenvino' <<<"$said" || fail "retinue::heads alone brings: $said"
  said=$("${configure[@]}" -B "$project/bad" -DPART=hats 2>&1) && fail "a part that is not there was found"
  expect_match "find_package" 'hats' "$said"
}

step_examples() {
  local file lines
  for file in "$SOURCE"/examples/*.cc; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 60 ] || fail "$(basename "$file") has $lines lines; an example has 60 at most"
  done
  rm -rf "$SCRATCH/examples"
  "$CMAKE" -S "$SOURCE/examples" -B "$SCRATCH/examples" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror -O1" -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$bin"
  "$CMAKE" --build "$SCRATCH/examples"
}

# Corners 10,20 and 110,220 of the input lie at twice that in the frame; the other row is below the threshold.
step_own_head() { expect_equal own_head "class 0, 0.9, at 20,40 size 200x400" "$("$bin/own_head")"; }

step_own_source() {
  need_model
  expect_equal own_source "10 frames" "$("$bin/own_source" "$model" "$manifest")"  # it makes ten
}

# The sample shows people walking, at every moment.
step_detect_image() {
  need_model
  need_sample
  picture "$SCRATCH/picture.png"
  expect_match detect_image '^person +0\.[4-9][0-9] at [0-9]+,[0-9]+ size [0-9]+x[0-9]+$' \
    "$("$bin/detect_image" "$model" "$manifest" "$SCRATCH/picture.png")"
  local said status=0
  said=$("$bin/detect_image" "$model" "$manifest" "$SCRATCH/nothing.png" 2>&1) || status=$?
  expect_equal "exit status for a missing picture" 1 "$status"
  expect_match "message for a missing picture" 'nothing\.png' "$said"
}

step_track_file() {
  need_model
  need_sample
  clip "$SCRATCH/clip.avi"
  local said lines
  said=$("$bin/track_file" "$model" "$manifest" "$SCRATCH/clip.avi" "$SCRATCH/clip.jsonl")
  lines=$(frames_of "$SCRATCH/clip.avi")
  expect_match track_file "^$lines frames, [1-9][0-9]* objects, [1-9][0-9]* tracks in [0-9.]+ s$" "$said"
  expect_equal "lines of clip.jsonl" "$lines" "$(wc -l <"$SCRATCH/clip.jsonl")"
  [ ! -e "$SCRATCH/clip.jsonl.part" ] || fail "clip.jsonl.part was left behind"
}

step_read_results() {
  [ -f "$SCRATCH/clip.jsonl" ] || skip "track_file was skipped"
  local said
  said=$("$bin/read_results" "$SCRATCH/clip.jsonl")
  expect_equal "tracks" "$(grep -o '"id":[0-9]*' "$SCRATCH/clip.jsonl" | sort -u | wc -l)" "$(wc -l <<<"$said")"
  expect_match read_results '^person 1: from [0-9.]+ s to [0-9.]+ s, seen in [0-9]+ frames$' "$said"
}

# A program without CMake: the one that uses the most parts.
step_pkg_config() {
  export PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
  expect_equal "version" "$VERSION" "$(pkg-config --modversion retinue)"
  # shellcheck disable=SC2046
  "$CXX" "$SOURCE/examples/track_file.cc" $(pkg-config --cflags --libs retinue) -o "$SCRATCH/track_by_hand"
  unset PKG_CONFIG_PATH
  need_model
  need_sample
  clip "$SCRATCH/by_hand.avi"
  expect_match track_by_hand "^$(frames_of "$SCRATCH/by_hand.avi") frames, " \
    "$("$SCRATCH/track_by_hand" "$model" "$manifest" "$SCRATCH/by_hand.avi" "$SCRATCH/by_hand.jsonl")"
}

# check_command FOLDER: the program there runs from another folder, and finds its libraries and models.
check_command() {
  local said
  cd "$HOME"
  expect_equal "version" "retinue $VERSION" "$("$1/bin/retinue" --version)"
  said=$("$1/bin/retinue" devices)
  expect_match "devices" '^ *openvino +[0-9]+\.[0-9]+.*: .*cpu' "$said"
  expect_match "devices" "^ *$1/share/retinue/models$" "$said"
  if [ -f "$1/$LIBDIR/retinue/libonnxruntime.so.1" ]; then
    expect_match "devices" '^ *onnxruntime +[0-9]+\.[0-9]+.*: .*cpu' "$said"
  fi
  said=$(ldd "$1/bin/retinue")
  ! grep -q "not found" <<<"$said" || fail "libraries are missing: $said"
  ! grep -qF "$SOURCE/.deps" <<<"$said" || fail "libraries of the source tree are used: $said"
  need_sample
  [ -f "$1/share/retinue/models/ssd_mobilenet_v2_objectron.tflite" ] || skip "no model; ./bootstrap deps fetches it"
  picture "$HOME/picture.png"
  "$1/bin/retinue" detect picture.png "json=found.jsonl"
  expect_match "found.jsonl" '"label":"person"' "$(cat found.jsonl)"
}

step_command() { check_command "$prefix"; }

step_moved() {
  local elsewhere="$SCRATCH/a moved prefix"
  mv "$prefix" "$elsewhere"
  # shellcheck disable=SC2064
  trap "mv '$elsewhere' '$prefix'" EXIT
  check_command "$elsewhere"
}

clean_surroundings "$1"
"step_$1"
