// What drawing costs, at 1280x720 and 1920x1080. Names: <what>/<format>/<size>/<boxes>.
//
//   copy   the copy into the pooled buffer alone (no objects)
//   draw   the copy, boxes and labels
//
//   build/bench/bench/overlay_bench --benchmark_repetitions=9

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "retinue/overlay/overlay.h"

namespace retinue {
namespace {

void Run(benchmark::State& state, PixelFormat format, Size size, int boxes) {
  auto overlay = Overlay::Create().value();
  auto buffer = FrameBuffer::Create({format, size, {}}).value();
  const Frame frame = FrameBuffer::Publish(std::move(buffer), {}, {});
  const std::vector<std::string> names = {"person"};
  FrameResult result;
  std::uint32_t random = 1;
  const auto uniform = [&](int below) {
    random = random * 1664525u + 1013904223u;
    return static_cast<float>((random >> 8) % static_cast<std::uint32_t>(below));
  };
  for (int i = 0; i < boxes; ++i) {
    result.objects.push_back({.box = {uniform(size.width), uniform(size.height), 60 + uniform(80),
                                      120 + uniform(180)},
                              .score = 0.87f,
                              .class_id = 0,
                              .track_id = i + 1});
  }
  for (auto _ : state) {
    auto drawn = overlay->Draw(frame, result, names);
    benchmark::DoNotOptimize(drawn->plane(0).data);
  }
}

}  // namespace
}  // namespace retinue

int main(int count, char** arguments) {
  using retinue::PixelFormat;
  for (const PixelFormat format : {PixelFormat::kNv12, PixelFormat::kI420, PixelFormat::kYuy2,
                                   PixelFormat::kRgb24, PixelFormat::kBgr24}) {
    for (const retinue::Size size : {retinue::Size{1280, 720}, retinue::Size{1920, 1080}}) {
      for (const int boxes : {0, 20, 100}) {
        const std::string name = std::string(boxes == 0 ? "copy/" : "draw/") +
                                 std::string(ToString(format)) + "/" + std::to_string(size.height) +
                                 "/" + std::to_string(boxes);
        benchmark::RegisterBenchmark(name.c_str(), [=](auto& state) {
          retinue::Run(state, format, size, boxes);
        })->Unit(benchmark::kMicrosecond);
      }
    }
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
