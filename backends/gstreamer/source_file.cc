#include "backends/gstreamer/source_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <gst/base/gsttypefindhelper.h>

#include "backends/gstreamer/common.h"

namespace retinue::gst {
namespace {

constexpr std::size_t kHeadBytes = 64 * 1024;
constexpr std::uint64_t kMaxImageBytes = std::uint64_t{1} << 30;

class OpenedFile {
 public:
  explicit OpenedFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;
  ~OpenedFile() {
    if (fd_ >= 0) close(fd_);
  }
  bool is_open() const { return fd_ >= 0; }

  bool Stat(struct stat& out) const { return fstat(fd_, &out) == 0; }

  /// As many bytes as there are, up to `into.size()`.
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = pread(fd_, into.data() + done, into.size() - done,
                                static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  int fd_;
};

Error ErrorOfErrno(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return {ErrorCode::kNotFound, "no such file"};
    case EACCES:
    case EPERM: return {ErrorCode::kPermissionDenied, "not allowed to read this file"};
    default:
      return {ErrorCode::kUnavailable,
              std::string("the file could not be opened: ") + std::strerror(number)};
  }
}

bool IsMediaType(std::string_view type) {
  static constexpr std::array<std::string_view, 11> kMedia = {
      "video/",          "image/",           "audio/",           "multipart/",
      "application/ogg", "application/mxf",  "application/x-3gp", "application/vnd.rn",
      "application/dash+xml", "application/x-hls", "application/x-rtp"};
  return std::any_of(kMedia.begin(), kMedia.end(),
                     [type](std::string_view start) { return type.starts_with(start); });
}

}  // namespace

Result<FileStart> CheckFile(const std::string& path) {
  // Asked first: opening a folder works, and opening a pipe without a writer would wait.
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return Fail(ErrorOfErrno(errno));
  if (S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, "a folder, expected one video or image file");
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, "not a regular file, expected a video or image");
  }
  const OpenedFile file(path);
  if (!file.is_open()) return Fail(ErrorOfErrno(errno));
  if (status.st_size == 0) return Fail(ErrorCode::kDataLoss, "the file is empty");
  FileStart start;
  start.head.resize(std::min<std::size_t>(kHeadBytes, static_cast<std::size_t>(status.st_size)));
  start.head.resize(file.ReadAt(0, start.head));
  start.image = ImageKindOf(start.head);
  return start;
}

Result<std::vector<std::byte>> ReadWhole(const std::string& path) {
  const OpenedFile file(path);
  struct stat status {};
  if (!file.is_open() || !file.Stat(status)) return Fail(ErrorOfErrno(errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > kMaxImageBytes) {
    return Fail(ErrorCode::kResourceExhausted,
                "an image file must be at most 1 GiB, got " + std::to_string(size) + " bytes");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  bytes.resize(file.ReadAt(0, bytes));
  return bytes;
}

FileLength LengthOf(const std::string& path) {
  const OpenedFile file(path);
  struct stat status {};
  if (!file.is_open() || !file.Stat(status)) return {};
  FileLength length;
  length.actual = static_cast<std::uint64_t>(status.st_size);
  const auto promised = PromisedBytes(
      [&file](std::uint64_t offset, std::span<std::byte> into) {
        return file.ReadAt(offset, into);
      },
      length.actual);
  length.promised = promised.value_or(length.actual);
  return length;
}

Error Explain(const Error& error, const std::vector<std::byte>& head) {
  GstTypeFindProbability probability = GST_TYPE_FIND_NONE;
  const CapsPtr caps(gst_type_find_helper_for_data(
      nullptr, reinterpret_cast<const guint8*>(head.data()), head.size(), &probability));
  if (!caps) return {ErrorCode::kDataLoss, "not a video or image"};
  const std::string type = gst_structure_get_name(gst_caps_get_structure(caps.get(), 0));
  if (!IsMediaType(type)) return {ErrorCode::kDataLoss, "not a video or image (" + type + ")"};
  return error;
}

}  // namespace retinue::gst
