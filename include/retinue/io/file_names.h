#pragma once

// File names for results: made of stream names and class names, safe to use
// whatever those hold. Thread rule: pure functions; UniqueNames from any thread.

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace retinue {

/// True for a name that stays inside its folder: no slash and no zero byte in
/// it, not empty, not `.` or `..`.
bool IsPlainFileName(std::string_view name);

/// `text` as one file name: every character that is not a letter, a digit, `.`,
/// `-`, `_` or valid UTF-8 beyond ASCII becomes `_`. At most 100 bytes; never
/// empty, a hidden file or what looks like an option.
///
/// `traffic light` → `traffic_light`, `../x` → `_._x`.
std::string SafeFileName(std::string_view text);

/// A file name, without extension, that stands for a stream: the part after the
/// last slash, without a query and without its last extension, as SafeFileName.
///
/// `videos/a b.mp4` → `a_b`, `rtsp://host/door?x=1` → `door`, `test:people` →
/// `test_people`, `-` → `stream`.
std::string FileStem(std::string_view stream_name);

/// Gives every stream of a run a name of its own: the second `a` is `a-2`. Make
/// one a run for all sinks that share a folder; ask once a stream, in the order
/// of the sources where names shall be the same every run.
class UniqueNames {
 public:
  std::string Take(const std::string& wanted);

 private:
  std::mutex mutex_;
  std::set<std::string> taken_;
};

}  // namespace retinue
