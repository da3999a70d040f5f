// What effects cost on one core at 1280x720, a whole frame of nv12 drawn into in place (unless the
// name says another format). Faces are the portrait of lib/effects/golden, 200 px wide (between the
// cheeks) and 250 px high.
//
//   BM_Operation/NAME     one operation, on one face
//   BM_FourFaces/NAME     the program of that name in examples/effects, on four faces, a second in
//   BM_Whole/NAME         programs of the whole frame
//   BM_Rgb/NAME           on rgb24
//   BM_Scalar/NAME        the scalar executor, on rgb24
//
//   build/bench/bench/effects_bench --benchmark_repetitions=9

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/effects/effects.h"

namespace retinue {
namespace {

constexpr Size kFrame{1280, 720};
constexpr float kFaceWidth = 200, kFaceHeight = 250;

// The portrait's landmarks, its face's bounds as large as kFace… and about (0, 0).
std::vector<Landmark> PortraitLandmarks() {
  std::ifstream file(RETINUE_PORTRAIT_LANDMARKS);
  std::vector<Landmark> landmarks;
  Landmark p;
  while (file >> p.x >> p.y >> p.z) landmarks.push_back(p);
  RETINUE_CHECK(landmarks.size() == 478);
  const auto by_x = [](const Landmark& a, const Landmark& b) { return a.x < b.x; };
  const auto by_y = [](const Landmark& a, const Landmark& b) { return a.y < b.y; };
  const auto [left, right] = std::minmax_element(landmarks.begin(), landmarks.end(), by_x);
  const auto [top, bottom] = std::minmax_element(landmarks.begin(), landmarks.end(), by_y);
  const Landmark low{left->x, top->y, 0}, high{right->x, bottom->y, 0};
  for (Landmark& mark : landmarks) {
    mark.x = ((mark.x - low.x) / (high.x - low.x) - 0.5f) * kFaceWidth;
    mark.y = ((mark.y - low.y) / (high.y - low.y) - 0.5f) * kFaceHeight;
  }
  return landmarks;
}

FrameResult FacesAt(const std::vector<Point>& centers) {
  static const std::vector<Landmark> portrait = PortraitLandmarks();
  FrameResult result;
  result.size = kFrame;
  result.landmark_count = static_cast<int>(portrait.size());
  for (const Point& center : centers) {
    Face face;
    face.id = static_cast<std::int64_t>(result.faces.size()) + 1;
    face.detail = static_cast<int>(result.faces.size());
    face.box = {center.x - kFaceWidth / 2, center.y - kFaceHeight / 2, kFaceWidth, kFaceHeight};
    result.faces.push_back(face);
    for (Landmark mark : portrait) {
      mark.x += center.x;
      mark.y += center.y;
      result.landmarks.push_back(mark);
    }
  }
  return result;
}

FrameResult OneFace() { return FacesAt({{400.3f, 350.7f}}); }
FrameResult TwoFaces() { return FacesAt({{400.3f, 350.7f}, {850.6f, 380.2f}}); }
FrameResult FourFaces() {
  return FacesAt({{180.3f, 350.7f}, {480.6f, 300.2f}, {770.1f, 420.4f}, {1080.8f, 330.9f}});
}

std::shared_ptr<FrameBuffer> NoiseFrame(PixelFormat format) {
  auto buffer = FrameBuffer::Create({format, kFrame, {}}).value();
  std::uint32_t state = 1;
  for (int p = 0; p < PlaneCount(format); ++p) {
    const MutablePlaneView plane = buffer->plane(p);
    for (int y = 0; y < RowCount(format, kFrame, p); ++y) {
      for (std::ptrdiff_t x = 0; x < RowBytes(format, kFrame, p); ++x) {
        state = state * 1664525u + 1013904223u;
        plane.data[y * plane.stride_bytes + x] = static_cast<std::uint8_t>(100 + (state >> 26));
      }
    }
  }
  return buffer;
}

const std::vector<std::uint8_t>& Mask() {
  static const std::vector<std::uint8_t> mask(256 * 256, 200);
  return mask;
}

struct Case {
  const char* name;
  const char* program;
};

enum class Executor { kFast, kScalar };

void Run(benchmark::State& state, const std::string& program, FrameResult faces, PixelFormat format,
         Executor executor = Executor::kFast) {
  Effects effects(ReadEffects(program, {.segmentation = true, .iris = true}).value());
  const auto frame = NoiseFrame(format);
  const BackgroundMask mask{{256, 256}, {Mask().data(), 256}};
  EffectsReport report;
  faces.pts = Nanoseconds(0);
  const auto apply = [&] {
    const MutablePlaneView rows = frame->plane(0);
    const auto done = executor == Executor::kFast
                          ? effects.Apply(faces, *frame, mask, report)
                          : effects.ApplyScalar(faces, {kFrame, rows}, mask, report);
    RETINUE_CHECK(done.has_value());
  };
  // What moves has come from its start.
  for (int i = 0; i < 10; ++i) {
    apply();
    faces.pts += std::chrono::milliseconds(100);
  }
  for (auto _ : state) {
    apply();
    faces.pts += std::chrono::microseconds(33333);
  }
  state.counters["draws"] = report.draws;
}

constexpr Case kOperations[] = {
    {"empty_program", ""},
    {"identity", "face:"},
    {"copy_to", "face: copy_to(face+1)"},
    {"swap_with", "face#0: swap_with(face#1)"},
    {"scale", "face#0: scale(1.5)"},
    {"rotate", "face#0: rotate(30)"},
    {"spin", "face#0: spin"},
    {"translate", "face#0: translate(20.5, 10)"},
    {"drift", "face#0: drift(50)"},
    {"flip", "face#0: flip(horizontal)"},
    {"reshape", "face#0: reshape(1.2, 1.2, 1.2, 1.2), copy_to(face#1)"},
    {"tile", "face#0: tile"},
    {"tile_scaled_rotated", "face#0: tile, scale(1.1), rotate(10)"},
    {"brighten", "face#0: brighten(1.2)"},
    {"saturate", "face#0: saturate(1.2)"},
    {"hue", "face#0: hue(40)"},
    {"channels", "face#0: channels(1.1, 0.5, 0.9)"},
    {"blur_1", "face#0: blur(1)"},
    {"blur_5", "face#0: blur(5)"},
    {"blur_20", "face#0: blur(20)"},
    {"blur_50", "face#0: blur(50)"},
    {"blur_200", "face#0: blur(200)"},
    {"pixelate", "face#0: pixelate(8)"},
    {"pixelate_rotated", "face#0: pixelate(8), rotate(30)"},
    {"fill", "face#0: fill(10, 20, 30)"},
    {"erase", "face#0: erase"},
    {"invert", "face#0: invert"},
    {"opacity", "face#0: invert, opacity(0.5)"},
    {"feather", "face#0: fill(10, 20, 30), feather(12)"},
    {"clear", "face#0: invert\nface#0: clear"},
};

// Programs of examples/effects that bear the names of eymo's.
constexpr const char* kExamples[] = {
    "chaos", "faces",    "rotate-face",            "rotate-parts",   "simple-spin",
    "tile",  "triclops", "two-mouth-monster-tile", "wandering-face", "wandering-mouth"};

std::string ExampleText(const std::string& name) {
  std::ifstream file(RETINUE_EXAMPLES "/" + name + ".fx");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  RETINUE_CHECK(!text.empty());
  return text;
}

constexpr Case kWhole[] = {
    {"identity", "frame:"},
    {"invert", "frame: invert"},
    {"rotate", "frame: rotate(10)"},
    {"pixelate", "frame: pixelate(40)"},
    {"blur_3", "frame: blur(3)"},
    {"background_blur_20", "background: blur(20)"},
    {"background_fill", "background: fill(0, 120, 0)"},
};

constexpr Case kSome[] = {
    {"swap_with", "face#0: swap_with(face#1)"},
    {"tile", "face#0: tile"},
    {"blur_5", "face#0: blur(5)"},
    {"spin", "face#0: spin"},
    {"hue", "face#0: hue(40)"},
};

void RegisterAll() {
  const auto add = [](const char* group, const Case& c, auto run) {
    const std::string name = std::string(group) + "/" + c.name;
    benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMicrosecond);
  };
  using State = benchmark::State;
  for (const Case& c : kOperations) {
    add("BM_Operation", c, [&c](State& s) { Run(s, c.program, TwoFaces(), PixelFormat::kNv12); });
  }
  for (const char* name : kExamples) {
    add("BM_FourFaces", {name, nullptr}, [text = ExampleText(name)](State& s) {
      Run(s, text, FourFaces(), PixelFormat::kNv12);
    });
  }
  for (const Case& c : kWhole) {
    add("BM_Whole", c, [&c](State& s) { Run(s, c.program, OneFace(), PixelFormat::kNv12); });
  }
  for (const Case& c : kSome) {
    add("BM_Rgb", c, [&c](State& s) { Run(s, c.program, TwoFaces(), PixelFormat::kRgb24); });
    add("BM_Scalar", c,
        [&c](State& s) { Run(s, c.program, TwoFaces(), PixelFormat::kRgb24, Executor::kScalar); });
  }
}

}  // namespace
}  // namespace retinue

int main(int count, char** arguments) {
  retinue::RegisterAll();
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
