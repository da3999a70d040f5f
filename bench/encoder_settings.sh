#!/usr/bin/env bash
# What x264's settings cost and give: CPU ms a frame (decoding included), peak memory, size, SSIM against the source.
#
#   bench/encoder_settings.sh FILE.mp4     # H.264 in mp4; needs gst-launch-1.0, GNU time and ffmpeg
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 FILE.mp4" >&2; exit 2; }
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
frames=$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "$source" | tr -d ,)
decode=(filesrc location="$source" ! qtdemux ! h264parse ! avdec_h264 max-threads=1 ! videoconvert ! video/x-raw,format=I420)

# measure NAME ELEMENT...: one row; the file, where there is one, is $work/out.mp4.
measure() {
  local name=$1
  shift
  rm -f "$work/out.mp4"
  /usr/bin/time -o "$work/time" -f '%U %S %M' gst-launch-1.0 -q "${decode[@]}" ! "$@" >/dev/null 2>&1
  local size=- ssim=-
  if [ -s "$work/out.mp4" ]; then
    size=$(stat -c %s "$work/out.mp4")
    ssim=$(ffmpeg -nostdin -i "$work/out.mp4" -i "$source" -lavfi ssim -f null - 2>&1 | sed -nE 's/.*All:([0-9.]+).*/\1/p')
  fi
  awk -v name="$name" -v n="$frames" -v size="$size" -v ssim="$ssim" \
    '{ printf "| %s | %.1f | %d | %s | %s |\n", name, ($1 + $2) * 1000 / n, $3 / 1024, size == "-" ? "" : sprintf("%.1f", size / 1e6), ssim == "-" ? "" : sprintf("%.4f", ssim) }' "$work/time"
}

encode() { measure "$1" x264enc pass=qual vbv-buf-capacity=0 key-int-max=250 "${@:2}" ! h264parse ! mp4mux ! filesink location="$work/out.mp4"; }

echo "| settings | CPU ms a frame | MiB | MB | SSIM |"
echo "|---|---|---|---|---|"
measure "decoding alone" fakesink
for preset in medium veryfast superfast ultrafast; do encode "$preset, quantizer 23" speed-preset=$preset quantizer=23; done
encode "superfast, 23, no B-frames, sliced threads" speed-preset=superfast quantizer=23 bframes=0 sliced-threads=true
# What retinue uses; video_sink.cc.
encode "superfast, 24, no B-frames, sliced threads, no lookahead" speed-preset=superfast quantizer=24 bframes=0 sliced-threads=true rc-lookahead=0 sync-lookahead=0 threads=2
