#pragma once

// Counts what a test program takes from the heap by operator new. Include it in
// exactly one .cc of the program: it replaces the program's operators.

#include <atomic>
#include <cstdlib>
#include <new>

// GCC sees free() where it inlined the delete below and malloc() where it did
// not inline the new: a pair, but not one that it recognises.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace retinue::testing {

/// Calls of operator new so far, in all threads.
inline std::atomic<long> allocations{0};

namespace internal {

inline void* CountedAllocateOrNull(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}

inline void* CountedAllocate(std::size_t size) {
  if (void* memory = CountedAllocateOrNull(size)) return memory;
  throw std::bad_alloc();
}

inline void* CountedAllocate(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(a, (size + a - 1) / a * a)) return memory;
  throw std::bad_alloc();
}

}  // namespace internal
}  // namespace retinue::testing

void* operator new(std::size_t size) { return retinue::testing::internal::CountedAllocate(size); }
void* operator new[](std::size_t size) { return retinue::testing::internal::CountedAllocate(size); }
// std::stable_sort takes its buffer from these.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return retinue::testing::internal::CountedAllocateOrNull(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return retinue::testing::internal::CountedAllocateOrNull(size);
}
void* operator new(std::size_t size, std::align_val_t a) {
  return retinue::testing::internal::CountedAllocate(size, a);
}
void* operator new[](std::size_t size, std::align_val_t a) {
  return retinue::testing::internal::CountedAllocate(size, a);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
