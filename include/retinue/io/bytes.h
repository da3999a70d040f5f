#pragma once

// Where formatted bytes go and where they come from. `lib/` knows no files:
// backends/files has the POSIX twins, MemoryBytes is the one for tests.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "retinue/base/result.h"

namespace retinue {

/// Takes bytes in order. Used by one thread.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// All of `bytes` or an error; may buffer.
  /// @error kResourceExhausted  Disk full. @error kUnavailable  The reader went away (pipe).
  virtual Result<void> Write(std::string_view bytes) = 0;
  /// Flushes and makes the output whole under its final name. Called once.
  virtual Result<void> Commit() = 0;
};

/// Gives bytes in order. Used by one thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `into.size()` bytes; 0 at the end.
  virtual Result<std::size_t> Read(std::span<std::byte> into) = 0;
  /// True when Read will not block. May wait about 100 ms for that. A source
  /// that cannot tell says true.
  virtual bool Ready() { return true; }
};

/// Keeps everything that was written.
class MemoryBytes final : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text_ += bytes;
    return {};
  }
  Result<void> Commit() override {
    committed_ = true;
    return {};
  }
  const std::string& text() const { return text_; }
  bool committed() const { return committed_; }

 private:
  std::string text_;
  bool committed_ = false;
};

}  // namespace retinue
