#pragma once

// Tensors as engines lay them out: a type, a shape, and a view of dense
// row-major memory. Views do not own and never outlive what they look at.
// Thread rule: plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "retinue/base/check.h"

namespace retinue {

enum class ElementType { kF32, kF16, kBf16, kU8, kI8, kI32, kI64 };

std::string_view ToString(ElementType type);

/// Bytes of one element.
constexpr std::size_t SizeOf(ElementType type) {
  switch (type) {
    case ElementType::kF32:
    case ElementType::kI32: return 4;
    case ElementType::kF16:
    case ElementType::kBf16: return 2;
    case ElementType::kI64: return 8;
    case ElementType::kU8:
    case ElementType::kI8: return 1;
  }
  return 0;
}

/// Up to kMaxRank dimensions; kDynamic (-1) marks one that the model leaves open.
class Shape {
 public:
  static constexpr int kMaxRank = 8;
  static constexpr std::int64_t kDynamic = -1;

  Shape() = default;
  /// At most kMaxRank dimensions (RETINUE_CHECK).
  Shape(std::initializer_list<std::int64_t> dims);
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
  void set(int i, std::int64_t value) { dims_[static_cast<std::size_t>(i)] = value; }
  std::span<const std::int64_t> dims() const {
    return {dims_.data(), static_cast<std::size_t>(rank_)};
  }
  bool IsDynamic() const;
  /// Number of elements; 0 when a dimension is dynamic, 1 for rank 0.
  std::int64_t ElementCount() const;
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

/// `[1, 3, 640, ?]`
std::string ToString(const Shape& shape);

/// Read-only dense memory of `shape.ElementCount()` elements.
struct TensorView {
  ElementType type = ElementType::kF32;
  Shape shape;
  const void* data = nullptr;

  /// The elements as `T`; the caller has checked `type`.
  template <typename T>
  std::span<const T> as() const {
    RETINUE_DCHECK(sizeof(T) == SizeOf(type));
    return {static_cast<const T*>(data), static_cast<std::size_t>(shape.ElementCount())};
  }
};

struct MutableTensorView {
  ElementType type = ElementType::kF32;
  Shape shape;
  void* data = nullptr;

  template <typename T>
  std::span<T> as() const {
    RETINUE_DCHECK(sizeof(T) == SizeOf(type));
    return {static_cast<T*>(data), static_cast<std::size_t>(shape.ElementCount())};
  }
  operator TensorView() const { return {type, shape, data}; }  // NOLINT: a view of the same
};

}  // namespace retinue
