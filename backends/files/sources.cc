#include <algorithm>
#include <cerrno>
#include <span>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/files/posix.h"
#include "retinue/files/files.h"

namespace retinue {
namespace {

using internal::FailErrno;
using internal::FileDescriptor;

constexpr int kReadyWaitMs = 100;

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int fd, FileDescriptor owned, std::string path)
      : fd_(fd), owned_(std::move(owned)), path_(std::move(path)) {
    struct stat status {};
    is_file_ = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  }

  Result<std::size_t> Read(std::span<std::byte> into) override {
    while (true) {
      const ssize_t count = ::read(fd_, into.data(), into.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno == EAGAIN) {
        pollfd wait{fd_, POLLIN, 0};
        ::poll(&wait, 1, -1);
      } else if (errno != EINTR) {
        return FailErrno(errno, "read", path_);
      }
    }
  }

  // False too when a signal ends the wait: the caller then looks at its stop flag.
  bool Ready() override {
    if (is_file_) return true;
    pollfd wait{fd_, POLLIN, 0};
    const int count = ::poll(&wait, 1, kReadyWaitMs);
    return count > 0 || (count < 0 && errno != EINTR);
  }

 private:
  int fd_;
  FileDescriptor owned_;
  std::string path_;
  bool is_file_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenFile(const std::string& path) {
  if (path == "-") return StandardInput();
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (fd.get() < 0) {
    if (errno == ENOENT) return Fail(ErrorCode::kNotFound, "'" + path + "' does not exist");
    return FailErrno(errno, "open", path);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, "expected a file, '" + path + "' is a folder");
  }
  const int number = fd.get();
  return std::make_unique<DescriptorSource>(number, std::move(fd), path);
}

std::unique_ptr<ByteSource> StandardInput() {
  return std::make_unique<DescriptorSource>(STDIN_FILENO, FileDescriptor(), "standard input");
}

Result<std::string> ReadWholeFile(const std::string& path, std::size_t max_bytes) {
  RETINUE_ASSIGN_OR_RETURN(const auto source, OpenFile(path));
  std::string content;
  std::size_t size = 0;
  while (true) {
    // One byte more than allowed is asked for, so that too long shows.
    if (size == content.size()) {
      content.resize(std::min(std::max(std::size_t{64} << 10, size * 2), max_bytes) + 1);
    }
    RETINUE_ASSIGN_OR_RETURN(
        const std::size_t count,
        source->Read(std::as_writable_bytes(std::span(content)).subspan(size)));
    size += count;
    if (size > max_bytes) {
      return Fail(ErrorCode::kResourceExhausted, "expected at most " + std::to_string(max_bytes) +
                                                     " bytes in '" + path + "', got more");
    }
    if (count == 0) break;
  }
  content.resize(size);
  return content;
}

}  // namespace retinue
