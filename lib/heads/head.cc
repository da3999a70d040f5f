#include "retinue/heads/head.h"

#include <cstdio>
#include <string>
#include <utility>

#include "lib/heads/spec_check.h"
#include "retinue/heads/blaze.h"
#include "retinue/heads/classify.h"
#include "retinue/heads/detr.h"
#include "retinue/heads/foreground.h"
#include "retinue/heads/landmarks.h"
#include "retinue/heads/nanodet.h"
#include "retinue/heads/ssd.h"
#include "retinue/heads/yolo.h"
#include "retinue/heads/yolo_end2end.h"
#include "retinue/heads/yolov4.h"
#include "retinue/heads/yolov5.h"
#include "retinue/heads/yolox.h"

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
auto Create(const BlazeSpec& spec, const HeadOptions& options) {
  return BlazeHead::Create(spec, options);
}
auto Create(const LandmarkSpec& spec, const HeadOptions& options) {
  return LandmarkHead::Create(spec, options);
}
auto Create(const ForegroundSpec& spec, const HeadOptions& options) {
  return ForegroundHead::Create(spec, options);
}
auto Create(const ClassifySpec& spec, const HeadOptions& options) {
  return ClassifyHead::Create(spec, options);
}
auto Create(const YoloV5Spec& spec, const HeadOptions& options) {
  return YoloV5Head::Create(spec, options);
}
auto Create(const YoloXSpec& spec, const HeadOptions& options) {
  return YoloXHead::Create(spec, options);
}
auto Create(const YoloV4Spec& spec, const HeadOptions& options) {
  return YoloV4Head::Create(spec, options);
}
auto Create(const NanoDetSpec& spec, const HeadOptions& options) {
  return NanoDetHead::Create(spec, options);
}
auto Create(const DetrSpec& spec, const HeadOptions& options) {
  return DetrHead::Create(spec, options);
}

}  // namespace

Result<void> CheckOutputIndex(int index) {
  if (index >= 0) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "the index of the output must not be negative, got " + std::to_string(index));
}

Result<void> CheckTwoOutputs(int boxes, int scores) {
  if (boxes >= 0 && scores >= 0 && boxes != scores) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "boxes and classes must be two outputs of the model, got " + std::to_string(boxes) +
                  " and " + std::to_string(scores));
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
  if (options.top < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "top must be at least 1, got " + std::to_string(options.top));
  }
  return {};
}

Result<void> CheckHeadOptions(const HeadOptions& options, int class_count) {
  RETINUE_RETURN_IF_ERROR(CheckHeadOptions(options));
  if (class_count < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "a model must have at least 1 class, got " + std::to_string(class_count));
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
