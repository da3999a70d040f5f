#include <cerrno>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/files/posix.h"
#include "retinue/files/files.h"

namespace retinue {
namespace {

using internal::FailErrno;
using internal::FolderOf;

// The folder that will hold a new file or folder exists and may be written.
Result<void> CheckParent(const std::string& path) {
  const std::string folder = FolderOf(path);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Fail(ErrorCode::kNotFound, "output folder '" + folder + "' does not exist");
    }
    return FailErrno(errno, "look into output folder", folder);
  }
  if (!S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kNotFound, "output folder '" + folder + "' is not a folder");
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return FailErrno(errno, "write into output folder", folder);
  }
  return {};
}

Result<bool> IsEmptyFolder(const std::string& path) {
  DIR* const folder = ::opendir(path.c_str());
  if (folder == nullptr) return FailErrno(errno, "look into output folder", path);
  bool is_empty = true;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      is_empty = false;
      break;
    }
  }
  ::closedir(folder);
  return is_empty;
}

}  // namespace

Result<void> CheckWritable(const std::string& path, Existing existing) {
  if (path == "-") return {};
  if (path.empty()) return Fail(ErrorCode::kInvalidArgument, "expected a file to write, got ''");
  RETINUE_RETURN_IF_ERROR(CheckParent(path));
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    struct stat link {};
    const int error_number = errno;
    if (::lstat(path.c_str(), &link) != 0) {  // really nothing there
      if (error_number == ENOENT) return {};
      return FailErrno(error_number, "write", path);
    }
    status = link;  // a link that leads nowhere
  }
  if (S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, "expected a file to write, '" + path +
                                                 "' is a folder");
  }
  const bool is_replaced = S_ISREG(status.st_mode) || S_ISLNK(status.st_mode);
  if (is_replaced && existing == Existing::kRefuse) {
    return Fail(ErrorCode::kAlreadyExists,
                "'" + path + "' exists already; overwrite=true replaces it");
  }
  if (!S_ISLNK(status.st_mode) && ::access(path.c_str(), W_OK) != 0) {
    return FailErrno(errno, "write", path);
  }
  return {};
}

Result<void> CheckWritableFolder(const std::string& path, Existing existing) {
  if (path.empty()) return Fail(ErrorCode::kInvalidArgument, "expected an output folder, got ''");
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return FailErrno(errno, "use output folder", path);
    std::string bare = path;
    while (bare.size() > 1 && bare.back() == '/') bare.pop_back();
    return CheckParent(bare);
  }
  if (!S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, "expected an output folder, '" + path +
                                                 "' is not a folder");
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    return FailErrno(errno, "write into output folder", path);
  }
  if (existing == Existing::kReplace) return {};
  RETINUE_ASSIGN_OR_RETURN(const bool is_empty, IsEmptyFolder(path));
  if (is_empty) return {};
  return Fail(ErrorCode::kAlreadyExists, "output folder '" + path +
                                             "' is not empty; overwrite=true writes into it");
}

}  // namespace retinue
