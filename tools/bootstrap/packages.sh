# Debian packages: which are needed, which are missing, and installing those. Sourced by ./bootstrap.
# shellcheck shell=bash

# What building and running needs.
readonly packages_build=(
  g++ cmake ninja-build pkg-config python3 unzip
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libturbojpeg0-dev
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav gstreamer1.0-tools gstreamer1.0-x
  libhwy-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev libexpected-dev
  libeigen3-dev libstb-dev fonts-dejavu-core libcurl4-openssl-dev libarchive-dev
)

# What only the tests need: test libraries, an RTSP server, a display with hands and eyes, independent witnesses.
readonly packages_test=(
  libgtest-dev libgmock-dev libbenchmark-dev libgstrtspserver-1.0-dev
  xvfb xauth x11-apps imagemagick xdotool ffmpeg python3-jsonschema
)

# The Python whose pip fetches the wheels, if any; nothing is installed into it.
python_with_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then echo "$python"; return; fi
  done
  return 1
}

# Tools that only a download needs are asked for only while that download is still to be made.
packages_for_downloads() {
  if ! { is_fetched openvino && is_fetched onnxruntime && is_fetched mediapipe; } && ! python_with_pip >/dev/null; then echo python3-pip; fi
  if ! is_fetched objectron && ! have npm; then echo npm; fi
}

# wanted_packages demo|test: everything that should be installed for that command.
wanted_packages() {
  printf '%s\n' "${packages_build[@]}"
  packages_for_downloads
  if [ "$1" = test ]; then printf '%s\n' "${packages_test[@]}"; fi
}

# missing_packages demo|test: those of them that are not installed, one a line.
missing_packages() {
  have dpkg-query || { wanted_packages "$1"; return; }
  wanted_packages "$1" | grep -vxFf <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p') || true
}

as_root() {
  if [ "$(id -u)" = 0 ]; then env DEBIAN_FRONTEND=noninteractive "$@"
  elif have sudo; then sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else die "packages have to be installed, which needs root or sudo. As root: apt-get install --no-install-recommends ${missing[*]:-}"
  fi
}

apt_as_root() { as_root apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 -o APT::Install-Recommends=false "$@" </dev/null; }

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$1")
  [ "${#missing[@]}" -gt 0 ] || return 0
  have apt-get || die "this script installs with apt-get (Debian 12); here, install yourself: ${missing[*]}"
  say "installing ${#missing[@]} packages: ${missing[*]}"
  retry "apt-get update" apt_as_root update
  retry "apt-get install" apt_as_root install "${missing[@]}"
}
