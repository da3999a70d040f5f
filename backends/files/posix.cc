#include "backends/files/posix.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>

namespace retinue::internal {
namespace {

// Keeps the signals that a failing write raises from reaching the program: they
// are blocked for this thread while it lives, and the one that came is taken away.
// Both are directed at the writing thread, so no other thread can see them.
class HeldWriteSignals {
 public:
  HeldWriteSignals() {
    sigset_t pending;
    sigpending(&pending);
    sigemptyset(&held_);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      // One that was pending before is somebody else's.
      if (sigismember(&pending, signal) == 0) sigaddset(&held_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldWriteSignals() {
    sigset_t pending;
    sigpending(&pending);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (sigismember(&held_, signal) == 0 || sigismember(&pending, signal) == 0) continue;
      sigset_t one;
      sigemptyset(&one);
      sigaddset(&one, signal);
      int taken = 0;
      sigwait(&one, &taken);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldWriteSignals(const HeldWriteSignals&) = delete;
  HeldWriteSignals& operator=(const HeldWriteSignals&) = delete;

 private:
  sigset_t held_;
  sigset_t before_;
};

}  // namespace

ErrorCode CodeOfErrno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
    case ENODEV: return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::kPermissionDenied;
    case EEXIST: return ErrorCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return ErrorCode::kResourceExhausted;
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EINVAL: return ErrorCode::kInvalidArgument;
    case EPIPE:
    case ECONNRESET:
    case ETXTBSY: return ErrorCode::kUnavailable;
    case EIO: return ErrorCode::kDataLoss;
    default: return ErrorCode::kInternal;
  }
}

tl::unexpected<Error> FailErrno(int error_number, std::string_view doing,
                                const std::string& path) {
  std::string message = "cannot ";
  message += doing;
  message += " '" + path + "': " + std::generic_category().message(error_number);
  return Fail(CodeOfErrno(error_number), std::move(message));
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int WriteAll(int fd, std::string_view bytes) {
  const HeldWriteSignals held;
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      // Somebody made the descriptor non-blocking: a terminal shared with another program.
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace retinue::internal
