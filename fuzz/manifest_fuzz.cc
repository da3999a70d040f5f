// A manifest may come from anybody: whatever it says, reading it ends with a manifest or a
// sentence, and a manifest that was read describes a model without breaking anything.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "retinue/base/check.h"
#include "retinue/heads/head.h"
#include "retinue/model/manifest.h"
#include "retinue/model/model_spec.h"

namespace {

// The default model, so that heads of manifests get something to hold on to.
retinue::ModelIo Model() {
  using retinue::ElementType;
  retinue::ModelIo io;
  io.inputs = {{"normalized_input_image_tensor", ElementType::kF32, {1, 300, 300, 3}}};
  io.outputs = {{"raw_outputs/box_encodings", ElementType::kF32, {1, -1, 4}},
                {"raw_outputs/class_predictions", ElementType::kF32, {1, -1, -1}}};
  return io;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = retinue::ParseManifest(text);
  if (!manifest) {
    RETINUE_CHECK(!manifest.error().message.empty());
    return 0;
  }
  const auto spec = retinue::DescribeModel(Model(), &*manifest);
  if (!spec) {
    RETINUE_CHECK(!spec.error().message.empty());
    return 0;
  }
  RETINUE_CHECK(spec->names.size() == static_cast<std::size_t>(retinue::ClassCount(spec->head)));
  // What DescribeModel accepts, a head can be made of.
  RETINUE_CHECK(retinue::MakeHead(spec->head).has_value());
  return 0;
}
