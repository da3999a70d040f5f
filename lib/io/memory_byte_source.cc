#include "retinue/io/memory_byte_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "retinue/base/check.h"

namespace retinue {

MemoryByteSource::MemoryByteSource(std::string bytes, std::size_t piece)
    : bytes_(std::move(bytes)), piece_(piece) {
  RETINUE_CHECK(piece > 0);
}

Result<std::size_t> MemoryByteSource::Read(std::span<std::byte> into) {
  const std::size_t count = std::min({into.size(), piece_, bytes_.size() - position_});
  if (count > 0) std::memcpy(into.data(), bytes_.data() + position_, count);
  position_ += count;
  return count;
}

}  // namespace retinue
