// A manifest may come from anybody: whatever it says, reading it ends with a manifest or a
// sentence, and a manifest that was read describes a model without breaking anything.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/heads/head.h"
#include "retinue/model/manifest.h"
#include "retinue/model/model_spec.h"

namespace {

using retinue::ElementType;
using retinue::ModelIo;
using retinue::Shape;

struct Output {
  const char* name;
  Shape shape;
};

ModelIo Model(const char* input, Shape shape, const std::vector<Output>& outputs) {
  ModelIo io;
  io.inputs = {{input, ElementType::kF32, shape}};
  for (const Output& output : outputs) {
    io.outputs.push_back({output.name, ElementType::kF32, output.shape});
  }
  return io;
}

// One for each kind of head, so that those of manifests get something to hold on to.
std::vector<ModelIo> Models() {
  return {
      Model("normalized_input_image_tensor", {1, 300, 300, 3},
            {{"raw_outputs/box_encodings", {1, -1, 4}},
             {"raw_outputs/class_predictions", {1, -1, -1}}}),
      Model("images", {1, 3, 416, 416}, {{"output", {1, 3549, 85}}}),
      Model("images", {1, 3, 640, 640},
            {{"output0", {1, 116, 8400}}, {"protos", {1, 32, 160, 160}}}),
      Model("input.1", {1, 3, 320, 320},
            {{"cls_pred_stride_8", {1, 1600, 80}},
             {"cls_pred_stride_16", {1, 400, 80}},
             {"cls_pred_stride_32", {1, 100, 80}},
             {"dis_pred_stride_8", {1, 1600, 32}},
             {"dis_pred_stride_16", {1, 400, 32}},
             {"dis_pred_stride_32", {1, 100, 32}}}),
      Model("pixel_values", {-1, 3, -1, -1}, {{"logits", {-1, 300, 91}}, {"boxes", {-1, 300, 4}}}),
      Model("images", {1, 3, 224, 224}, {{"output0", {1, 1000}}}),
  };
}

void Check(const ModelIo& model, const retinue::Manifest& manifest) {
  const auto spec = retinue::DescribeModel(model, &manifest);
  if (!spec) {
    RETINUE_CHECK(!spec.error().message.empty());
    return;
  }
  RETINUE_CHECK(spec->names.size() == static_cast<std::size_t>(retinue::ClassCount(spec->head)));
  // What DescribeModel accepts, a head can be made of.
  RETINUE_CHECK(retinue::MakeHead(spec->head).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = retinue::ParseManifest(text);
  if (!manifest) {
    RETINUE_CHECK(!manifest.error().message.empty());
    return 0;
  }
  for (const ModelIo& model : Models()) Check(model, *manifest);
  return 0;
}
