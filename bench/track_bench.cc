// What one Update costs. Names: <tracker>/<scene>/<objects>.
//
//   street   people of different sizes walk across a 1920x1080 picture, some
//            hidden behind others; one in ten is missed in a frame, one in ten is
//            seen weakly; clutter makes up another tenth. 25 frames a second.
//   clump    all boxes lie on one spot and jitter: the worst case of the matching
//
//   build/bench/bench/track_bench --benchmark_repetitions=9

#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "retinue/track/options.h"

namespace retinue {
namespace {

double Uniform(std::uint64_t& state, double low, double high) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return low + (high - low) * static_cast<double>(state >> 11) * 0x1p-53;
}

using Video = std::vector<std::vector<Detection>>;

Video Street(int objects) {
  struct Walker {
    double x, y, height, dx;
  };
  std::uint64_t random = 1;
  std::vector<Walker> walkers;
  for (int i = 0; i < objects; ++i) {
    const double height = Uniform(random, 60, 250);
    walkers.push_back({Uniform(random, 0, 1900), Uniform(random, 0, 830), height,
                       Uniform(random, -0.04, 0.04) * height});
  }
  Video video(500);
  for (auto& frame : video) {
    const auto add = [&](double x, double y, double height, double score) {
      frame.push_back({.box = {static_cast<float>(x), static_cast<float>(y),
                               static_cast<float>(height * 0.4), static_cast<float>(height)},
                       .score = static_cast<float>(score),
                       .class_id = 0});
    };
    for (Walker& w : walkers) {
      w.x += w.dx;
      if (w.x < 0 || w.x > 1900) w.dx = -w.dx;
      const double luck = Uniform(random, 0, 1);
      if (luck < 0.1) continue;
      add(w.x + Uniform(random, -2, 2), w.y + Uniform(random, -2, 2),
          w.height + Uniform(random, -2, 2),
          luck < 0.2 ? Uniform(random, 0.1, 0.25) : Uniform(random, 0.4, 1));
    }
    for (int i = 0; i < objects / 10; ++i) {
      add(Uniform(random, 0, 1900), Uniform(random, 0, 830), Uniform(random, 60, 250),
          Uniform(random, 0.1, 0.6));
    }
  }
  return video;
}

Video Clump(int objects) {
  std::uint64_t random = 1;
  Video video(50);
  for (auto& frame : video) {
    for (int i = 0; i < objects; ++i) {
      frame.push_back({.box = {static_cast<float>(500 + Uniform(random, 0, 20)),
                               static_cast<float>(500 + Uniform(random, 0, 20)), 100, 200},
                       .score = 0.9f,
                       .class_id = 0});
    }
  }
  return video;
}

void Run(benchmark::State& state, TrackerKind kind, const Video& video) {
  auto tracker = MakeTracker({.kind = kind, .bytetrack = {}, .sort = {}}).value();
  TrackUpdate update;
  std::size_t frame = 0;
  for (auto _ : state) {
    tracker->Update(FromSeconds(static_cast<double>(frame) / 25), video[frame % video.size()],
                    update);
    benchmark::DoNotOptimize(update.of_detection.data());
    ++frame;
  }
}

}  // namespace
}  // namespace retinue

int main(int count, char** arguments) {
  using retinue::TrackerKind;
  for (const TrackerKind kind : {TrackerKind::kSort, TrackerKind::kByteTrack}) {
    const std::string name(ToString(kind));
    for (const int objects : {10, 100, 1000}) {
      benchmark::RegisterBenchmark((name + "/street/" + std::to_string(objects)).c_str(),
                                   [kind, video = retinue::Street(objects)](auto& state) {
                                     retinue::Run(state, kind, video);
                                   })
          ->Unit(benchmark::kMicrosecond);
    }
    for (const int objects : {100, 1000}) {
      benchmark::RegisterBenchmark((name + "/clump/" + std::to_string(objects)).c_str(),
                                   [kind, video = retinue::Clump(objects)](auto& state) {
                                     retinue::Run(state, kind, video);
                                   })
          ->Unit(benchmark::kMicrosecond);
    }
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
