# What is fetched into .deps/. Each function leaves the finished thing there, or nothing. Sourced by ./bootstrap.
# shellcheck shell=bash

# fetch_wheel NAME FOLDER: the pinned Python wheel of NAME as a file in FOLDER; prints its path.
# The wheels are used as C++ SDKs: one fixed Python tag is asked for, whatever Python this machine has.
fetch_wheel() {
  local name=$1 folder=$2 version platform
  version=$(locked "$name" version)
  platform=$(locked "$name" checked)
  echo "$name==$version --hash=sha256:$(locked "$name" sha256)" >"$folder/requirements.txt"
  retry "download of the $name $version wheel" "$(python_with_pip)" -m pip download --quiet --no-input \
    --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: --require-hashes \
    --platform "${platform#wheel:}" --implementation cp --python-version 3.11 --abi cp311 \
    --dest "$folder" --requirement "$folder/requirements.txt"
  check_sha256 "$(echo "$folder/$name"-*.whl)" "$name"
  echo "$folder/$name"-*.whl
}

# OpenVINO: headers, CMake package, the CPU plug-in, the ONNX, TFLite and IR readers. Nothing for GPUs or Python.
fetch_openvino() {
  local wheel
  wheel=$(fetch_wheel openvino "$work")
  unzip -q "$wheel" 'openvino/cmake/*' 'openvino/include/*' 'openvino/libs/libopenvino.so*' \
    'openvino/libs/libopenvino_onnx_frontend*' 'openvino/libs/libopenvino_ir_frontend*' \
    'openvino/libs/libopenvino_tensorflow_lite_frontend*' 'openvino/libs/libopenvino_*_cpu_plugin.so' \
    'openvino/libs/libtbb*.so*' 'openvino/libs/libhwloc*' '*.dist-info/licenses/*' -d "$work/wheel"
  forget_absent_libraries "$work/wheel/openvino"
  mv "$work"/wheel/openvino-*.dist-info/licenses "$work/wheel/openvino/licenses"
  put "$work/wheel/openvino" openvino
}

# OpenVINO's CMake package insists on each library of the wheel; takes out the lines about those left behind.
forget_absent_libraries() {
  local targets=$1/cmake/OpenVINOTargets-release.cmake target library
  sed -nE 's|.*_cmake_import_check_files_for_([a-z_:]+) "[^"]*/(lib[^"]*)".*|\1 \2|p' "$targets" |
    while read -r target library; do
      [ -e "$1/libs/$library" ] || sed -i -E "/_cmake_import_check_(targets|files_for_)[ ]?$target /d" "$targets"
    done
}

fetch_onnxruntime() {
  local wheel libraries
  wheel=$(fetch_wheel onnxruntime "$work")
  unzip -q "$wheel" 'onnxruntime/capi/libonnxruntime.so.*' onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt -d "$work/wheel"
  mkdir -p "$work/ort/lib"
  mv "$work"/wheel/onnxruntime/capi/libonnxruntime.so.* "$work/ort/lib/"
  mv "$work"/wheel/onnxruntime/{LICENSE,ThirdPartyNotices.txt} "$work/ort/"
  libraries=("$work"/ort/lib/libonnxruntime.so.*)
  ln -s "$(basename "${libraries[0]}")" "$work/ort/lib/libonnxruntime.so.1"
  put "$work/ort/lib" onnxruntime/lib
  put "$work/ort/LICENSE" onnxruntime/LICENSE
  put "$work/ort/ThirdPartyNotices.txt" onnxruntime/ThirdPartyNotices.txt
}

# ONNX Runtime's C headers: Debian 12 has none, Debian 13's development package does. Only its headers are unpacked.
fetch_libonnxruntime-dev() {
  download_from_suite "$(locked libonnxruntime-dev version)" libonnxruntime-dev
  dpkg -x "$(echo "$work"/libonnxruntime-dev_*.deb)" "$work/dev"
  check_sha256 "$work/dev/$(locked libonnxruntime-dev checked)" libonnxruntime-dev
  put "$work/dev/usr/include/onnxruntime" onnxruntime/include/onnxruntime
}

# download_from_suite SUITE PACKAGE: a .deb of another Debian suite into $work, from the servers this machine uses
# anyway. The lists live in a private folder: the machine's own apt never hears of that suite.
download_from_suite() {
  local suite=$1 package=$2
  local -a private=(-q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources"
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
    -o Acquire::Retries=3 -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial"
  copy_debian_sources "$suite" "$work/sources"
  retry "list of Debian $suite" apt-get "${private[@]}" update
  (cd "$work" && retry "download of $package from Debian $suite" apt-get "${private[@]}" download "$package")
}

# copy_debian_sources SUITE FOLDER: this machine's entries for Debian's main archive, with the suite's name changed.
# An entry counts if its suite is exactly this Debian's code name (no -updates, no vendor's suites) and has `main`.
copy_debian_sources() {
  local suite=$1 folder=$2 own file
  own=$(sed -nE 's/^VERSION_CODENAME="?([a-z]+)"?$/\1/p' /etc/os-release)
  [ -n "$own" ] || die "/etc/os-release names no Debian release"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] && awk -v own="$own" -v suite="$suite" '
      BEGIN { RS = ""; FS = "\n" }
      { suites = main = off = 0; text = ""
        for (i = 1; i <= NF; i++) {
          line = $i
          if (line ~ /^#/) continue
          if (line ~ /^Suites:/) { suites = (line " ") ~ ("[ :]" own " "); line = "Suites: " suite }
          if (line ~ /^Components:/) { main = (line " ") ~ /[ :]main /; line = "Components: main" }
          if (line ~ /^Types:/) line = "Types: deb"
          if (line ~ /^Enabled:[ ]*no/) off = 1
          text = text line "\n"
        }
        if (suites && main && !off) print text }' "$file"
  done >"$folder/debian.sources" || true
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -nE "s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+${own}[[:space:]]+(.*[[:space:]])?main([[:space:]].*)?\$/deb \1\2 $suite main/p" \
      >"$folder/debian.list" || true
  [ -s "$folder/debian.sources" ] || [ -s "$folder/debian.list" ] ||
    die "no entry for Debian's main archive ($own main) in /etc/apt/sources.list*; the ONNX Runtime headers come from there"
}

# The default detector, cut out of a package of the JavaScript registry (models/ssd_mobilenet_v2_objectron.toml).
fetch_objectron() {
  local manifest="$repo/models/ssd_mobilenet_v2_objectron.toml" model package
  model=$(locked objectron checked)
  package="@mediapipe/objectron@$(locked objectron version)"
  (cd "$work" && npm_config_cache="$work/npm" npm_config_update_notifier=false retry "download of $package" npm pack --silent "$package")
  tar -xzf "$(echo "$work"/mediapipe-objectron-*.tgz)" -C "$work" "$(toml_value "$manifest" member)"
  tail -c +"$(($(toml_value "$manifest" offset) + 1))" "$work/$(toml_value "$manifest" member)" |
    head -c "$(toml_value "$manifest" length)" >"$work/$model"
  check_sha256 "$work/$model" objectron
  put "$work/$model" "models/$model"
}

# Models for faces and bodies: those of models/*.toml that lie in the mediapipe wheel. The wheel is that of one
# platform everywhere, as nothing in it is run.
mediapipe_manifests() { grep -l "\"mediapipe==$(locked mediapipe version)\"" "$repo"/models/*.toml; }

# Manifests come and go with the repository's versions.
has_mediapipe_models() {
  local manifest
  for manifest in $(mediapipe_manifests); do
    [ -f "$deps/models/$(toml_value "$manifest" file)" ] || return 1
  done
}

fetch_mediapipe() {
  local wheel manifest member
  wheel=$(fetch_wheel mediapipe "$work")
  for manifest in $(mediapipe_manifests); do
    member=$(toml_value "$manifest" member)
    unzip -q "$wheel" "$member" -d "$work/wheel"
    put "$work/wheel/$member" "models/$(toml_value "$manifest" file)"
  done
}

# toml_value FILE KEY: the value of the first `key = value` line, unquoted.
toml_value() { sed -nE "s/^$2[[:space:]]*=[[:space:]]*\"?([^\"#]*[^\"#[:space:]])\"?.*/\1/p" "$1" | head -n 1; }

# The sample video: pedestrians, from the documentation of Debian's OpenCV.
fetch_opencv-doc() {
  local video
  video=$(locked opencv-doc checked)
  (cd "$work" && { apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download opencv-doc >/dev/null 2>&1 || {
    retry "apt-get update" apt_as_root update
    retry "download of opencv-doc" apt-get -q -o APT::Sandbox::User=root download opencv-doc
  }; })
  dpkg-deb --fsys-tarfile "$(echo "$work"/opencv-doc_*.deb)" |
    tar -x -C "$work" "./usr/share/doc/opencv-doc/examples/data/$video"
  check_sha256 "$work/usr/share/doc/opencv-doc/examples/data/$video" opencv-doc
  put "$work/usr/share/doc/opencv-doc/examples/data/$video" "samples/$video"
}

readonly downloads=(openvino onnxruntime libonnxruntime-dev objectron mediapipe opencv-doc)

missing_downloads() {
  local name
  for name in "${downloads[@]}"; do is_fetched "$name" || echo "$name"; done
}

fetch_downloads() {
  local name
  for name in "${downloads[@]}"; do
    is_fetched "$name" && continue
    say "fetching $name $(locked "$name" version) ($(megabytes "$(locked "$name" bytes)"))"
    work=$(mktemp -d "$deps/tmp.XXXXXX")
    "fetch_$name"
    rm -rf "$work"
    mark_fetched "$name"
  done
}
