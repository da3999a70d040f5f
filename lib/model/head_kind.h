#pragma once

// The families of heads by the words that people use for them. Thread rule: plain
// values, pure functions.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace retinue {

enum class HeadKind {
  kYolo,
  kYoloEnd2End,
  kYoloV5,
  kYoloX,
  kYoloV4,
  kNanoDet,
  kDetr,
  kRfDetr,    ///< kDetr whose pixels are normalised otherwise; a manifest's [input] says that.
  kBlaze,     ///< Only with a manifest, for its layers.
  kLandmarks, ///< Only with a manifest, for the number of its points.
  kForeground,///< Only with a manifest: the shape fits depth and heat maps too.
  kClassify,
  kSsd,       ///< Only with a manifest, for its prior boxes.
};

/// Words of a text and what they mean.
template <typename T>
using Words = std::pair<std::string_view, T>;

/// Values of a manifest's `head.kind`.
std::span<const Words<HeadKind>> ManifestHeadKinds();

/// Values of `head=`.
std::span<const Words<HeadKind>> HeadOptionKinds();

/// `'yolo', 'yolov5', …`, for messages.
std::string HeadOptionList();

/// What people call it: "anchor-free YOLO".
std::string_view FamilyName(HeadKind kind);

}  // namespace retinue
