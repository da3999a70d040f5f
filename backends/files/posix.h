#pragma once

// What the files of this folder share: errno as Error, and a file descriptor
// that closes itself. Thread rule: functions are free, values belong to one thread.

#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "retinue/base/result.h"

namespace retinue::internal {

/// The kind of failure that an errno value means.
ErrorCode CodeOfErrno(int error_number);

/// `cannot write 'a.jsonl': No space left on device`.
///
/// @param doing  `write`, `open` …
tl::unexpected<Error> FailErrno(int error_number, std::string_view doing,
                                const std::string& path);

/// Owns a descriptor; -1 is none.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The folder that holds `path`: `.` for a bare name.
std::string FolderOf(const std::string& path);

/// Writes all of `bytes`. No SIGPIPE or SIGXFSZ is delivered for it.
/// @return 0, or the errno value of the failure.
int WriteAll(int fd, std::string_view bytes);

}  // namespace retinue::internal
