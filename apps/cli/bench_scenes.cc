#include "apps/cli/bench_scenes.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "retinue/io/people_source.h"

namespace retinue::cli {
namespace {

class Random {
 public:
  double Uniform(double low, double high) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  float UniformF(double low, double high) { return static_cast<float>(Uniform(low, high)); }

 private:
  std::uint64_t state_ = 1;
};

constexpr int kHeap = 10;

int AnchorsOf(int side) {
  int anchors = 0;
  for (const int stride : {8, 16, 32}) anchors += (side / stride) * (side / stride);
  return anchors;
}

void AddTensor(SceneTensors& scene, const Shape& shape, std::vector<float> values) {
  scene.values.push_back(std::move(values));
  scene.views.push_back({ElementType::kF32, shape, scene.values.back().data()});
}

std::vector<float> Waves(int channels, int side) {
  Random random;
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(channels * side * side));
  for (int c = 0; c < channels; ++c) {
    const double x_rate = random.Uniform(0.02, 0.2), y_rate = random.Uniform(0.02, 0.2);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        values.push_back(static_cast<float>(std::sin(x * x_rate + c) * std::cos(y * y_rate)));
      }
    }
  }
  return values;
}

}  // namespace

Result<Frame> StreetFrame(Size size) {
  RETINUE_ASSIGN_OR_RETURN(const auto people,
                           PeopleSource::Create({.size = size, .frames = 1, .lanes = 12}));
  Frame planar;
  RETINUE_ASSIGN_OR_RETURN(const Pull pull, people->Next(planar));
  if (pull != Pull::kFrame) return Fail(ErrorCode::kInternal, "no people in the street");
  RETINUE_ASSIGN_OR_RETURN(
      auto buffer, FrameBuffer::Create({PixelFormat::kNv12, size, planar.format().color}));
  for (int y = 0; y < size.height; ++y) {
    std::memcpy(buffer->plane(0).data + y * buffer->plane(0).stride_bytes,
                planar.plane(0).data + y * planar.plane(0).stride_bytes,
                static_cast<std::size_t>(size.width));
  }
  for (int y = 0; y < (size.height + 1) / 2; ++y) {
    for (int x = 0; x < (size.width + 1) / 2; ++x) {
      std::uint8_t* const pair = buffer->plane(1).data + y * buffer->plane(1).stride_bytes + 2 * x;
      pair[0] = planar.plane(1).data[y * planar.plane(1).stride_bytes + x];
      pair[1] = planar.plane(2).data[y * planar.plane(2).stride_bytes + x];
    }
  }
  return FrameBuffer::Publish(std::move(buffer), {}, {});
}

SceneTensors YoloScene(const YoloSpec& spec, int side, int objects) {
  const int extra = ColumnCount(spec.extra);
  const auto anchors = static_cast<std::size_t>(AnchorsOf(side));
  const auto channels = static_cast<std::size_t>(4 + spec.class_count + extra);
  const auto classes = static_cast<std::size_t>(spec.class_count);
  Random random;
  std::vector<float> values(channels * anchors);
  for (float& value : values) value = random.UniformF(0, 0.01);
  const auto at = [&](std::size_t channel, std::size_t anchor) -> float& {
    return values[channel * anchors + anchor];
  };
  const std::size_t step = anchors / static_cast<std::size_t>(objects);
  for (std::size_t object = 0; object < static_cast<std::size_t>(objects); ++object) {
    const double width = side * random.Uniform(0.05, 0.15), height = width * 2.2;
    const double x = random.Uniform(width / 2, side - width / 2);
    const double y = random.Uniform(0.3 * side, 0.7 * side);
    for (std::size_t i = 0; i < std::min<std::size_t>(kHeap, step); ++i) {
      const std::size_t anchor = object * step + i;
      const double jitter = 0.03 * width;
      at(0, anchor) = static_cast<float>(x + random.Uniform(-jitter, jitter));
      at(1, anchor) = static_cast<float>(y + random.Uniform(-jitter, jitter));
      at(2, anchor) = static_cast<float>(width);
      at(3, anchor) = static_cast<float>(height);
      at(4 + object % classes, anchor) = random.UniformF(0.3, 0.95);
      for (std::size_t k = 4 + classes; k < channels; ++k) at(k, anchor) = random.UniformF(-1, 1);
    }
  }
  SceneTensors scene;
  AddTensor(scene, {1, static_cast<std::int64_t>(channels), static_cast<std::int64_t>(anchors)},
            std::move(values));
  if (std::holds_alternative<MaskColumns>(spec.extra)) {
    const int prototypes = side / 4;
    AddTensor(scene, {1, extra, prototypes, prototypes}, Waves(extra, prototypes));
  }
  return scene;
}

SceneTensors SsdScene(const SsdSpec& spec, int anchors, int objects) {
  Random random;
  const auto count = static_cast<std::size_t>(anchors);
  const auto columns = static_cast<std::size_t>(spec.class_count + (spec.has_background ? 1 : 0));
  std::vector<float> boxes(count * 4), classes(count * columns);
  for (float& value : boxes) value = random.UniformF(-0.5, 0.5);
  for (float& value : classes) value = random.UniformF(-9, -5);
  const std::size_t step = count / static_cast<std::size_t>(objects);
  for (std::size_t i = 0; i < static_cast<std::size_t>(objects); ++i) {
    classes[i * step * columns + columns - 1] = random.UniformF(0, 3);
  }
  SceneTensors scene;
  AddTensor(scene, {1, anchors, 4}, std::move(boxes));
  AddTensor(scene, {1, anchors, static_cast<std::int64_t>(columns)}, std::move(classes));
  return scene;
}

std::vector<ScoredBox> HeapsOfBoxes(int count) {
  Random random;
  std::vector<ScoredBox> boxes;
  float x = 0, y = 0;
  for (int i = 0; i < count; ++i) {
    if (i % kHeap == 0) {
      x = random.UniformF(0, 560);
      y = random.UniformF(0, 500);
    }
    const float left = x + random.UniformF(0, 6), top = y + random.UniformF(0, 6);
    boxes.push_back({left, top, left + 60, top + 130, random.UniformF(0.25, 0.95), i / kHeap % 3});
  }
  return boxes;
}

std::vector<std::vector<Detection>> WalkingPeople(int people, int frames) {
  struct Walker {
    double x, y, height, step;
  };
  Random random;
  const auto detection = [](double x, double y, double height, double score) {
    return Detection{.box = {static_cast<float>(x), static_cast<float>(y),
                             static_cast<float>(height * 0.4), static_cast<float>(height)},
                     .score = static_cast<float>(score)};
  };
  std::vector<Walker> walkers;
  for (int i = 0; i < people; ++i) {
    const double height = random.Uniform(60, 250);
    walkers.push_back({random.Uniform(0, 1900), random.Uniform(0, 830), height,
                       random.Uniform(-0.04, 0.04) * height});
  }
  std::vector<std::vector<Detection>> video(static_cast<std::size_t>(frames));
  for (auto& frame : video) {
    for (Walker& walker : walkers) {
      walker.x += walker.step;
      if (walker.x < 0 || walker.x > 1900) walker.step = -walker.step;
      const double luck = random.Uniform(0, 1);
      if (luck < 0.1) continue;
      frame.push_back(detection(walker.x + random.Uniform(-2, 2), walker.y + random.Uniform(-2, 2),
                                walker.height + random.Uniform(-2, 2),
                                luck < 0.2 ? random.Uniform(0.1, 0.25) : random.Uniform(0.4, 1)));
    }
    for (int i = 0; i < people / 10; ++i) {
      frame.push_back(detection(random.Uniform(0, 1900), random.Uniform(0, 830),
                                random.Uniform(60, 250), random.Uniform(0.1, 0.6)));
    }
  }
  return video;
}

}  // namespace retinue::cli
