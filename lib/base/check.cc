#include "retinue/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace retinue::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: retinue: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace retinue::internal
