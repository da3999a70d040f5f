#include "retinue/effects/face_parts.h"

#include "retinue/results/face_contours.h"

namespace retinue {
namespace {

// @source the language's specification (as eymo has them).
constexpr std::int16_t kFace[] = {10,  109, 67,  103, 54,  21,  162, 127, 234, 93,  132, 58,  172,
                                  136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
                                  435, 361, 323, 454, 356, 389, 251, 284, 332, 297, 338};
constexpr std::int16_t kForehead[] = {54,  68,  107, 9,  336, 298, 284,
                                      332, 297, 338, 10, 109, 67,  103};
constexpr std::int16_t kNose[] = {168, 193, 245, 188, 174, 236, 198, 209, 49,  64,  98, 97,
                                  2,   326, 327, 294, 279, 429, 420, 456, 419, 351, 417};
constexpr std::int16_t kMouth[] = {164, 167, 165, 216, 212, 202, 204, 194, 201, 200,
                                   421, 418, 424, 422, 432, 436, 322, 391, 393};
constexpr std::int16_t kLeye[] = {133, 173, 157, 158, 159, 160, 161, 246,
                                  33,  7,   163, 144, 145, 153, 154, 155};
constexpr std::int16_t kReye[] = {263, 466, 388, 387, 386, 385, 384, 398,
                                  362, 382, 381, 380, 374, 373, 390, 249};
constexpr std::int16_t kLeyeRegion[] = {107, 66,  105, 63,  70,  156, 35,  31, 228,
                                        229, 230, 231, 232, 233, 245, 193, 55};
constexpr std::int16_t kReyeRegion[] = {300, 293, 334, 296, 336, 285, 417, 465, 453,
                                        452, 451, 450, 449, 448, 261, 265, 353};

}  // namespace

std::span<const std::int16_t> PartOutline(FacePart part) {
  switch (part) {
    case FacePart::kFace:
      return kFace;
    case FacePart::kForehead:
      return kForehead;
    case FacePart::kNose:
      return kNose;
    case FacePart::kMouth:
      return kMouth;
    case FacePart::kLips:
      return FaceContour(FaceRing::kLips);
    case FacePart::kLeye:
      return kLeye;
    case FacePart::kReye:
      return kReye;
    case FacePart::kLeyeRegion:
      return kLeyeRegion;
    case FacePart::kReyeRegion:
      return kReyeRegion;
    case FacePart::kLeyebrow:
      return FaceContour(FaceRing::kLeftBrow);
    case FacePart::kReyebrow:
      return FaceContour(FaceRing::kRightBrow);
    case FacePart::kLiris:
      return FaceContour(FaceRing::kLeftIris);
    case FacePart::kRiris:
      return FaceContour(FaceRing::kRightIris);
  }
  return {};
}

}  // namespace retinue
