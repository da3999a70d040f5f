#include "retinue/heads/head.h"

#include <cstdio>
#include <string>
#include <utility>

#include "lib/heads/spec_check.h"
#include "retinue/heads/ssd.h"
#include "retinue/heads/yolo.h"
#include "retinue/heads/yolo_end2end.h"

namespace retinue {
namespace {

std::string Shortest(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(value));
  return text;
}

Result<void> CheckFraction(const char* name, float value) {
  if (value >= 0.0f && value <= 1.0f) return {};
  return Fail(ErrorCode::kInvalidArgument,
              std::string(name) + " must be between 0 and 1, got " + Shortest(value));
}

// One for each alternative of HeadSpec.
auto Create(const YoloSpec& spec, const HeadOptions& options) {
  return YoloHead::Create(spec, options);
}
auto Create(const YoloEnd2EndSpec& spec, const HeadOptions& options) {
  return YoloEnd2EndHead::Create(spec, options);
}
auto Create(const SsdSpec& spec, const HeadOptions& options) {
  return SsdHead::Create(spec, options);
}

}  // namespace

Result<void> CheckOutputIndex(int index) {
  if (index >= 0) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "the index of the output must not be negative, got " + std::to_string(index));
}

Result<const TensorView*> OutputAt(std::span<const TensorView> outputs, int index) {
  if (static_cast<std::size_t>(index) < outputs.size()) {
    return &outputs[static_cast<std::size_t>(index)];
  }
  return Fail(ErrorCode::kInvalidArgument,
              "the detections must be output " + std::to_string(index) +
                  ", got a model with outputs " + std::to_string(outputs.size()));
}

Result<void> CheckHeadOptions(const HeadOptions& options) {
  RETINUE_RETURN_IF_ERROR(CheckFraction("conf", options.conf));
  RETINUE_RETURN_IF_ERROR(CheckFraction("iou", options.iou));
  if (options.max_det < 1 || options.max_det > kMaxNmsCandidates) {
    return Fail(ErrorCode::kInvalidArgument,
                "max_det must be between 1 and " + std::to_string(kMaxNmsCandidates) + ", got " +
                    std::to_string(options.max_det));
  }
  return {};
}

Result<void> CheckHeadOptions(const HeadOptions& options, int class_count) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options));
  if (class_count < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "a detector must have at least 1 class, got " + std::to_string(class_count));
  }
  for (const int id : options.classes) {
    if (id < 0 || id >= class_count) {
      return Fail(ErrorCode::kInvalidArgument,
                  "classes must be ids between 0 and " + std::to_string(class_count - 1) +
                      ", got " + std::to_string(id));
    }
  }
  return {};
}

int ClassCount(const HeadSpec& spec) {
  return std::visit([](const auto& s) { return s.class_count; }, spec);
}

Result<std::unique_ptr<Head>> MakeHead(const HeadSpec& spec, const HeadOptions& options) {
  return std::visit(
      [&](const auto& one) -> Result<std::unique_ptr<Head>> {
        RETINUE_ASSIGN_OR_RETURN(auto head, Create(one, options));
        return head;
      },
      spec);
}

}  // namespace retinue
