#pragma once

// The last step of an mp4 or mov file: its index to the front, where a browser
// needs it, and edit lists that give every track its exact start. GStreamer's
// muxer can do the first only with a second copy on disk, and cannot express
// encoder delay of audio at all. Private to this folder. Thread rule: none shared.

#include <cstdint>
#include <optional>
#include <string>

#include "retinue/base/result.h"
#include "retinue/base/time.h"

namespace retinue::gst {

/// Where a track begins. Of its media, `skip` is hidden (encoder delay); what follows is
/// shown from `start` on.
struct TrackStart {
  Nanoseconds start{0};
  Nanoseconds skip{0};
};

struct Mp4Layout {
  TrackStart video;
  TrackStart audio;
};

/// Rewrites `path`, a file just written by mp4mux or qtmux (ftyp, mdat, then moov), in
/// place: needs no more disk than the few bytes of edit lists, and time to read and
/// write the file once.
///
/// A file whose chunk offsets would no longer fit their 32 bits keeps its index
/// behind the media: it plays, but not before it is loaded to its end.
///
/// @error kDataLoss           The file is not what such a muxer writes.
/// @error kResourceExhausted, kUnavailable  Reading or writing failed.
Result<void> FinishMp4(const std::string& path, const Mp4Layout& layout);

/// Bytes of a file to be read as others.
struct FilePatch {
  std::uint64_t offset = 0;
  std::string bytes;
};

/// For an mp4 or mov file, a patch that makes the movie 0.2 s longer than its header says.
/// qtdemux takes that length as the end of every track, and it does not count the
/// encoder delay that an edit list hides: the last audio packets of most files would be
/// lost. Nothing for other files, or when the header cannot be found.
std::optional<FilePatch> LongerMovie(const std::string& path);

}  // namespace retinue::gst
