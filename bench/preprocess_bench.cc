// What Preprocess costs on one core, beside its scalar twin and beside the
// least that moving its bytes can cost.
//
//   bound   reads every row that is sampled, once, from end to end (all rows when
//           the region is turned) and writes every byte of the output (picture
//           and padding, or the picture alone): what moving the bytes costs.
//   simd    Preprocess
//   scalar  PreprocessScalar
//
// Names: <what>/<frame>/<input>/<padding>. One buffer each, so both lie in the
// last-level cache where they fit, as after a decoder and before an engine.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "lib/preprocess/plan_tables.h"
#include "retinue/image/frame.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

struct Case {
  const char* name;
  FrameFormat format;
  InputSpec spec;
  float angle_rad = 0;
};

Frame NoiseFrame(const FrameFormat& format) {
  auto buffer = FrameBuffer::Create(format).value();
  std::uint32_t state = 1;
  for (int p = 0; p < PlaneCount(format.pixels); ++p) {
    const MutablePlaneView plane = buffer->plane(p);
    for (int y = 0; y < RowCount(format.pixels, format.size, p); ++y) {
      for (std::ptrdiff_t x = 0; x < RowBytes(format.pixels, format.size, p); ++x) {
        state = state * 1664525u + 1013904223u;
        plane.data[y * plane.stride_bytes + x] = static_cast<std::uint8_t>(state >> 24);
      }
    }
  }
  return FrameBuffer::Publish(std::move(buffer), {}, {});
}

struct Work {
  explicit Work(const Case& c)
      : frame(NoiseFrame(c.format)),
        plan(Plan(c)),
        bytes(OutputBytes(plan)),
        memory(std::aligned_alloc(64, (bytes + 63) / 64 * 64)) {
    out = {c.spec.type, plan.output_shape(), memory.get()};
    Preprocess(plan, frame, out);
  }

  static PreprocessPlan Plan(const Case& c) {
    Region region = WholeFrame(c.format.size);
    region.angle_rad = c.angle_rad;
    return PlanPreprocess(c.format, region, c.spec).value();
  }
  static std::size_t OutputBytes(const PreprocessPlan& plan) {
    return static_cast<std::size_t>(plan.output_shape().ElementCount()) * SizeOf(plan.spec().type);
  }

  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  Frame frame;
  PreprocessPlan plan;
  std::size_t bytes;
  std::unique_ptr<void, Free> memory;
  MutableTensorView out;
};

void Simd(benchmark::State& state, const Case& c, Padding padding) {
  Work work(c);
  for (auto _ : state) {
    Preprocess(work.plan, work.frame, work.out, padding);
    benchmark::ClobberMemory();
  }
}

void Scalar(benchmark::State& state, const Case& c, Padding padding) {
  Work work(c);
  for (auto _ : state) {
    PreprocessScalar(work.plan, work.frame, work.out, padding);
    benchmark::ClobberMemory();
  }
}

struct Row {
  const std::uint8_t* data;
  std::size_t bytes;
};

/// Every row of the frame that the plan samples, once, in memory order.
std::vector<Row> SampledRows(const PreprocessPlan& plan, const Frame& frame) {
  const internal::PlanTables& tables = plan.tables();
  const PixelFormat pixels = frame.format().pixels;
  std::vector<std::vector<bool>> is_used;
  for (int p = 0; p < PlaneCount(pixels); ++p) {
    is_used.emplace_back(static_cast<std::size_t>(RowCount(pixels, frame.size(), p)),
                         tables.is_turned);
  }
  for (int k = 0; k < tables.component_count && !tables.is_turned; ++k) {
    const internal::Component& component = tables.components[static_cast<std::size_t>(k)];
    auto& used = is_used[static_cast<std::size_t>(component.plane)];
    const internal::Taps& taps = tables.row_taps[static_cast<std::size_t>(component.grid)];
    for (std::size_t i = 0; i < taps.first.size(); ++i) {
      const int last = static_cast<int>(used.size()) - 1;
      used[static_cast<std::size_t>(std::max(taps.first[i], 0))] = true;
      if (taps.weight[i] != 0)
        used[static_cast<std::size_t>(std::min(taps.first[i] + 1, last))] = true;
    }
  }
  std::vector<Row> rows;
  for (int p = 0; p < PlaneCount(pixels); ++p) {
    const PlaneView plane = frame.plane(p);
    for (int y = 0; y < RowCount(pixels, frame.size(), p); ++y) {
      if (!is_used[static_cast<std::size_t>(p)][static_cast<std::size_t>(y)]) continue;
      rows.push_back({plane.data + y * plane.stride_bytes,
                      static_cast<std::size_t>(RowBytes(pixels, frame.size(), p))});
    }
  }
  return rows;
}

std::uint64_t Read(const std::vector<Row>& rows) {
  // Four sums: one addition after another would wait for itself.
  std::uint64_t sum[4] = {};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 32 <= row.bytes; i += 32) {
      std::uint64_t four[4];
      std::memcpy(four, row.data + i, 32);
      for (int k = 0; k < 4; ++k) sum[k] ^= four[k];
    }
  }
  return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}

void Bound(benchmark::State& state, const Case& c, Padding padding) {
  Work work(c);
  const Size size = c.spec.size;
  const auto whole_row = static_cast<std::size_t>(size.width) * SizeOf(c.spec.type);
  const auto width = static_cast<std::size_t>(work.plan.picture().width) * SizeOf(c.spec.type);
  const auto first = static_cast<std::size_t>(work.plan.picture().y);
  const auto height = static_cast<std::size_t>(work.plan.picture().height);
  const std::vector<Row> rows = SampledRows(work.plan, work.frame);
  const auto channels = static_cast<std::size_t>(ChannelCount(c.spec.order));
  int value = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Read(rows));
    auto* const to = static_cast<std::byte*>(work.memory.get());
    ++value;
    if (padding == Padding::kWrite) {
      std::memset(to, value, work.bytes);
    } else {  // as many bytes, in as many runs; the order of channels does not matter here
      for (std::size_t channel = 0; channel < channels; ++channel) {
        std::byte* from =
            to + (channel * static_cast<std::size_t>(size.height) + first) * whole_row;
        for (std::size_t y = 0; y < height; ++y, from += whole_row) std::memset(from, value, width);
      }
    }
    benchmark::ClobberMemory();
  }
}

InputSpec Spec(int width, int height) {
  InputSpec spec;
  spec.size = {width, height};
  return spec;
}

InputSpec Typed(InputSpec spec, Layout layout, ElementType type) {
  spec.layout = layout;
  spec.type = type;
  if (type == ElementType::kU8) spec.scale = {1, 1, 1};
  return spec;
}

InputSpec Stretched(InputSpec spec) {
  spec.fit = Fit::kStretch;
  return spec;
}

FrameFormat Format(PixelFormat pixels, int width, int height) {
  return {pixels, {width, height}, {}};
}

void RegisterAll() {
  using enum PixelFormat;
  const Case cases[] = {
      {"nv12_1280x720/640x640_f32", Format(kNv12, 1280, 720), Spec(640, 640)},
      {"nv12_1920x1080/640x640_f32", Format(kNv12, 1920, 1080), Spec(640, 640)},
      {"nv12_3840x2160/640x640_f32", Format(kNv12, 3840, 2160), Spec(640, 640)},
      {"nv12_1280x720/640x384_f32", Format(kNv12, 1280, 720), Spec(640, 384)},
      {"nv12_1920x1080/640x384_f32", Format(kNv12, 1920, 1080), Spec(640, 384)},
      {"nv12_853x479/640x640_f32", Format(kNv12, 853, 479), Spec(640, 640)},
      {"i420_1280x720/640x640_f32", Format(kI420, 1280, 720), Spec(640, 640)},
      {"i420_768x576/640x640_f32", Format(kI420, 768, 576), Spec(640, 640)},
      {"yuy2_1280x720/640x640_f32", Format(kYuy2, 1280, 720), Spec(640, 640)},
      {"rgb24_1280x720/640x640_f32", Format(kRgb24, 1280, 720), Spec(640, 640)},
      {"gray8_1280x720/640x640_f32", Format(kGray8, 1280, 720), Spec(640, 640)},
      {"i420_768x576/300x300_f32_nhwc", Format(kI420, 768, 576),
       Stretched(Typed(Spec(300, 300), Layout::kNhwc, ElementType::kF32))},
      {"nv12_1280x720/640x640_f16", Format(kNv12, 1280, 720),
       Typed(Spec(640, 640), Layout::kNchw, ElementType::kF16)},
      {"nv12_1280x720/640x640_u8_nhwc", Format(kNv12, 1280, 720),
       Typed(Spec(640, 640), Layout::kNhwc, ElementType::kU8)},
      {"nv12_1280x720_turned/256x256_f32", Format(kNv12, 1280, 720), Spec(256, 256), 0.3f},
  };
  struct Kind {
    const char* name;
    void (*run)(benchmark::State&, const Case&, Padding);
  };
  const Kind kinds[] = {{"bound", Bound}, {"simd", Simd}, {"scalar", Scalar}};
  for (const Case& c : cases) {
    for (const Padding padding : {Padding::kWrite, Padding::kKeep}) {
      for (const Kind& kind : kinds) {
        const std::string name = std::string(kind.name) + "/" + c.name +
                                 (padding == Padding::kWrite ? "/write" : "/keep");
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
          kind.run(state, c, padding);
        })->Unit(benchmark::kMicrosecond);
      }
    }
  }
}

}  // namespace
}  // namespace retinue

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  retinue::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
