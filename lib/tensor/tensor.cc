#include "retinue/tensor/tensor.h"

#include <algorithm>

namespace retinue {

std::string_view ToString(ElementType type) {
  switch (type) {
    case ElementType::kF32: return "f32";
    case ElementType::kF16: return "f16";
    case ElementType::kBf16: return "bf16";
    case ElementType::kU8: return "u8";
    case ElementType::kI8: return "i8";
    case ElementType::kI32: return "i32";
    case ElementType::kI64: return "i64";
  }
  return "unknown";
}

Shape::Shape(std::initializer_list<std::int64_t> dims)
    : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  RETINUE_CHECK(dims.size() <= static_cast<std::size_t>(kMaxRank));
  std::copy(dims.begin(), dims.end(), dims_.begin());
}

bool Shape::IsDynamic() const {
  return std::any_of(dims().begin(), dims().end(), [](std::int64_t d) { return d < 0; });
}

std::int64_t Shape::ElementCount() const {
  std::int64_t count = 1;
  for (const std::int64_t d : dims()) {
    if (d < 0) return 0;
    count *= d;
  }
  return count;
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace retinue
