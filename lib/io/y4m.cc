#include "retinue/io/y4m.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/image/frame.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

constexpr std::string_view kMagic = "YUV4MPEG2";
constexpr std::string_view kFrameMagic = "FRAME";
constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMinBuffer = std::size_t{64} << 10;  // what a pipe holds
constexpr std::int64_t kMaxRatio = 1'000'000'000;

enum class Chroma { k420, k422, k444, kMono };

struct Header {
  Size size;
  std::int64_t rate_numerator = 0;  // 0: not said
  std::int64_t rate_denominator = 1;
  bool is_interlaced = false;
  Chroma chroma = Chroma::k420;
  ColorRange range = ColorRange::kLimited;
};

std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(text.substr(0, 40), quoted);
  return quoted;
}

std::optional<std::int64_t> ParseWhole(std::string_view text, std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > high) {
    return std::nullopt;
  }
  return value;
}

Result<int> ParseSide(std::string_view text) {
  const auto side = ParseWhole(text, Frame::kMaxSide);
  if (!side || *side < 1) {
    return Fail(ErrorCode::kDataLoss, "expected a y4m width and height of 1 to " +
                                          std::to_string(Frame::kMaxSide) + ", got " +
                                          Quoted(text));
  }
  return static_cast<int>(*side);
}

Result<Chroma> ParseChroma(std::string_view text) {
  if (text == "420" || text == "420jpeg" || text == "420mpeg2" || text == "420paldv") {
    return Chroma::k420;
  }
  if (text == "mono") return Chroma::kMono;
  if (text == "422") return Chroma::k422;
  if (text == "444") return Chroma::k444;
  return Fail(ErrorCode::kUnsupported,
              "expected y4m with 8-bit 4:2:0, 4:2:2, 4:4:4 or mono pictures, got " + Quoted(text) +
                  "; ffmpeg's -pix_fmt yuv420p makes one");
}

// `30000:1001`; `0:0` and nonsense leave the rate unknown, as players do.
void ParseRate(std::string_view text, Header& header) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  const auto numerator = ParseWhole(text.substr(0, colon), kMaxRatio);
  const auto denominator = ParseWhole(text.substr(colon + 1), kMaxRatio);
  if (!numerator || !denominator || *numerator == 0 || *denominator == 0) return;
  header.rate_numerator = *numerator;
  header.rate_denominator = *denominator;
}

Result<void> ParseTag(std::string_view tag, Header& header) {
  const std::string_view value = tag.substr(1);
  switch (tag.front()) {
    case 'W': {
      RETINUE_ASSIGN_OR_RETURN(header.size.width, ParseSide(value));
      break;
    }
    case 'H': {
      RETINUE_ASSIGN_OR_RETURN(header.size.height, ParseSide(value));
      break;
    }
    case 'C': {
      RETINUE_ASSIGN_OR_RETURN(header.chroma, ParseChroma(value));
      break;
    }
    case 'F': ParseRate(value, header); break;
    case 'I': header.is_interlaced = value == "t" || value == "b" || value == "m"; break;
    case 'X':
      if (value == "COLORRANGE=FULL") header.range = ColorRange::kFull;
      break;
    default: break;  // A: shape of pixels; others are to be ignored by definition
  }
  return {};
}

// `line` starts with the magic and has no line end.
Result<Header> ParseHeader(std::string_view line) {
  Header header;
  line.remove_prefix(kMagic.size());
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) RETINUE_RETURN_IF_ERROR(ParseTag(line.substr(0, end), header));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  if (IsEmpty(header.size)) {
    return Fail(ErrorCode::kDataLoss, "expected W and H in the y4m header, found no such tags");
  }
  return header;
}

// One plane as it lies in the stream: rows without padding.
struct PackedPlane {
  const std::uint8_t* data;
  int width;
  int height;
};

void CopyPlane(const PackedPlane& from, MutablePlaneView to) {
  for (int y = 0; y < from.height; ++y) {
    std::memcpy(to.data + y * to.stride_bytes, from.data + std::ptrdiff_t{y} * from.width,
                static_cast<std::size_t>(from.width));
  }
}

// Averages 1×2 (4:2:2) or 2×2 (4:4:4) samples, rounding half up. Samples beyond
// an odd edge repeat the edge.
void AverageChroma(const PackedPlane& from, bool halves_width, Size to_size, MutablePlaneView to) {
  for (int y = 0; y < to_size.height; ++y) {
    const int upper = y * 2;
    const int lower = std::min(upper + 1, from.height - 1);
    const std::uint8_t* const a = from.data + std::ptrdiff_t{upper} * from.width;
    const std::uint8_t* const b = from.data + std::ptrdiff_t{lower} * from.width;
    std::uint8_t* const out = to.data + y * to.stride_bytes;
    for (int x = 0; x < to_size.width; ++x) {
      if (halves_width) {
        const int left = x * 2;
        const int right = std::min(left + 1, from.width - 1);
        out[x] = static_cast<std::uint8_t>((a[left] + a[right] + b[left] + b[right] + 2) / 4);
      } else {
        out[x] = static_cast<std::uint8_t>((a[x] + b[x] + 1) / 2);
      }
    }
  }
}

Size ChromaSize(Chroma chroma, Size size) {
  const int half_width = (size.width + 1) / 2;
  switch (chroma) {
    case Chroma::k420: return {half_width, (size.height + 1) / 2};
    case Chroma::k422: return {half_width, size.height};
    case Chroma::k444: return size;
    case Chroma::kMono: break;
  }
  return {0, 0};
}

std::size_t PixelCount(Size size) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
}

// number / rate; exact to half a nanosecond without 128 bits because numerator
// and denominator are at most 1e9. Stands still after 285 years.
Nanoseconds TimeOf(std::int64_t number, const Header& header) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t units = number * header.rate_denominator;
  const std::int64_t seconds =
      std::min(units / header.rate_numerator, std::int64_t{9'000'000'000});
  const std::int64_t rest = units % header.rate_numerator;
  return Nanoseconds(seconds * kSecond +
                     (rest * kSecond + header.rate_numerator / 2) / header.rate_numerator);
}

class Y4mSource final : public Source {
 public:
  Y4mSource(std::unique_ptr<ByteSource> bytes, std::string name)
      : bytes_(std::move(bytes)), buffer_(kMinBuffer) {
    info_.name = std::move(name);
  }

  Result<void> ReadHeader();
  const StreamInfo& info() const override { return info_; }
  Result<Pull> Next(Frame& out) override;
  SourceStats stats() const override { return stats_; }

 private:
  enum class Fill { kMore, kPending, kEnd };

  std::string_view Available() const {
    return {reinterpret_cast<const char*>(buffer_.data()) + begin_, end_ - begin_};
  }
  Result<Fill> FillBuffer(std::size_t wanted, bool may_wait);
  Result<std::size_t> FrameLineLength() const;
  void EndOfBytes();
  void Warn(std::string_view text);
  Result<Frame> Unpack(const std::uint8_t* packed);

  std::unique_ptr<ByteSource> bytes_;
  StreamInfo info_;
  SourceStats stats_;
  Header header_;
  FrameFormat format_;
  std::size_t frame_bytes_ = 0;
  std::vector<std::byte> buffer_;  // [begin_, end_) was read and not used
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  FramePool pool_;
};

// One read towards `wanted` available bytes. The buffer grows by doubling while
// bytes really come: a header alone cannot make it large.
Result<Y4mSource::Fill> Y4mSource::FillBuffer(std::size_t wanted, bool may_wait) {
  if (may_wait && !bytes_->Ready()) return Fill::kPending;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(std::min(wanted + kMaxLine, buffer_.size() * 2));
  RETINUE_ASSIGN_OR_RETURN(const std::size_t count,
                           bytes_->Read(std::span(buffer_).subspan(end_)));
  end_ += count;
  return count == 0 ? Fill::kEnd : Fill::kMore;
}

Result<void> Y4mSource::ReadHeader() {
  std::size_t line_end = std::string_view::npos;
  while (true) {
    const std::string_view text = Available();
    const std::size_t known = std::min(text.size(), kMagic.size());
    if (text.substr(0, known) != kMagic.substr(0, known)) {
      return Fail(ErrorCode::kDataLoss,
                  "expected y4m, which starts with YUV4MPEG2, got " + Quoted(text.substr(0, 9)));
    }
    line_end = text.substr(0, kMaxLine).find('\n');
    if (line_end != std::string_view::npos) break;
    if (text.size() >= kMaxLine) {
      return Fail(ErrorCode::kDataLoss, "expected a y4m header of at most 4096 bytes, got more");
    }
    RETINUE_ASSIGN_OR_RETURN(const Fill fill, FillBuffer(kMaxLine, /*may_wait=*/false));
    if (fill != Fill::kEnd) continue;
    return Fail(ErrorCode::kDataLoss, end_ == 0
                                          ? "expected y4m, got no data at all"
                                          : "expected y4m, the data ends inside its header");
  }
  RETINUE_ASSIGN_OR_RETURN(header_, ParseHeader(Available().substr(0, line_end)));
  begin_ += line_end + 1;

  if (header_.is_interlaced) Warn("interlaced pictures are used as they are");
  if (header_.rate_numerator == 0) {
    Warn("no frame rate in the y4m header, 25 a second assumed");
    header_.rate_numerator = 25;
    header_.rate_denominator = 1;
  } else {
    info_.frame_rate = static_cast<double>(header_.rate_numerator) /
                       static_cast<double>(header_.rate_denominator);
  }
  info_.size = header_.size;
  format_.pixels = header_.chroma == Chroma::kMono ? PixelFormat::kGray8 : PixelFormat::kI420;
  format_.size = header_.size;
  format_.color = {header_.size.height > 576 ? ColorMatrix::kBt709 : ColorMatrix::kBt601,
                   header_.range};
  frame_bytes_ =
      PixelCount(header_.size) + 2 * PixelCount(ChromaSize(header_.chroma, header_.size));
  return {};
}

void Y4mSource::Warn(std::string_view text) {
  if (!stats_.warning.empty()) stats_.warning += "; ";
  stats_.warning += text;
}

// Bytes of the `FRAME…\n` line at the start of what is available; 0 when the
// line is not complete yet.
Result<std::size_t> Y4mSource::FrameLineLength() const {
  const std::string_view text = Available().substr(0, kMaxLine);
  const std::size_t known = std::min(text.size(), kFrameMagic.size());
  const bool is_frame = text.substr(0, known) == kFrameMagic.substr(0, known) &&
                        (text.size() <= known || text[known] == '\n' || text[known] == ' ');
  const std::size_t line_end = text.find('\n');
  if (!is_frame || (line_end == std::string_view::npos && text.size() == kMaxLine)) {
    return Fail(ErrorCode::kDataLoss, "expected FRAME before y4m frame " +
                                          std::to_string(stats_.frames) + ", got " +
                                          Quoted(text.substr(0, 8)));
  }
  return line_end == std::string_view::npos ? 0 : line_end + 1;
}

void Y4mSource::EndOfBytes() {
  ended_ = true;
  if (begin_ == end_) return;
  Warn("the stream is truncated inside frame " + std::to_string(stats_.frames));
}

Result<Frame> Y4mSource::Unpack(const std::uint8_t* packed) {
  RETINUE_ASSIGN_OR_RETURN(auto buffer, pool_.Get(format_));
  CopyPlane({packed, format_.size.width, format_.size.height}, buffer->plane(0));
  const Size from = ChromaSize(header_.chroma, format_.size);
  const Size to = ChromaSize(Chroma::k420, format_.size);
  const std::uint8_t* chroma = packed + PixelCount(format_.size);
  for (int i = 1; i < PlaneCount(format_.pixels); ++i) {
    const PackedPlane plane{chroma, from.width, from.height};
    if (header_.chroma == Chroma::k420) {
      CopyPlane(plane, buffer->plane(i));
    } else {
      AverageChroma(plane, header_.chroma == Chroma::k444, to, buffer->plane(i));
    }
    chroma += PixelCount(from);
  }
  const Nanoseconds pts = TimeOf(stats_.frames, header_);
  const Nanoseconds end = TimeOf(stats_.frames + 1, header_);
  return FrameBuffer::Publish(std::move(buffer), {0, stats_.frames}, {pts, end - pts});
}

Result<Pull> Y4mSource::Next(Frame& out) {
  while (!ended_) {
    std::size_t line = 0;
    if (begin_ < end_) {
      RETINUE_ASSIGN_OR_RETURN(line, FrameLineLength());
    }
    if (line > 0 && end_ - begin_ >= line + frame_bytes_) {
      const auto* packed = reinterpret_cast<const std::uint8_t*>(buffer_.data()) + begin_ + line;
      RETINUE_ASSIGN_OR_RETURN(out, Unpack(packed));
      begin_ += line + frame_bytes_;
      ++stats_.frames;
      return Pull::kFrame;
    }
    const std::size_t wanted = line > 0 ? line + frame_bytes_ : kMaxLine;
    RETINUE_ASSIGN_OR_RETURN(const Fill fill, FillBuffer(wanted, /*may_wait=*/true));
    if (fill == Fill::kPending) return Pull::kPending;
    if (fill == Fill::kEnd) EndOfBytes();
  }
  return Pull::kEndOfStream;
}

}  // namespace

Result<std::unique_ptr<Source>> OpenY4m(std::unique_ptr<ByteSource> bytes, std::string name) {
  RETINUE_CHECK(bytes != nullptr);
  auto source = std::make_unique<Y4mSource>(std::move(bytes), std::move(name));
  RETINUE_RETURN_IF_ERROR(source->ReadHeader());
  return source;
}

}  // namespace retinue
