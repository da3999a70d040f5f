// A program that may be read, run on a small odd frame with odd faces: nothing outside of the
// picture is touched, and the same input gives the same picture again. The first bytes say size,
// number of faces and where their landmarks are; the rest is the program.

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

std::vector<std::uint8_t> Run(const retinue::EffectPlan& plan, const std::uint8_t* head) {
  const retinue::Size size{1 + head[0] % 40, 1 + head[1] % 40};
  const std::ptrdiff_t stride = size.width * 3 + kPadding;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(stride * size.height), kGuard);
  const std::uint8_t mask[4] = {head[6], 255, 0, 128};
  retinue::FrameResult faces = FacesOf(head);
  retinue::Effects effects(plan);
  retinue::EffectsReport report;
  for (int frame = 0; frame < 2; ++frame) {
    faces.pts = retinue::Nanoseconds(frame * 10'000'000ll * (1 + head[7]));
    RETINUE_CHECK(effects.Apply(faces, {size, {bytes.data(), stride}}, {{2, 2}, {mask, 2}}, report)
                      .has_value());
  }
  for (int y = 0; y < size.height; ++y) {
    for (int k = 0; k < kPadding; ++k) {
      RETINUE_CHECK(bytes[static_cast<std::size_t>(y * stride + size.width * 3 + k)] == kGuard);
    }
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHead || size > 600) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  const auto plan = retinue::ReadEffects(text, {.segmentation = true, .iris = true});
  if (!plan || plan->statements.size() > 8) return 0;
  RETINUE_CHECK(Run(*plan, data) == Run(*plan, data));
  return 0;
}
