#include "retinue/infer/engine.h"

namespace retinue {

std::string_view ToString(Precision precision) {
  switch (precision) {
    case Precision::kAuto: return "auto";
    case Precision::kF32: return "f32";
    case Precision::kBf16: return "bf16";
    case Precision::kF16: return "f16";
    case Precision::kInt8: return "int8";
  }
  return "unknown";
}

}  // namespace retinue
