#pragma once

// MemoryByteSource: bytes that are already there, the twin of a file or a pipe.
// Thread rule: one thread.

#include <cstddef>
#include <span>
#include <string>

#include "retinue/base/result.h"
#include "retinue/io/bytes.h"

namespace retinue {

/// Gives the bytes of a string, in pieces of at most `piece` bytes as a pipe
/// does, then the end.
class MemoryByteSource final : public ByteSource {
 public:
  /// @param piece  At least 1; the default gives all that is asked for.
  explicit MemoryByteSource(std::string bytes, std::size_t piece = static_cast<std::size_t>(-1));

  Result<std::size_t> Read(std::span<std::byte> into) override;

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

}  // namespace retinue
