// A head of your own: reads a network that retinue does not know. Here one whose
// output [1, N, 6] holds x_min, y_min, x_max, y_max, score, class in input pixels.

#include <retinue/heads/head.h>

#include <cstdio>
#include <vector>

namespace {

class CornersHead final : public retinue::Head {
 public:
  explicit CornersHead(float conf) : conf_(conf) {}

  retinue::Result<void> Parse(std::span<const retinue::TensorView> outputs,
                              const retinue::Affine& input_to_frame,
                              retinue::FrameResult& into) override {
    into.ClearFound();
    if (outputs.size() != 1 || outputs[0].type != retinue::ElementType::kF32 ||
        outputs[0].shape.rank() != 3 || outputs[0].shape[2] != 6) {
      return retinue::Fail(retinue::ErrorCode::kInvalidArgument,
                           "expected one output f32 [1, N, 6]");
    }
    const auto values = outputs[0].as<float>();
    for (std::size_t i = 0; i + 6 <= values.size(); i += 6) {
      const auto row = values.subspan(i, 6);
      if (!(row[4] > conf_)) continue;
      const retinue::Box box = retinue::BoxFromCorners(row[0], row[1], row[2], row[3]);
      into.objects.push_back({.box = retinue::Clip(retinue::MapBox(input_to_frame, box), into.size),
                              .score = row[4],
                              .class_id = static_cast<int>(row[5])});
    }
    return {};
  }

 private:
  float conf_;
};

}  // namespace

int main() {
  // Two boxes as the network would give them, for a 640x640 input made of a 1280x1280 picture.
  const std::vector<float> tensor = {10, 20, 110, 220, 0.9f, 0, 0, 0, 5, 5, 0.1f, 1};
  const retinue::TensorView view{retinue::ElementType::kF32, {1, 2, 6}, tensor.data()};
  CornersHead head(0.25f);
  retinue::FrameResult found{.size = {1280, 1280}};
  if (!head.Parse({&view, 1}, {.a = 2, .e = 2}, found)) return 1;
  for (const auto& object : found.objects) {
    std::printf("class %d, %.1f, at %.0f,%.0f size %.0fx%.0f\n", object.class_id, object.score,
                object.box.x, object.box.y, object.box.width, object.box.height);
  }
  return found.objects.size() == 1 ? 0 : 1;
}
