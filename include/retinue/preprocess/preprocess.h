#pragma once

// Preprocess: from the planes that a decoder gave to the tensor that a model
// wants, in one pass: crop or turn, resize, letterbox, colour, scale and offset,
// layout and type. No RGB picture is made in between.
//
//   FrameFormat, Region, InputSpec ──PlanPreprocess──▶ PreprocessPlan   (once)
//   PreprocessPlan, Frame ──Preprocess──▶ tensor                        (per frame)
//
// How a value comes about, so that a model sees what it saw in training:
//   * Position. Pixel centres lie at half coordinates. The centre of an input
//     pixel is taken back into the frame by `input_to_frame()` (but for
//     Fit::kLetterboxWarp, which takes its corner); there the frame
//     is sampled bilinearly between the four nearest samples; beyond the frame's
//     edge its last sample repeats (kLetterboxWarp: fades into pad). This is
//     cv2.resize(INTER_LINEAR): no smoothing when shrinking. Ultralytics and YOLOX
//     do the same, so boxes agree.
//   * Chroma of 4:2:0 and 4:2:2 is sampled in its own plane, not repeated first.
//     Siting: horizontally at the even luma columns, vertically half way between
//     two luma rows (MPEG-2, the default of H.264 and H.265).
//   * Colour. R'G'B' by the frame's matrix and range, clamped to 0…255.
//     Gray from YCbCr is the luma brought to 0…255; gray from RGB uses the
//     weights of BT.601 (.299, .587, .114); RGB from gray repeats it.
//   * Value = pixel (0…255) · scale + offset per output channel. f16, bf16, u8
//     and i8 round to nearest, ties to even; u8 and i8 saturate.
//
// Threads: a plan is immutable while in use; any number of threads may execute
// one plan, each into its own tensor.

#include <array>
#include <memory>

#include "retinue/base/result.h"
#include "retinue/geometry/geometry.h"
#include "retinue/image/frame.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// Where the channels lie: [1, C, H, W] or [1, H, W, C].
enum class Layout { kNchw, kNhwc };

/// Which channels, in which order. kGray is one channel.
enum class ChannelOrder { kRgb, kBgr, kGray };

/// How a region of another shape is brought into the input.
enum class Fit {
  /// Aspect kept, picture in the middle, the rest padded: Ultralytics' LetterBox.
  /// r = min(W/w, H/h); the picture is round(w·r) × round(h·r), ties to even;
  /// left = round((W - width)/2 - 0.1), top likewise.
  kLetterbox,
  /// Aspect kept, picture at the top left, the rest padded: YOLOX.
  /// The picture is floor(w·r) × floor(h·r).
  kLetterboxTopLeft,
  /// The region fills the input; the aspect changes.
  kStretch,
  /// Aspect kept, the middle of the region fills the input, what is left over is cut off:
  /// classifiers (torchvision's Resize and CenterCrop). r = max(W/w, H/h); the region becomes
  /// floor(w·r) × floor(h·r), of which round((width - W)/2) columns go at the left, rows likewise.
  kCenterCrop,
  /// Aspect kept, picture in the middle to a fraction of a pixel, the rest padded: NanoDet, which
  /// uses cv2.warpPerspective. Here numbers of pixels are mapped, not their centres: with
  /// r = min(W/w, H/h) and t = (W - r·w)/2 column i of the input shows the frame at column
  /// (i - t)/r, and boxes go back by the same map (as the network was trained). Between the
  /// last column and the place one beside it, the picture fades into pad, as if the frame were
  /// framed by it (BORDER_CONSTANT): a quarter of a pixel beside it, a quarter is pad.
  kLetterboxWarp,
};

/// How many kinds of Fit there are.
inline constexpr int kFitCount = 5;

/// What the input shows where the region reaches over the frame's edge.
enum class Outside {
  kPad,     ///< The padding.
  kRepeat,  ///< The frame's last row or column: cv2.BORDER_REPLICATE, MediaPipe's default.
};

/// What a model wants as input. The defaults are the YOLO family's.
struct InputSpec {
  Size size;                                 ///< 1…kMaxInputSide each way; has no default.
  Layout layout = Layout::kNchw;
  ElementType type = ElementType::kF32;      ///< kF32, kF16, kBf16, kU8 or kI8.
  ChannelOrder order = ChannelOrder::kRgb;
  /// Per channel in the OUTPUT's order (for kBgr, [0] is blue's); kGray uses [0].
  std::array<float, 3> scale{1.0f / 255, 1.0f / 255, 1.0f / 255};
  std::array<float, 3> offset{0, 0, 0};
  Fit fit = Fit::kLetterbox;
  float pad = 114;                           ///< Pixel value 0…255, before scale and offset.
  Outside outside = Outside::kPad;
  bool mirror = false;                       ///< The region's right is on the left. Slow path.

  friend bool operator==(const InputSpec&, const InputSpec&) = default;
};

/// 1 for kGray, else 3.
constexpr int ChannelCount(ChannelOrder order) { return order == ChannelOrder::kGray ? 1 : 3; }

/// Largest input side accepted.
inline constexpr int kMaxInputSide = 16384;

namespace internal {
struct PlanTables;
}

/// Everything worked out once for a frame format, a region and an input: which
/// samples, which weights, which colours, and where the padding is. Plain data,
/// a value; copies share the tables until one is changed. About 10 kB at 640×640.
class PreprocessPlan {
 public:
  /// No plan yet: IsEmpty() is true and only that, assignment and comparison
  /// of emptiness are allowed.
  PreprocessPlan() = default;

  bool IsEmpty() const { return tables_ == nullptr; }
  const FrameFormat& format() const { return format_; }
  const Region& region() const { return region_; }
  const InputSpec& spec() const { return spec_; }

  /// Frame pixels → input pixels, in the coordinates of geometry.h (corners, not
  /// centres). A letterbox moves and scales; a turned region also rotates.
  const Affine& frame_to_input() const { return frame_to_input_; }
  /// Input pixels → frame pixels: what brings a model's boxes back.
  const Affine& input_to_frame() const { return input_to_frame_; }

  /// The part of the input that shows the region, in input pixels; the rest is
  /// padding, and so are, but for Outside::kRepeat, the places in here outside the frame.
  const Box& picture() const { return picture_; }

  /// [1, C, H, W] or [1, H, W, C].
  Shape output_shape() const;

  /// Looks at another region of frames of the same format, for the same input.
  /// Re-uses the plan's memory: after the first few calls nothing is allocated,
  /// unless another copy of the plan still shares it.
  /// @error kInvalidArgument  As PlanPreprocess; the plan is unchanged then.
  Result<void> SetRegion(const Region& region);

  /// The tables, for the executors in lib/preprocess.
  const internal::PlanTables& tables() const { return *tables_; }

 private:
  friend Result<PreprocessPlan> PlanPreprocess(const FrameFormat&, const Region&,
                                               const InputSpec&);
  void Build();

  FrameFormat format_;
  Region region_;
  InputSpec spec_;
  Affine frame_to_input_;
  Affine input_to_frame_;
  Box picture_;
  std::shared_ptr<internal::PlanTables> tables_;
};

/// Works out a plan.
///
/// @param format  Of the frames to come.
/// @param region  What to look at: WholeFrame(format.size), or a box, turned or
///                not; may reach over the frame's edge, see InputSpec::outside.
///                Samples at a box's edge are mixed with its neighbours in the frame.
/// @param spec    What the model wants.
/// @error kInvalidArgument  A size is out of range, the region is not finite, empty
///                          or larger than 1e6 pixels, a scale is 0 or not finite, an
///                          offset is not finite, or pad is not in 0…255.
/// @error kUnsupported      spec.type is kI32 or kI64, or a kLetterboxWarp is mirrored.
///
/// Cost O(width + height) of frame and input, some ten microseconds.
Result<PreprocessPlan> PlanPreprocess(const FrameFormat& format, const Region& region,
                                      const InputSpec& spec);

/// Whether the padding around the picture is to be written.
enum class Padding {
  kWrite,  ///< The whole tensor is written.
  kKeep,   ///< The tensor already holds this plan's padding, as an earlier call with
           ///< kWrite left it (engines do not write their inputs); only the picture is
           ///< written. Saves almost half the memory traffic of 16:9 in a square.
};

/// Says whether `frame` and `out` are what `plan` was made for.
///
/// @error kInvalidArgument  The plan or the frame is empty, the frame's format is another (plan
///                          anew), or `out` has another type or shape; [C, H, W] and
///                          [H, W, C] are taken as well.
Result<void> CheckPreprocess(const PreprocessPlan& plan, const Frame& frame,
                             const MutableTensorView& out);

/// Fills `out` from `frame`, with the SIMD instructions that this machine has.
///
/// @param out      As output_shape() and spec().type say, aligned to its elements. All three must
///                 pass CheckPreprocess (RETINUE_CHECK).
///
/// Pixels are within 0.1 of 255 of PreprocessScalar's before scaling; hence
/// f32 within 0.1 · |scale|, f16 and bf16 within one unit in the last place more, u8 and i8
/// within 1 where that bound lets the rounding fall the other way. The same machine
/// gives the same bits every time.
/// Reads nothing outside the planes' rows. Allocates nothing; about 60 kB of stack.
/// Cost O(sampled rows + output); figures in docs/measurements.md. A turned region
/// takes a slower path, some ten nanoseconds per pixel.
void Preprocess(const PreprocessPlan& plan, const Frame& frame, const MutableTensorView& out,
                Padding padding = Padding::kWrite);

/// The same, one pixel after another in double precision, straight from the
/// formulas above and not from the plan's tables: the truth that tests compare
/// with. Some fifty times slower.
void PreprocessScalar(const PreprocessPlan& plan, const Frame& frame,
                      const MutableTensorView& out, Padding padding = Padding::kWrite);

}  // namespace retinue
