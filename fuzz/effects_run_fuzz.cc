// A program that may be read, run on a small odd frame with odd faces by both executors: nothing
// outside of the picture is touched, and the same input gives the same picture again. The first
// bytes say size, number of faces and where their landmarks are; the rest is the program.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/effects/effects.h"

namespace {

constexpr std::size_t kHead = 8;
constexpr std::uint8_t kGuard = 0x5A;
constexpr int kPadding = 7;

retinue::FrameResult FacesOf(const std::uint8_t* head) {
  retinue::FrameResult result;
  result.landmark_count = head[3] % 2 == 0 ? 478 : 468;
  std::uint32_t state = head[4] + 1u;
  const float reach = head[5] < 250 ? static_cast<float>(head[5]) : 1e6f;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return (static_cast<float>(state >> 8) * 0x1p-24f - 0.3f) * reach;
  };
  for (int i = 0; i < head[2] % 17; ++i) {
    retinue::Face face;
    face.detail = i == 15 ? -1 : i;
    face.id = i % 3;
    face.box = {next(), next(), next(), next()};
    face.mouth_open = next();
    result.faces.push_back(face);
    for (int k = 0; k < result.landmark_count; ++k) {
      const float x = next();
      result.landmarks.push_back({x, next(), 0});
    }
  }
  return result;
}

// Two frames of a stream, drawn one over the other.
template <typename Apply>
void RunFrames(const retinue::EffectPlan& plan, const std::uint8_t* head, Apply apply) {
  const std::uint8_t mask[4] = {head[6], 255, 0, 128};
  const retinue::BackgroundMask background{{2, 2}, {mask, 2}};
  retinue::FrameResult faces = FacesOf(head);
  retinue::Effects effects(plan);
  retinue::EffectsReport report;
  for (int frame = 0; frame < 2; ++frame) {
    faces.pts = retinue::Nanoseconds(frame * 10'000'000ll * (1 + head[7]));
    RETINUE_CHECK(apply(effects, faces, background, report));
  }
}

retinue::Size SizeOf(const std::uint8_t* head) { return {1 + head[0] % 80, 1 + head[1] % 40}; }

template <typename Apply>
std::vector<std::uint8_t> RunRgb(const retinue::EffectPlan& plan, const std::uint8_t* head,
                                 Apply apply) {
  const retinue::Size size = SizeOf(head);
  const std::ptrdiff_t stride = size.width * 3 + kPadding;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(stride * size.height), kGuard);
  const retinue::RgbPicture picture{size, {bytes.data(), stride}};
  RunFrames(plan, head, [&](auto& effects, const auto& faces, const auto& mask, auto& report) {
    return apply(effects, faces, picture, mask, report).has_value();
  });
  for (int y = 0; y < size.height; ++y) {
    for (int k = 0; k < kPadding; ++k) {
      RETINUE_CHECK(bytes[static_cast<std::size_t>(y * stride + size.width * 3 + k)] == kGuard);
    }
  }
  return bytes;
}

std::vector<std::uint8_t> RunFast(const retinue::EffectPlan& plan, const std::uint8_t* head) {
  return RunRgb(plan, head, [](auto& effects, const auto& faces, const auto& picture,
                               const auto& mask, auto& report) {
    return effects.Apply(faces, picture, mask, report);
  });
}

std::vector<std::uint8_t> RunScalar(const retinue::EffectPlan& plan, const std::uint8_t* head) {
  return RunRgb(plan, head, [](auto& effects, const auto& faces, const auto& picture,
                               const auto& mask, auto& report) {
    return effects.ApplyScalar(faces, picture, mask, report);
  });
}

std::vector<std::uint8_t> RunYuv(const retinue::EffectPlan& plan, const std::uint8_t* head,
                                 retinue::PixelFormat format) {
  const auto frame = retinue::FrameBuffer::Create({format, SizeOf(head), {}}).value();
  const auto for_each_row = [&](auto act) {
    for (int p = 0; p < retinue::PlaneCount(format); ++p) {
      const retinue::MutablePlaneView plane = frame->plane(p);
      for (int y = 0; y < retinue::RowCount(format, SizeOf(head), p); ++y) {
        std::uint8_t* row = plane.data + y * plane.stride_bytes;
        act(row, row + retinue::RowBytes(format, SizeOf(head), p));
      }
    }
  };
  for_each_row([&](std::uint8_t* begin, std::uint8_t* end) { std::fill(begin, end, head[6]); });
  RunFrames(plan, head, [&](auto& effects, const auto& faces, const auto& mask, auto& report) {
    return effects.Apply(faces, *frame, mask, report).has_value();
  });
  std::vector<std::uint8_t> bytes;
  for_each_row([&](std::uint8_t* begin, std::uint8_t* end) {
    bytes.insert(bytes.end(), begin, end);
  });
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHead || size > 600) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  const auto plan = retinue::ReadEffects(text, {.segmentation = true, .iris = true});
  if (!plan || plan->statements.size() > 8) return 0;
  RETINUE_CHECK(RunFast(*plan, data) == RunFast(*plan, data));
  RETINUE_CHECK(RunScalar(*plan, data) == RunScalar(*plan, data));
  for (const auto format : {retinue::PixelFormat::kNv12, retinue::PixelFormat::kI420}) {
    RETINUE_CHECK(RunYuv(*plan, data, format) == RunYuv(*plan, data, format));
  }
  return 0;
}
