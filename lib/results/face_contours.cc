#include "retinue/results/face_contours.h"

#include <array>

#include "retinue/results/face_refinement.h"

namespace retinue {
namespace {

using Ring = std::span<const std::int16_t>;

constexpr std::int16_t kOval[] = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288,
                                  397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
                                  172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
constexpr std::int16_t kLips[] = {0,  37,  39,  40,  185, 61,  146, 91,  181, 84,
                                  17, 314, 405, 321, 375, 291, 409, 270, 269, 267};
constexpr std::int16_t kInnerLips[] = {78,  191, 80,  81,  82,  13, 312, 311, 310, 415,
                                       308, 324, 318, 402, 317, 14, 87,  178, 88,  95};
constexpr std::int16_t kLeftEye[] = {33,  7,   163, 144, 145, 153, 154, 155,
                                     133, 173, 157, 158, 159, 160, 161, 246};
constexpr std::int16_t kRightEye[] = {263, 249, 390, 373, 374, 380, 381, 382,
                                      362, 398, 384, 385, 386, 387, 388, 466};
constexpr std::int16_t kLeftBrow[] = {46, 53, 52, 65, 55, 107, 66, 105, 63, 70};
constexpr std::int16_t kRightBrow[] = {276, 283, 282, 295, 285, 336, 296, 334, 293, 300};
constexpr std::int16_t kLeftIris[] = {469, 470, 471, 472};
constexpr std::int16_t kRightIris[] = {474, 475, 476, 477};

// In the order of FaceRing.
constexpr std::array<Ring, 9> kRings = {kOval,     kLips,     kInnerLips, kLeftEye,  kRightEye,
                                        kLeftBrow, kRightBrow, kLeftIris,  kRightIris};

}  // namespace

Ring FaceContour(FaceRing ring) { return kRings[static_cast<std::size_t>(ring)]; }

std::span<const Ring> FaceContours(int landmark_count) {
  const auto all = std::span<const Ring>(kRings);
  if (landmark_count >= static_cast<int>(kIrisLandmarks)) return all;
  return landmark_count >= static_cast<int>(kMeshLandmarks) ? all.first(7) : all.first(0);
}

}  // namespace retinue
