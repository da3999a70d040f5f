#pragma once

// y4m (YUV4MPEG2): uncompressed video on a pipe, what `ffmpeg -f yuv4mpegpipe -`
// and many others write. Thread rule: one thread, as for every Source.

#include <memory>
#include <string>

#include "retinue/base/result.h"
#include "retinue/io/bytes.h"
#include "retinue/io/stream.h"

namespace retinue {

/// Reads the header of a y4m stream and gives its frames.
///
/// Formats: 8-bit `C420` (also jpeg, mpeg2, paldv; the default without C) as
/// I420, `Cmono` as GRAY, and `C422` and `C444`, whose chroma is averaged to I420.
/// What the tag says about where chroma samples sit is not used.
///
/// Colour: limited range unless the header says XCOLORRANGE=FULL. y4m carries no matrix:
/// BT.709 above 576 lines, BT.601 up to there, as GStreamer assumes for raw video.
///
/// Time: frame n is shown at n / rate, to the nearest nanosecond. Without a
/// rate (`F0:0`) 25 a second are assumed and SourceStats::warning says so.
///
/// The end: a stream that stops inside a frame ends normally, after its last
/// whole frame, with a warning. Interlaced material is handed out as it is, with a warning.
///
/// Memory: one frame's bytes, which are reserved as they arrive, so a header that lies
/// about its size allocates nothing; frames come from a pool.
///
/// @param name  For StreamInfo::name, e.g. `-`.
/// @error kDataLoss     Empty, not y4m, or a header without a usable width and height.
/// @error kUnsupported  Another chroma format, e.g. 10 bit; the message says which are read.
/// @error Otherwise that of `bytes`.
/// Source::Next then fails with kDataLoss where a frame should start and does not.
/// Blocks while `bytes` does; returns kPending whenever bytes->Ready() is false.
/// @source mjpegtools, yuv4mpeg(5); XCOLORRANGE: FFmpeg, libavformat/yuv4mpegdec.c
Result<std::unique_ptr<Source>> OpenY4m(std::unique_ptr<ByteSource> bytes, std::string name);

}  // namespace retinue
