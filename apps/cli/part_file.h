#pragma once

// A file on its way: `PATH.part` grows, over several runs if need be, until it
// is whole and becomes PATH. Beside it `PATH.part.origin` says what it is a part
// of, so that a later run knows whether it may go on.
// Thread rule: one thread; one process at a time (the file is locked).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "retinue/base/result.h"

namespace retinue::cli {

class PartFile {
 public:
  /// Opens or makes `PATH.part`.
  /// @error kUnavailable  Another run has it. @error kPermissionDenied, kNotFound (no such
  ///        folder), kResourceExhausted, kDataLoss as the system says.
  static Result<PartFile> Open(const std::string& path);

  /// Closes; `PATH.part` stays.
  ~PartFile();
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;

  const std::string& part_path() const { return part_path_; }
  std::uint64_t size() const { return size_; }

  /// What SetOrigin() was given when the bytes came; empty = not known.
  const std::string& origin() const { return origin_; }
  /// Remembers it beside the file; a text that cannot be written is forgotten.
  void SetOrigin(const std::string& origin);

  /// Cuts it to nothing.
  Result<void> Restart();
  /// @error kResourceExhausted  The disk is full.
  Result<void> Append(std::span<const std::byte> bytes);
  /// Gives it its name, in one step, replacing what has that name.
  Result<void> Publish();
  /// Removes it: nothing of it stays.
  void Discard();

 private:
  PartFile(std::string path, int descriptor, std::uint64_t size);

  std::string path_, part_path_, origin_path_, origin_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace retinue::cli
