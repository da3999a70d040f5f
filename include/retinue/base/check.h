#pragma once

// RETINUE_CHECK: for our own bugs only, never for bad input. Thread rule: any.

namespace retinue::internal {
/// Prints the broken invariant with its place to standard error and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace retinue::internal

/// Aborts when an invariant that only retinue itself can break is broken.
/// Stays on in release builds: a wrong result is worse than a stop.
#define RETINUE_CHECK(condition)                                               \
  ((condition) ? static_cast<void>(0)                                          \
               : ::retinue::internal::CheckFailed(#condition, __FILE__, __LINE__))

/// The same for hot loops: gone in release builds.
#ifdef NDEBUG
#define RETINUE_DCHECK(condition) static_cast<void>(sizeof(condition))
#else
#define RETINUE_DCHECK(condition) RETINUE_CHECK(condition)
#endif
