// Heads and their parts, on one core: 84 x 8400 of YOLO at 640 x 640, other families with the same
// number of anchors and classes, and the default SSD. Beside the scalar twin of the scan and the
// bound: reading the same bytes once.
//
//   build/bench/bench/heads_bench --benchmark_repetitions=9 --benchmark_report_aggregates_only=true

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "retinue/heads/head.h"
#include "retinue/heads/nms.h"
#include "retinue/heads/score_scan.h"

namespace retinue {
namespace {

constexpr int kAnchors = 8400;
constexpr int kClasses = 80;

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  float Uniform(float low, float high) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * static_cast<float>(state_ >> 40) * 0x1p-24f;
  }

 private:
  std::uint64_t state_;
};

// Channels first, `strong` anchors over 0.25 in heaps of ten on the same object, as detectors do.
std::vector<float> YoloValues(int strong) {
  Random random(1);
  std::vector<float> values(std::size_t{4 + kClasses} * kAnchors);
  for (float& v : values) v = random.Uniform(0.0f, 0.01f);
  for (int i = 0; i < kAnchors; ++i) {
    const auto a = static_cast<std::size_t>(i);
    const bool is_strong = i % 80 < 10 && i / 80 < strong / 10;
    const float object = static_cast<float>(i / 80);
    values[a] = std::fmod(object * 37.0f, 560.0f) + 40.0f + random.Uniform(0.0f, 6.0f);
    values[kAnchors + a] = std::fmod(object * 91.0f, 560.0f) + 40.0f + random.Uniform(0.0f, 6.0f);
    values[2 * kAnchors + a] = 60.0f;
    values[3 * kAnchors + a] = 70.0f;
    const auto best = 4 + static_cast<std::size_t>(i / 80 % kClasses);
    if (is_strong) values[best * kAnchors + a] = random.Uniform(0.3f, 0.95f);
  }
  return values;
}

std::vector<float> Transposed(const std::vector<float>& values, std::size_t rows) {
  const std::size_t columns = values.size() / rows;
  std::vector<float> turned(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) turned[c * rows + r] = values[r * columns + c];
  }
  return turned;
}

// The argument of the benchmarks of heads: how many anchors pass the threshold.
void BM_YoloHead(benchmark::State& state) {
  const auto values = YoloValues(static_cast<int>(state.range(0)));
  const TensorView view{ElementType::kF32, Shape{1, 4 + kClasses, kAnchors}, values.data()};
  auto head = *MakeHead(YoloSpec{.class_count = kClasses});
  FrameResult result{.size = {640, 640}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(head->Parse({&view, 1}, {}, result));
  }
  state.counters["found"] = static_cast<double>(result.objects.size());
}
BENCHMARK(BM_YoloHead)->Arg(0)->Arg(100)->Arg(500)->Unit(benchmark::kMicrosecond);

void BM_YoloHeadAnchorsFirst(benchmark::State& state) {
  const auto values = Transposed(YoloValues(static_cast<int>(state.range(0))), 4 + kClasses);
  const TensorView view{ElementType::kF32, Shape{1, kAnchors, 4 + kClasses}, values.data()};
  auto head =
      *MakeHead(YoloSpec{.class_count = kClasses, .layout = YoloLayout::kAnchorsFirst});
  FrameResult result{.size = {640, 640}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(head->Parse({&view, 1}, {}, result));
  }
}
BENCHMARK(BM_YoloHeadAnchorsFirst)->Arg(100)->Unit(benchmark::kMicrosecond);

// As an evaluation asks for it: every anchor is a candidate.
void BM_YoloHeadLowestThreshold(benchmark::State& state) {
  const auto values = YoloValues(100);
  const TensorView view{ElementType::kF32, Shape{1, 4 + kClasses, kAnchors}, values.data()};
  auto head = *MakeHead(YoloSpec{.class_count = kClasses}, {.conf = 0.001f});
  FrameResult result{.size = {640, 640}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(head->Parse({&view, 1}, {}, result));
  }
}
BENCHMARK(BM_YoloHeadLowestThreshold)->Unit(benchmark::kMicrosecond);

void BM_YoloHeadHalf(benchmark::State& state) {
  const std::vector<std::uint16_t> bits(std::size_t{4 + kClasses} * kAnchors, 0x2000);
  const auto type = state.range(0) == 0 ? ElementType::kF16 : ElementType::kBf16;
  const TensorView view{type, Shape{1, 4 + kClasses, kAnchors}, bits.data()};
  auto head = *MakeHead(YoloSpec{.class_count = kClasses});
  FrameResult result{.size = {640, 640}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(head->Parse({&view, 1}, {}, result));
  }
  state.SetLabel(state.range(0) == 0 ? "f16" : "bf16");
}
BENCHMARK(BM_YoloHeadHalf)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

SsdSpec SpecOfSsd(int classes, std::vector<int> layers) {
  return {.class_count = classes,
          .has_background = true,
          .input = {300, 300},
          .anchors = {.layers = std::move(layers),
                      .aspect_ratios = {1.0f, 2.0f, 0.5f, 3.0f, 0.3333f},
                      .reduce_lowest = true}};
}

void RunSsd(benchmark::State& state, const SsdSpec& spec, int anchors) {
  const auto count = static_cast<std::size_t>(anchors);
  const auto columns = static_cast<std::size_t>(spec.class_count + 1);
  Random random(2);
  std::vector<float> boxes(count * 4), classes(count * columns);
  for (float& v : boxes) v = random.Uniform(-0.5f, 0.5f);
  for (float& v : classes) v = random.Uniform(-9.0f, -5.0f);
  for (std::size_t i = 0; i < 100; ++i) {
    classes[i * (count / 100) * columns + 1 + i % 20] = random.Uniform(-1.0f, 3.0f);
  }
  const TensorView views[] = {
      {ElementType::kF32, Shape{1, anchors, 4}, boxes.data()},
      {ElementType::kF32, Shape{1, anchors, static_cast<std::int64_t>(columns)}, classes.data()}};
  auto head = *MakeHead(spec);
  FrameResult result{.size = {640, 640}};
  for (auto _ : state) {
    const auto parsed = head->Parse(views, {}, result);
    if (!parsed) state.SkipWithError(parsed.error().message.c_str());
  }
  state.counters["found"] = static_cast<double>(result.objects.size());
}

void BM_SsdHead8400x80(benchmark::State& state) {
  // 40·40·3 + (24·24 + 4·4 + 2·2 + 2·2) · 6 = 8400
  RunSsd(state, SpecOfSsd(kClasses, {40, 24, 4, 2, 2}), kAnchors);
}
BENCHMARK(BM_SsdHead8400x80)->Unit(benchmark::kMicrosecond);

void BM_SsdHeadDefaultModel(benchmark::State& state) {
  RunSsd(state, SpecOfSsd(23, {19, 10, 5, 3, 2, 1}), 1917);
}
BENCHMARK(BM_SsdHeadDefaultModel)->Unit(benchmark::kMicrosecond);

void Run(benchmark::State& state, const HeadSpec& spec, std::span<const TensorView> outputs) {
  auto head = MakeHead(spec);
  if (!head) return state.SkipWithError(head.error().message.c_str());
  FrameResult result{.size = {640, 640}};
  for (auto _ : state) {
    const auto parsed = (*head)->Parse(outputs, {}, result);
    if (!parsed) return state.SkipWithError(parsed.error().message.c_str());
  }
  state.counters["found"] = static_cast<double>(result.objects.size());
}

// YoloValues with objectness before the classes: near 0, and 0.9 where a class is strong. Rows
// are repeated up to `rows`. The boxes are of sizes that YOLOX's exp() leaves finite.
std::vector<float> ObjectnessValues(int strong, std::size_t rows, float box_scale) {
  const auto turned = Transposed(YoloValues(strong), 4 + kClasses);
  std::vector<float> values;
  values.reserve(rows * (5 + kClasses));
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = turned.data() + r % kAnchors * (4 + kClasses);
    for (int i = 0; i < 4; ++i) values.push_back(row[i] * box_scale);
    const float best = *std::max_element(row + 4, row + 4 + kClasses);
    values.push_back(best > 0.25f ? 0.95f : 0.01f);
    values.insert(values.end(), row + 4, row + 4 + kClasses);
  }
  return values;
}

// Arguments: anchors that pass, rows in all (25200: three prior boxes a cell, as YOLOv5 has).
void BM_YoloV5Head(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(1));
  const auto values = ObjectnessValues(static_cast<int>(state.range(0)), rows, 1.0f);
  const TensorView view{ElementType::kF32, Shape{1, state.range(1), 5 + kClasses}, values.data()};
  Run(state, YoloV5Spec{.class_count = kClasses}, {&view, 1});
}
BENCHMARK(BM_YoloV5Head)
    ->Args({100, kAnchors})
    ->Args({500, kAnchors})
    ->Args({100, 3 * kAnchors})
    ->Unit(benchmark::kMicrosecond);

void BM_YoloXHead(benchmark::State& state) {
  const auto values = ObjectnessValues(static_cast<int>(state.range(0)), kAnchors, 0.01f);
  const TensorView view{ElementType::kF32, Shape{1, kAnchors, 5 + kClasses}, values.data()};
  Run(state, YoloXSpec{.class_count = kClasses, .input = {640, 640}}, {&view, 1});
}
BENCHMARK(BM_YoloXHead)->Arg(100)->Arg(500)->Unit(benchmark::kMicrosecond);

// Boxes and scores of YoloValues as two tensors.
void BM_YoloV4Head(benchmark::State& state) {
  const auto turned = Transposed(YoloValues(static_cast<int>(state.range(0))), 4 + kClasses);
  std::vector<float> boxes, scores;
  for (std::size_t r = 0; r < kAnchors; ++r) {
    const auto row = turned.begin() + static_cast<std::ptrdiff_t>(r * (4 + kClasses));
    boxes.insert(boxes.end(), row, row + 4);
    scores.insert(scores.end(), row + 4, row + 4 + kClasses);
  }
  const TensorView views[] = {{ElementType::kF32, Shape{1, kAnchors, 4}, boxes.data()},
                              {ElementType::kF32, Shape{1, kAnchors, kClasses}, scores.data()}};
  Run(state, YoloV4Spec{.class_count = kClasses}, views);
}
BENCHMARK(BM_YoloV4Head)->Arg(100)->Arg(500)->Unit(benchmark::kMicrosecond);

// NanoDet-Plus' single output: 80 scores, then 4 x 8 logits a cell.
void BM_NanoDetHead(benchmark::State& state) {
  const auto turned = Transposed(YoloValues(static_cast<int>(state.range(0))), 4 + kClasses);
  Random random(3);
  std::vector<float> values;
  for (std::size_t r = 0; r < kAnchors; ++r) {
    const auto row = turned.begin() + static_cast<std::ptrdiff_t>(r * (4 + kClasses));
    values.insert(values.end(), row + 4, row + 4 + kClasses);
    for (int i = 0; i < 32; ++i) values.push_back(random.Uniform(-3.0f, 3.0f));
  }
  const TensorView view{ElementType::kF32, Shape{1, kAnchors, kClasses + 32}, values.data()};
  Run(state, NanoDetSpec{.class_count = kClasses, .input = {640, 640}, .scores = {0}}, {&view, 1});
}
BENCHMARK(BM_NanoDetHead)->Arg(100)->Arg(500)->Unit(benchmark::kMicrosecond);

// 300 queries, as RT-DETR has.
void BM_DetrHead(benchmark::State& state) {
  constexpr std::int64_t kQueries = 300;
  Random random(4);
  std::vector<float> logits(kQueries * kClasses), boxes(kQueries * 4);
  for (float& v : logits) v = random.Uniform(-9.0f, -4.0f);
  for (float& v : boxes) v = random.Uniform(0.1f, 0.9f);
  for (std::size_t q = 0; q < 100; ++q) logits[q * kClasses + q % kClasses] = 1.0f;
  const TensorView views[] = {{ElementType::kF32, Shape{1, kQueries, kClasses}, logits.data()},
                              {ElementType::kF32, Shape{1, kQueries, 4}, boxes.data()}};
  Run(state, DetrSpec{.class_count = kClasses, .input = {640, 640}}, views);
}
BENCHMARK(BM_DetrHead)->Unit(benchmark::kMicrosecond);

template <std::int64_t (*kScan)(const ScoreGrid&, float, std::vector<Candidate>&)>
void BM_Scan(benchmark::State& state) {
  const auto values = YoloValues(100);
  const ScoreGrid grid{values.data(), kAnchors, 4, kClasses, GridLayout::kChannelsFirst};
  std::vector<Candidate> found;
  for (auto _ : state) benchmark::DoNotOptimize(kScan(grid, 0.25f, found));
}
BENCHMARK(BM_Scan<FindCandidates>)->Name("BM_ScanSimd")->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Scan<FindCandidatesScalar>)->Name("BM_ScanScalarTwin")->Unit(benchmark::kMicrosecond);

// The bound: the same bytes read once, eight sums so that no addition waits for another.
void BM_ReadOnce(benchmark::State& state) {
  const auto values = YoloValues(0);
  const auto* words = reinterpret_cast<const std::uint64_t*>(values.data());
  const std::size_t count = values.size() / 2;
  for (auto _ : state) {
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i + 8 <= count; i += 8) {
      for (std::size_t j = 0; j < 8; ++j) sums[j] ^= words[i + j];
    }
    benchmark::DoNotOptimize(sums);
  }
}
BENCHMARK(BM_ReadOnce)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace retinue

BENCHMARK_MAIN();
