#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/files/posix.h"
#include "retinue/files/files.h"

namespace retinue {
namespace {

using internal::FailErrno;
using internal::FileDescriptor;

// Bytes to a descriptor through a buffer; remembers the first failure.
class DescriptorSink : public ByteSink {
 public:
  DescriptorSink(int fd, std::string path, std::size_t buffer_bytes)
      : fd_(fd), path_(std::move(path)), buffer_bytes_(buffer_bytes) {}

  Result<void> Write(std::string_view bytes) override {
    if (failure_) return Fail(*failure_);
    if (buffer_.size() + bytes.size() <= buffer_bytes_) {
      buffer_ += bytes;
      return {};
    }
    RETINUE_RETURN_IF_ERROR(Flush());
    if (bytes.size() < buffer_bytes_) {
      buffer_ += bytes;
      return {};
    }
    return Remember(WriteNow(bytes));
  }

  Result<void> Commit() override { return Flush(); }

 protected:
  Result<void> Flush() {
    if (failure_) return Fail(*failure_);
    if (buffer_.empty()) return {};
    Result<void> written = Remember(WriteNow(buffer_));
    buffer_.clear();
    return written;
  }

  Result<void> Remember(Result<void> result) {
    if (!result) failure_ = result.error();
    return result;
  }

  const std::string& path() const { return path_; }

 private:
  Result<void> WriteNow(std::string_view bytes) {
    const int error_number = internal::WriteAll(fd_, bytes);
    if (error_number == 0) return {};
    return FailErrno(error_number, "write", path_);
  }

  int fd_;
  std::string path_;
  std::size_t buffer_bytes_;
  std::string buffer_;
  std::optional<Error> failure_;
};

// A device or a FIFO: written in place.
class DeviceSink final : public DescriptorSink {
 public:
  DeviceSink(FileDescriptor fd, std::string path)
      : DescriptorSink(fd.get(), std::move(path), 0), owned_(std::move(fd)) {}

 private:
  FileDescriptor owned_;
};

// A regular file: written as PATH.part, renamed on Commit.
class PartFileSink final : public DescriptorSink {
 public:
  PartFileSink(FileDescriptor fd, std::string path, const CreateFileOptions& options)
      : DescriptorSink(fd.get(), path, options.buffer_bytes),
        owned_(std::move(fd)),
        part_(std::move(path) + ".part"),
        existing_(options.existing) {}

  // Leaves the .part, with what was written, when Commit did not come.
  ~PartFileSink() override { static_cast<void>(Flush()); }

  Result<void> Commit() override {
    RETINUE_RETURN_IF_ERROR(Flush());
    // Network file systems report a failed write on close; closing a copy asks
    // them while the lock on the file is kept.
    const int copy = ::dup(owned_.get());
    if (copy >= 0 && ::close(copy) != 0) return Remember(FailErrno(errno, "write", path()));
    return Remember(GiveName());
  }

 private:
  Result<void> GiveName() {
    if (existing_ == Existing::kRefuse) {
      // Unlike rename, link fails when somebody else took the name meanwhile.
      if (::link(part_.c_str(), path().c_str()) == 0) {
        ::unlink(part_.c_str());
        return {};
      }
      struct stat status {};
      if (errno == EEXIST || ::lstat(path().c_str(), &status) == 0) {
        return Fail(ErrorCode::kAlreadyExists, "'" + path() + "' was made by somebody else " +
                                                   "meanwhile; the result is in '" + part_ + "'");
      }
      // A file system without hard links: rename is all there is.
    }
    if (::rename(part_.c_str(), path().c_str()) == 0) return {};
    return FailErrno(errno, "rename '" + part_ + "' to", path());
  }

  FileDescriptor owned_;
  std::string part_;
  Existing existing_;
};

// Opens and locks `part`. The lock tells a second run, or a second output of this
// one, that the file is taken; it ends with the descriptor, however the run ends.
Result<FileDescriptor> OpenPart(const std::string& part) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    FileDescriptor fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (fd.get() < 0) return FailErrno(errno, "write", part);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      return Fail(ErrorCode::kUnavailable, "'" + part + "' is being written already");
    }
    struct stat of_name {};
    struct stat of_descriptor {};
    if (::fstat(fd.get(), &of_descriptor) != 0) return FailErrno(errno, "write", part);
    // Between open and lock the other run may have renamed it: then it is whole
    // and no longer ours to touch.
    if (::lstat(part.c_str(), &of_name) != 0 || of_name.st_ino != of_descriptor.st_ino ||
        of_name.st_dev != of_descriptor.st_dev) {
      continue;
    }
    if (!S_ISREG(of_descriptor.st_mode)) {
      return Fail(ErrorCode::kInvalidArgument, "expected a file to write, '" + part +
                                                   "' is something else");
    }
    if (::ftruncate(fd.get(), 0) != 0) return FailErrno(errno, "write", part);
    return fd;
  }
  return Fail(ErrorCode::kUnavailable, "'" + part + "' is being written already");
}

// Where a path that may be a link really leads; itself when it leads nowhere.
std::string FollowLinks(const std::string& path) {
  char* const real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string result = real;
  std::free(real);
  return result;
}

class FolderFactory final : public ByteSinkFactory {
 public:
  explicit FolderFactory(std::string path) : path_(std::move(path)) {}

  Result<std::unique_ptr<ByteSink>> Create(std::string_view name) override {
    if (!IsPlainFileName(name)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "expected a plain file name, got '" + std::string(name) + "'");
    }
    std::string file = path_;
    file += '/';
    file += name;
    return CreateFile(file, {.existing = Existing::kReplace});
  }

 private:
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<ByteSink>> CreateFile(const std::string& path,
                                             const CreateFileOptions& options) {
  if (path == "-") return StandardOutput();
  RETINUE_RETURN_IF_ERROR(CheckWritable(path, options.existing));
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (fd.get() < 0) return FailErrno(errno, "write", path);
    return std::make_unique<DeviceSink>(std::move(fd), path);
  }
  std::string target = exists ? FollowLinks(path) : path;
  RETINUE_ASSIGN_OR_RETURN(FileDescriptor fd, OpenPart(target + ".part"));
  return std::make_unique<PartFileSink>(std::move(fd), std::move(target), options);
}

Result<void> WriteWholeFile(const std::string& path, std::string_view content, Existing existing) {
  RETINUE_ASSIGN_OR_RETURN(const auto file, CreateFile(path, {.existing = existing}));
  RETINUE_RETURN_IF_ERROR(file->Write(content));
  return file->Commit();
}

std::unique_ptr<ByteSink> StandardOutput() {
  return std::make_unique<DescriptorSink>(STDOUT_FILENO, "standard output", 0);
}

Result<std::unique_ptr<ByteSinkFactory>> CreateFolder(const std::string& path,
                                                      Existing existing) {
  RETINUE_RETURN_IF_ERROR(CheckWritableFolder(path, existing));
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    return FailErrno(errno, "make output folder", path);
  }
  return std::make_unique<FolderFactory>(path);
}

}  // namespace retinue
