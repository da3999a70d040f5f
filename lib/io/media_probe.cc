#include "retinue/io/media_probe.h"

#include <algorithm>
#include <array>
#include <string>

namespace retinue {
namespace {

using Bytes = std::span<const std::byte>;

std::uint64_t BigEndian(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

std::uint64_t LittleEndian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return value;
}

bool HasAt(Bytes bytes, std::size_t at, std::string_view text) {
  if (at > bytes.size() || bytes.size() - at < text.size()) return false;
  return std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::byte b) {
                      return static_cast<unsigned char>(c) == std::to_integer<unsigned char>(b);
                    });
}

// The rest from `at`, empty behind the end.
Bytes From(Bytes bytes, std::uint64_t at) {
  return at >= bytes.size() ? Bytes() : bytes.subspan(static_cast<std::size_t>(at));
}

Bytes FirstOf(Bytes bytes, std::uint64_t count) {
  return bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes.size())));
}

// `tiff` starts with II or MM.
int OrientationOfTiff(Bytes tiff) {
  if (HasAt(tiff, 0, std::string_view("Exif\0\0", 6))) tiff = tiff.subspan(6);
  const bool is_little = HasAt(tiff, 0, std::string_view("II*\0", 4));
  if (!is_little && !HasAt(tiff, 0, std::string_view("MM\0*", 4))) return 1;
  const auto number = [is_little](Bytes bytes) {
    return is_little ? LittleEndian(bytes) : BigEndian(bytes);
  };
  if (tiff.size() < 8) return 1;
  const Bytes directory = From(tiff, number(tiff.subspan(4, 4)));
  if (directory.size() < 2) return 1;
  const std::uint64_t entries = number(directory.first(2));
  for (std::uint64_t i = 0; i < entries; ++i) {
    const Bytes entry = From(directory, 2 + 12 * i);
    if (entry.size() < 12) return 1;
    constexpr std::uint64_t kOrientation = 0x0112;
    constexpr std::uint64_t kShort = 3;
    if (number(entry.first(2)) != kOrientation) continue;
    const std::uint64_t value = number(entry.subspan(8, 2));
    const bool is_valid = number(entry.subspan(2, 2)) == kShort && value >= 1 && value <= 8;
    return is_valid ? static_cast<int>(value) : 1;
  }
  return 1;
}

int OrientationOfJpeg(Bytes file) {
  Bytes rest = From(file, 2);
  while (rest.size() >= 4 && rest[0] == std::byte{0xff}) {
    const unsigned marker = std::to_integer<unsigned>(rest[1]);
    if (marker == 0xff) {  // fill byte
      rest = rest.subspan(1);
      continue;
    }
    if (marker == 0xda || marker == 0xd9) return 1;  // the picture itself, or the end
    const std::uint64_t length = BigEndian(rest.subspan(2, 2));
    if (length < 2) return 1;
    const Bytes content = FirstOf(rest.subspan(4), length - 2);
    if (marker == 0xe1 && HasAt(content, 0, std::string_view("Exif\0\0", 6))) {
      return OrientationOfTiff(content);
    }
    rest = From(rest, 2 + length);
  }
  return 1;
}

int OrientationOfPng(Bytes file) {
  Bytes rest = From(file, 8);
  while (rest.size() >= 12) {
    const std::uint64_t length = BigEndian(rest.first(4));
    if (HasAt(rest, 4, "eXIf")) return OrientationOfTiff(FirstOf(rest.subspan(8), length));
    rest = From(rest, 12 + length);
  }
  return 1;
}

int OrientationOfWebp(Bytes file) {
  Bytes rest = From(file, 12);
  while (rest.size() >= 8) {
    const std::uint64_t length = LittleEndian(rest.subspan(4, 4));
    if (HasAt(rest, 0, "EXIF")) return OrientationOfTiff(FirstOf(rest.subspan(8), length));
    rest = From(rest, 8 + length + (length & 1));
  }
  return 1;
}

constexpr int kMaxBoxes = 65536;

// Up to 16 bytes at an offset.
struct Head {
  std::array<std::byte, 16> bytes{};
  std::size_t size = 0;
  Bytes all() const { return Bytes(bytes).first(size); }
};

Head ReadHead(const ReadBytesAt& read, std::uint64_t offset) {
  Head head;
  head.size = std::min(read(offset, head.bytes), head.bytes.size());
  return head;
}

bool IsBoxType(Bytes type) {
  return std::all_of(type.begin(), type.end(), [](std::byte b) {
    const unsigned c = std::to_integer<unsigned>(b);
    return (c >= 0x20 && c < 0x7f) || c == 0xa9;
  });
}

std::optional<std::uint64_t> PromiseOfBoxes(const ReadBytesAt& read, std::uint64_t size) {
  std::uint64_t offset = 0;
  for (int i = 0; i < kMaxBoxes && offset < size; ++i) {
    const Head head = ReadHead(read, offset);
    const Bytes bytes = head.all();
    if (bytes.size() < 8) return offset + 8;  // not even a box header is left
    if (!IsBoxType(bytes.subspan(4, 4))) return std::nullopt;
    std::uint64_t length = BigEndian(bytes.first(4));
    if (length == 0) return size;  // to the end, wherever that is
    if (length == 1) {
      if (bytes.size() < 16) return offset + 16;
      length = BigEndian(bytes.subspan(8, 8));
      if (length < 16) return std::nullopt;
    } else if (length < 8) {
      return std::nullopt;
    }
    if (length > UINT64_MAX - offset) return std::nullopt;
    offset += length;
  }
  return offset >= size ? std::optional(offset) : std::nullopt;
}

std::optional<std::uint64_t> PromiseOfRiff(const ReadBytesAt& read, std::uint64_t size) {
  std::uint64_t offset = 0;
  for (int i = 0; i < kMaxBoxes && offset < size; ++i) {
    const Head head = ReadHead(read, offset);
    const bool is_chunk = HasAt(head.all(), 0, "RIFF") && head.size >= 12 &&
                          HasAt(head.all(), 8, i == 0 ? "AVI " : "AVIX");
    // Behind the first chunk some writers leave an index or padding: no promise was broken.
    if (!is_chunk) return i == 0 ? std::nullopt : std::optional(offset);
    const std::uint64_t length = LittleEndian(head.all().subspan(4, 4));
    if (length == 0) return std::nullopt;  // never finished by its writer
    offset += 8 + length + (length & 1);
  }
  // The last chunk's padding byte may be missing.
  return offset == size + 1 ? size : offset;
}

struct VariableInt {
  std::uint64_t value = 0;
  std::size_t bytes = 0;  // 0: broken
  bool is_unknown = false;
};

// EBML's variable-size integer: the first byte's leading zero bits count the bytes that follow.
VariableInt ReadVariableInt(Bytes bytes) {
  if (bytes.empty() || bytes[0] == std::byte{0}) return {};
  std::size_t length = 1;
  for (unsigned first = std::to_integer<unsigned>(bytes[0]); (first & 0x80u) == 0; first <<= 1) {
    ++length;
  }
  if (bytes.size() < length) return {};
  const std::uint64_t mask = (std::uint64_t{1} << (7 * length)) - 1;
  const std::uint64_t value = BigEndian(bytes.first(length)) & mask;
  return {value, length, value == mask};
}

std::optional<std::uint64_t> PromiseOfMatroska(const ReadBytesAt& read) {
  const Head header = ReadHead(read, 0);
  const VariableInt header_size = ReadVariableInt(From(header.all(), 4));
  if (header_size.bytes == 0 || header_size.value > 4096) return std::nullopt;
  const std::uint64_t segment = 4 + header_size.bytes + header_size.value;
  const Head head = ReadHead(read, segment);
  if (!HasAt(head.all(), 0, "\x18\x53\x80\x67")) return std::nullopt;
  const VariableInt size = ReadVariableInt(From(head.all(), 4));
  if (size.bytes == 0 || size.is_unknown) return std::nullopt;
  return segment + 4 + size.bytes + size.value;
}

}  // namespace

ImageKind ImageKindOf(std::span<const std::byte> head) {
  if (HasAt(head, 0, "\xff\xd8\xff")) return ImageKind::kJpeg;
  if (HasAt(head, 0, "\x89PNG\r\n\x1a\n")) return ImageKind::kPng;
  if (HasAt(head, 0, "RIFF") && HasAt(head, 8, "WEBP")) return ImageKind::kWebp;
  // "BM" begins many a text; the reserved fields of a bitmap's header are zero.
  if (HasAt(head, 0, "BM") && HasAt(head, 6, std::string_view("\0\0\0\0", 4))) {
    return ImageKind::kBmp;
  }
  return ImageKind::kNone;
}

std::string_view MediaType(ImageKind kind) {
  switch (kind) {
    case ImageKind::kNone: return "";
    case ImageKind::kJpeg: return "image/jpeg";
    case ImageKind::kPng: return "image/png";
    case ImageKind::kWebp: return "image/webp";
    case ImageKind::kBmp: return "image/bmp";
  }
  return "";
}

int ExifOrientation(std::span<const std::byte> file) {
  switch (ImageKindOf(file)) {
    case ImageKind::kJpeg: return OrientationOfJpeg(file);
    case ImageKind::kPng: return OrientationOfPng(file);
    case ImageKind::kWebp: return OrientationOfWebp(file);
    default: return 1;
  }
}

std::optional<std::uint64_t> PromisedBytes(const ReadBytesAt& read, std::uint64_t size) {
  const Head head = ReadHead(read, 0);
  const Bytes bytes = head.all();
  if (HasAt(bytes, 0, "\x1a\x45\xdf\xa3")) return PromiseOfMatroska(read);
  if (HasAt(bytes, 0, "RIFF")) return PromiseOfRiff(read, size);
  for (const std::string_view type : {"ftyp", "moov", "mdat", "free", "skip", "wide", "pnot"}) {
    if (HasAt(bytes, 4, type)) return PromiseOfBoxes(read, size);
  }
  return std::nullopt;
}

}  // namespace retinue
