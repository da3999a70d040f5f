#include "apps/cli/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "retinue/files/files.h"

namespace retinue::cli {
namespace {

constexpr std::size_t kMaxOriginBytes = 16 << 10;

tl::unexpected<Error> SystemError(const std::string& path, int error) {
  ErrorCode code = ErrorCode::kDataLoss;
  if (error == ENOENT || error == ENOTDIR) code = ErrorCode::kNotFound;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::kPermissionDenied;
  if (error == ENOSPC || error == EFBIG || error == EDQUOT) code = ErrorCode::kResourceExhausted;
  return Fail(code, path + ": " + std::generic_category().message(error));
}

}  // namespace

PartFile::PartFile(std::string path, int descriptor, std::uint64_t size)
    : path_(std::move(path)),
      part_path_(path_ + ".part"),
      origin_path_(path_ + ".part.origin"),
      descriptor_(descriptor),
      size_(size) {
  if (auto text = ReadWholeFile(origin_path_, kMaxOriginBytes)) origin_ = *std::move(text);
}

PartFile::PartFile(PartFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_path_(std::move(other.part_path_)),
      origin_path_(std::move(other.origin_path_)),
      origin_(std::move(other.origin_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

PartFile::~PartFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<PartFile> PartFile::Open(const std::string& path) {
  const std::string part = path + ".part";
  const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0666);
  if (descriptor < 0) return SystemError(part, errno);
  struct stat about{};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || ::fstat(descriptor, &about) != 0) {
    const int error = errno;
    ::close(descriptor);
    if (error == EWOULDBLOCK)
      return Fail(ErrorCode::kUnavailable, part + ": another run writes it");
    return SystemError(part, error);
  }
  return PartFile(path, descriptor, static_cast<std::uint64_t>(about.st_size));
}

void PartFile::SetOrigin(const std::string& origin) {
  if (origin == origin_) return;
  origin_.clear();
  ::unlink(origin_path_.c_str());
  if (WriteWholeFile(origin_path_, origin, Existing::kReplace)) origin_ = origin;
}

Result<void> PartFile::Restart() {
  if (::ftruncate(descriptor_, 0) != 0) return SystemError(part_path_, errno);
  size_ = 0;
  return {};
}

Result<void> PartFile::Append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(part_path_, errno);
    size_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> PartFile::Publish() {
  // What is about to be called whole must be so after a power cut too.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) return SystemError(part_path_, errno);
  if (::rename(part_path_.c_str(), path_.c_str()) != 0) return SystemError(path_, errno);
  ::unlink(origin_path_.c_str());
  return {};
}

void PartFile::Discard() {
  ::unlink(part_path_.c_str());
  ::unlink(origin_path_.c_str());
}

}  // namespace retinue::cli
