#include "backends/gstreamer/video_sink_mp4.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/gstreamer/sink_common.h"

// @source ISO/IEC 14496-12: 4.2 boxes, 8.2.2 mvhd, 8.3.2 tkhd, 8.4.2 mdhd, 8.4.3 hdlr,
//         8.6.6 elst, 8.7.5 stco and co64.

namespace retinue::gst {
namespace {

constexpr std::uint32_t kMax32 = std::numeric_limits<std::uint32_t>::max();
// An index is 20 bytes a frame; this is years of video, or not an index.
constexpr std::uint64_t kMaxIndexBytes = 1u << 30;

std::uint64_t ReadNumber(std::string_view bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

void WriteNumber(std::string& bytes, std::size_t at, int size, std::uint64_t value) {
  for (int i = size - 1; i >= 0; --i) {
    bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value & 0xff);
    value >>= 8;
  }
}

void AppendNumber(std::string& bytes, int size, std::uint64_t value) {
  bytes.append(static_cast<std::size_t>(size), '\0');
  WriteNumber(bytes, bytes.size() - static_cast<std::size_t>(size), size, value);
}

std::string Box(std::string_view type, const std::string& content) {
  std::string box;
  AppendNumber(box, 4, content.size() + 8);
  box += type;
  return box + content;
}

// A box in memory: its type, and where its content lies.
struct BoxView {
  std::string_view type;
  std::size_t begin = 0;    // of the header
  std::size_t content = 0;  // behind the header
  std::size_t end = 0;
};

// The boxes directly inside [begin, end); nothing when they do not fill it exactly.
std::optional<std::vector<BoxView>> Boxes(std::string_view bytes, std::size_t begin,
                                          std::size_t end) {
  std::vector<BoxView> boxes;
  while (begin < end) {
    if (end - begin < 8) return std::nullopt;
    const std::uint64_t size = ReadNumber(bytes, begin, 4);
    if (size < 8 || size > end - begin) return std::nullopt;
    boxes.push_back({bytes.substr(begin + 4, 4), begin, begin + 8, begin + size});
    begin += size;
  }
  return boxes;
}

std::optional<BoxView> Find(std::string_view bytes, const BoxView& parent, std::string_view type) {
  const auto boxes = Boxes(bytes, parent.content, parent.end);
  if (!boxes) return std::nullopt;
  for (const BoxView& box : *boxes) {
    if (box.type == type) return box;
  }
  return std::nullopt;
}

Error Damaged(const char* what) {
  return {ErrorCode::kDataLoss, std::string("the muxer's file has no valid ") + what};
}

// The fields of mvhd and mdhd that matter: both begin alike in either version.
struct TimeFields {
  int size = 4;                // of a duration
  std::uint32_t timescale = 0;  // never 0
  std::uint64_t duration = 0;
  std::size_t duration_at = 0;
};

std::optional<TimeFields> ReadTimes(std::string_view bytes, const BoxView& box) {
  if (box.end - box.content < 32 - 8) return std::nullopt;
  TimeFields fields;
  const bool is_long = bytes[box.content] == 1;
  fields.size = is_long ? 8 : 4;
  const std::size_t scale_at = box.content + 4 + (is_long ? 16 : 8);
  fields.duration_at = scale_at + 4;
  if (fields.duration_at + static_cast<std::size_t>(fields.size) > box.end) return std::nullopt;
  fields.timescale = static_cast<std::uint32_t>(ReadNumber(bytes, scale_at, 4));
  fields.duration = ReadNumber(bytes, fields.duration_at, fields.size);
  if (fields.timescale == 0) return std::nullopt;
  return fields;
}

std::uint64_t Ticks(Nanoseconds time, std::uint32_t timescale) {
  const long double seconds = static_cast<long double>(time.count()) * 1e-9L;
  return static_cast<std::uint64_t>(seconds * timescale + 0.5L);
}

std::uint64_t Rescale(std::uint64_t ticks, std::uint32_t from, std::uint32_t to) {
  return static_cast<std::uint64_t>(static_cast<long double>(ticks) * to / from + 0.5L);
}

// An `edts` box: an empty edit where the track begins late, then the media without
// what is skipped. Version 1, whose numbers never overflow, only where it is needed.
std::string EditList(std::uint64_t empty, std::uint64_t shown, std::uint64_t skip) {
  const bool is_long = std::max({empty, shown, skip}) > kMax32 / 2;
  const int size = is_long ? 8 : 4;
  std::string content;
  AppendNumber(content, 4, is_long ? 0x01000000u : 0u);
  AppendNumber(content, 4, empty > 0 ? 2 : 1);
  if (empty > 0) {
    AppendNumber(content, size, empty);
    AppendNumber(content, size, std::numeric_limits<std::uint64_t>::max());  // -1: nothing
    AppendNumber(content, 4, 0x00010000);
  }
  AppendNumber(content, size, shown);
  AppendNumber(content, size, skip);
  AppendNumber(content, 4, 0x00010000);
  return Box("edts", Box("elst", content));
}

struct NewTrack {
  std::string bytes;
  std::uint64_t duration = 0;  // in the movie's time scale
};

// The `trak` box with the edit list of `start` and the duration that follows from it.
Result<NewTrack> RewriteTrack(std::string_view bytes, const BoxView& trak, const Mp4Layout& layout,
                              std::uint32_t movie_timescale) {
  const auto children = Boxes(bytes, trak.content, trak.end);
  const auto mdia = Find(bytes, trak, "mdia");
  const auto tkhd = Find(bytes, trak, "tkhd");
  if (!children || !mdia || !tkhd) return Fail(Damaged("track"));
  const auto mdhd = Find(bytes, *mdia, "mdhd");
  const auto hdlr = Find(bytes, *mdia, "hdlr");
  const auto media = mdhd ? ReadTimes(bytes, *mdhd) : std::nullopt;
  if (!media || !hdlr || hdlr->end - hdlr->content < 12) return Fail(Damaged("media header"));

  const bool is_audio = bytes.substr(hdlr->content + 8, 4) == "soun";
  const TrackStart& start = is_audio ? layout.audio : layout.video;
  const std::uint64_t skip = std::min(Ticks(start.skip, media->timescale), media->duration);
  const std::uint64_t shown = Rescale(media->duration - skip, media->timescale, movie_timescale);
  const std::uint64_t empty = Ticks(start.start, movie_timescale);

  std::string content;
  for (const BoxView& child : *children) {
    if (child.type == "edts") continue;
    std::string copy(bytes.substr(child.begin, child.end - child.begin));
    if (child.type != "tkhd") {
      content += copy;
      continue;
    }
    const bool is_long = copy[8] == 1;
    const std::size_t duration_at = is_long ? 36 : 28;
    const int size = is_long ? 8 : 4;
    if (copy.size() < duration_at + 8) return Fail(Damaged("track header"));
    const std::uint64_t whole = empty + shown;
    WriteNumber(copy, duration_at, size, is_long ? whole : std::min<std::uint64_t>(whole, kMax32));
    content += copy;
    content += EditList(empty, shown, skip);
  }
  return NewTrack{Box("trak", content), empty + shown};
}

// The `moov` box with exact edit lists.
Result<std::string> RewriteIndex(std::string_view bytes, const BoxView& moov,
                                 const Mp4Layout& layout) {
  const auto children = Boxes(bytes, moov.content, moov.end);
  const auto mvhd = Find(bytes, moov, "mvhd");
  const auto movie = mvhd ? ReadTimes(bytes, *mvhd) : std::nullopt;
  if (!children || !movie) return Fail(Damaged("movie header"));
  std::string content;
  std::size_t movie_duration_at = 0;
  std::uint64_t duration = 0;
  for (const BoxView& child : *children) {
    if (child.type == "mvhd") movie_duration_at = content.size() + movie->duration_at - child.begin;
    if (child.type != "trak") {
      content += bytes.substr(child.begin, child.end - child.begin);
      continue;
    }
    RETINUE_ASSIGN_OR_RETURN(const NewTrack track,
                             RewriteTrack(bytes, child, layout, movie->timescale));
    content += track.bytes;
    duration = std::max(duration, track.duration);
  }
  if (movie->size == 4) duration = std::min<std::uint64_t>(duration, kMax32);
  WriteNumber(content, movie_duration_at, movie->size, duration);
  return Box("moov", content);
}

enum class Shift { kDone, kTooFar, kDamaged };

// Adds `by` to every chunk offset inside [begin, end).
Shift ShiftOffsets(std::string& bytes, std::size_t begin, std::size_t end, std::uint64_t by) {
  const auto boxes = Boxes(bytes, begin, end);
  if (!boxes) return Shift::kDamaged;
  for (const BoxView& box : *boxes) {
    const bool is_parent = box.type == "moov" || box.type == "trak" || box.type == "mdia" ||
                           box.type == "minf" || box.type == "stbl";
    if (is_parent) {
      const Shift inside = ShiftOffsets(bytes, box.content, box.end, by);
      if (inside != Shift::kDone) return inside;
    }
    const bool is_table = box.type == "stco" || box.type == "co64";
    if (!is_table) continue;
    const int size = box.type == "stco" ? 4 : 8;
    if (box.end - box.content < 8) return Shift::kDamaged;
    const std::uint64_t count = ReadNumber(bytes, box.content + 4, 4);
    const std::uint64_t room = (box.end - box.content - 8) / static_cast<std::uint64_t>(size);
    if (count > room) return Shift::kDamaged;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = box.content + 8 + i * static_cast<std::size_t>(size);
      const std::uint64_t offset = ReadNumber(bytes, at, size) + by;
      if (size == 4 && offset > kMax32) return Shift::kTooFar;
      WriteNumber(bytes, at, size, offset);
    }
  }
  return Shift::kDone;
}

// A file by position; the first failure stays.
class Disk {
 public:
  Disk(const std::string& path, int mode)
      : path_(path), file_(open(path.c_str(), mode | O_CLOEXEC)) {
    if (file_ < 0) failure_ = errno;
  }
  ~Disk() {
    if (file_ >= 0) close(file_);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  std::uint64_t Size() {
    const off_t size = failure_ == 0 ? lseek(file_, 0, SEEK_END) : 0;
    return size > 0 ? static_cast<std::uint64_t>(size) : 0;
  }

  // Fewer bytes only at the end of the file or after a failure.
  std::string Read(std::uint64_t at, std::uint64_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (failure_ == 0 && done < count) {
      const ssize_t got =
          pread(file_, bytes.data() + done, count - done, static_cast<off_t>(at + done));
      if (got == 0) break;
      if (got > 0) done += static_cast<std::size_t>(got);
      if (got < 0 && errno != EINTR) failure_ = errno;
    }
    bytes.resize(done);
    return bytes;
  }

  void Write(std::uint64_t at, std::string_view bytes) {
    std::size_t done = 0;
    while (failure_ == 0 && done < bytes.size()) {
      const ssize_t put =
          pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
      if (put >= 0) done += static_cast<std::size_t>(put);
      if (put < 0 && errno != EINTR) failure_ = errno;
    }
  }

  void Truncate(std::uint64_t size) {
    if (failure_ == 0 && ftruncate(file_, static_cast<off_t>(size)) != 0) failure_ = errno;
  }

  Result<void> status() const {
    if (failure_ == 0) return {};
    return Fail(ErrorFromErrno(failure_, path_ + ": cannot be completed"));
  }

 private:
  std::string path_;
  int file_ = -1;
  int failure_ = 0;
};

struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct FileLayout {
  Span media;         // the mdat boxes and what stands between them
  std::string index;  // everything behind: moov, and metadata
};

// Walks the top level of the file.
Result<FileLayout> ReadLayout(Disk& disk) {
  const std::uint64_t size = disk.Size();
  FileLayout layout;
  for (std::uint64_t at = 0; at < size;) {
    const std::string header = disk.Read(at, 16);
    if (header.size() < 8) return Fail(Damaged("box header"));
    std::uint64_t box = ReadNumber(header, 0, 4);
    if (box == 1 && header.size() == 16) box = ReadNumber(header, 8, 8);
    if (box == 0) box = size - at;
    if (box < 8 || box > size - at) return Fail(Damaged("box size"));
    const std::string type = header.substr(4, 4);
    if (type == "mdat") {
      if (layout.media.end == 0) layout.media.begin = at;
      layout.media.end = at + box;
    }
    at += box;
  }
  RETINUE_RETURN_IF_ERROR(disk.status());
  if (layout.media.end == 0 || size - layout.media.end > kMaxIndexBytes) {
    return Fail(Damaged("media or index"));
  }
  layout.index = disk.Read(layout.media.end, size - layout.media.end);
  return layout;
}

// Moves [span.begin, span.end) towards the end of the file by `by`, last bytes first.
void MoveUp(Disk& disk, Span span, std::uint64_t by) {
  constexpr std::uint64_t kChunk = 4u << 20;
  while (span.end > span.begin) {
    const std::uint64_t count = std::min(kChunk, span.end - span.begin);
    span.end -= count;
    disk.Write(span.end + by, disk.Read(span.end, count));
  }
}

}  // namespace

Result<void> FinishMp4(const std::string& path, const Mp4Layout& layout) {
  Disk disk(path, O_RDWR);
  RETINUE_RETURN_IF_ERROR(disk.status());
  RETINUE_ASSIGN_OR_RETURN(const FileLayout file, ReadLayout(disk));
  const auto boxes = Boxes(file.index, 0, file.index.size());
  if (!boxes) return Fail(Damaged("index"));
  std::string index;
  for (const BoxView& box : *boxes) {
    if (box.type == "moov") {
      RETINUE_ASSIGN_OR_RETURN(const std::string moov, RewriteIndex(file.index, box, layout));
      index += moov;
    } else {
      index += file.index.substr(box.begin, box.end - box.begin);
    }
  }
  std::string shifted = index;
  const Shift shift = ShiftOffsets(shifted, 0, shifted.size(), index.size());
  if (shift == Shift::kDamaged) return Fail(Damaged("chunk table"));
  if (shift == Shift::kTooFar) {
    disk.Write(file.media.end, index);
  } else {
    MoveUp(disk, file.media, index.size());
    disk.Write(file.media.begin, shifted);
  }
  disk.Truncate(file.media.end + index.size());
  return disk.status();
}

std::optional<FilePatch> LongerMovie(const std::string& path) {
  Disk disk(path, O_RDONLY);
  const std::uint64_t size = disk.Size();
  for (std::uint64_t at = 0; at + 8 <= size;) {
    // mvhd is the first box of moov: header, header, version, times, scale, duration.
    const std::string bytes = disk.Read(at, 64);
    if (bytes.size() < 8) return std::nullopt;
    const std::string_view type = std::string_view(bytes).substr(4, 4);
    std::uint64_t box = ReadNumber(bytes, 0, 4);
    if (box == 1 && bytes.size() >= 16) box = ReadNumber(bytes, 8, 8);
    if (type == "moov") {
      if (bytes.size() < 64 || bytes.compare(12, 4, "mvhd") != 0) return std::nullopt;
      const auto times = ReadTimes(bytes, {"mvhd", 8, 16, bytes.size()});
      if (!times) return std::nullopt;
      FilePatch patch{at + times->duration_at, {}};
      // qtdemux also leaves out tracks under a fifth of the movie: little for a short one.
      const std::uint64_t more = std::min<std::uint64_t>(times->timescale / 5, times->duration * 2);
      AppendNumber(patch.bytes, times->size, times->duration + more);
      return patch;
    }
    if (box < 8) return std::nullopt;
    at += box;
  }
  return std::nullopt;
}

}  // namespace retinue::gst
