// Instance masks at 1280x720, on one core, of a YOLO at 640 x 640 with 32 prototypes of 160 x 160.
// The argument is the number of objects, each 32 to 96 pixels of the input wide, 2.2 times as high.
//
//   boxes    the head without masks, 84 x 8400: scores and suppression
//   masks    the same with masks in run lengths; the difference is what masks cost
//   text     run lengths to COCO's compressed text, as JSON has it
//   drawn    a copy of the frame with boxes, labels and masks
//
//   build/bench/bench/masks_bench --benchmark_repetitions=9 --benchmark_report_aggregates_only=true

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "apps/cli/bench_scenes.h"
#include "retinue/base/check.h"
#include "retinue/heads/head.h"
#include "retinue/overlay/overlay.h"
#include "retinue/preprocess/preprocess.h"
#include "retinue/results/mask.h"

namespace retinue {
namespace {

constexpr int kSide = 640;
constexpr Size kFrame{1280, 720};

const YoloSpec kMasks{.class_count = 80, .extra = MaskColumns{}};

struct Scene {
  explicit Scene(int objects, const YoloSpec& spec = kMasks)
      : tensors(cli::YoloScene(spec, kSide, objects)),
        input_to_frame(PlanPreprocess({PixelFormat::kNv12, kFrame, {}}, WholeFrame(kFrame),
                                      {.size = {kSide, kSide}})
                           .value()
                           .input_to_frame()) {
    result.size = kFrame;
  }
  void Parse(Head& head) {
    RETINUE_CHECK(head.Parse(tensors.views, input_to_frame, result).has_value());
  }

  cli::SceneTensors tensors;
  Affine input_to_frame;
  FrameResult result;
};

void BM_Boxes(benchmark::State& state) {
  const YoloSpec boxes{.class_count = 80};
  Scene scene(static_cast<int>(state.range(0)), boxes);
  const auto head = MakeHead(boxes).value();
  for (auto _ : state) scene.Parse(*head);
}
BENCHMARK(BM_Boxes)->Arg(20)->Unit(benchmark::kMicrosecond);

void BM_Masks(benchmark::State& state) {
  Scene scene(static_cast<int>(state.range(0)));
  const auto head = MakeHead(kMasks).value();
  for (auto _ : state) scene.Parse(*head);
  state.counters["masks"] = static_cast<double>(scene.result.masks.size());
}
BENCHMARK(BM_Masks)->Arg(1)->Arg(20)->Arg(100)->Unit(benchmark::kMicrosecond);

void BM_MaskText(benchmark::State& state) {
  Scene scene(static_cast<int>(state.range(0)));
  scene.Parse(*MakeHead(kMasks).value());
  std::string text;
  for (auto _ : state) {
    text.clear();
    for (std::size_t i = 0; i < scene.result.masks.size(); ++i) {
      AppendMaskText(scene.result.masks[i], text);
    }
    benchmark::DoNotOptimize(text.data());
  }
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(BM_MaskText)->Arg(20)->Unit(benchmark::kMicrosecond);

void BM_MasksDrawn(benchmark::State& state) {
  Scene scene(static_cast<int>(state.range(0)));
  scene.Parse(*MakeHead(kMasks).value());
  const Frame frame = cli::StreetFrame(kFrame).value();
  const auto overlay = Overlay::Create().value();
  const std::vector<std::string> names(80, "person");
  for (auto _ : state) {
    benchmark::DoNotOptimize(overlay->Draw(frame, scene.result, names)->plane(0).data);
  }
}
BENCHMARK(BM_MasksDrawn)->Arg(20)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace retinue

BENCHMARK_MAIN();
