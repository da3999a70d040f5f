#pragma once

// ByteSinkFactory: for outputs that are many files, such as one text file a
// frame. backends/files makes files in a folder (CreateFolder); MemoryFolder is
// the twin for tests. Thread rule: Create may be called from any thread, one
// call at a time is not required.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/io/bytes.h"
#include "retinue/io/file_names.h"

namespace retinue {

/// Opens named files inside one place.
class ByteSinkFactory {
 public:
  virtual ~ByteSinkFactory() = default;

  /// A new file; it is whole and under its name after ByteSink::Commit.
  ///
  /// @param name  A plain file name (IsPlainFileName), such as FileStem() makes.
  /// @error kInvalidArgument    `name` is not a plain file name.
  /// @error kResourceExhausted  The disk is full, or too many files are open.
  /// @error kPermissionDenied, kNotFound  The folder cannot be written any more.
  virtual Result<std::unique_ptr<ByteSink>> Create(std::string_view name) = 0;
};

/// Keeps what was committed, by name. Thread-safe; must outlive its sinks.
class MemoryFolder final : public ByteSinkFactory {
 public:
  Result<std::unique_ptr<ByteSink>> Create(std::string_view name) override;

  /// Name → content of everything committed so far.
  std::map<std::string, std::string> files() const;

 private:
  class File;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> files_;
};

}  // namespace retinue
