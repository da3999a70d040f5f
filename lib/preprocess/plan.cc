#include <algorithm>
#include <cmath>
#include <string>

#include "lib/preprocess/plan_tables.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue {
namespace {

using internal::PlanTables;
using internal::SampleMap;
using internal::Side;
using internal::Span;

constexpr float kMaxRegionSide = 1e6f;

Result<void> CheckSide(Size size, int limit, const char* what) {
  if (size.width >= 1 && size.height >= 1 && size.width <= limit && size.height <= limit) return {};
  return Fail(ErrorCode::kInvalidArgument, std::string(what) + " must be 1x1 to " +
                                               std::to_string(limit) + "x" + std::to_string(limit) +
                                               " pixels, got " + std::to_string(size.width) + "x" +
                                               std::to_string(size.height));
}

Result<void> CheckRegion(const Region& r) {
  const bool is_finite = std::isfinite(r.center.x) && std::isfinite(r.center.y) &&
                         std::isfinite(r.width) && std::isfinite(r.height) &&
                         std::isfinite(r.angle_rad);
  if (is_finite && r.width > 0 && r.height > 0 && r.width <= kMaxRegionSide &&
      r.height <= kMaxRegionSide && std::fabs(r.center.x) <= kMaxRegionSide &&
      std::fabs(r.center.y) <= kMaxRegionSide) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "a region must be finite, not empty and at most 1e6 pixels wide and away, got " +
                  std::to_string(r.width) + "x" + std::to_string(r.height) + " at " +
                  std::to_string(r.center.x) + "," + std::to_string(r.center.y) + " turned by " +
                  std::to_string(r.angle_rad));
}

Result<void> CheckSpec(const InputSpec& spec) {
  RETINUE_RETURN_IF_ERROR(CheckSide(spec.size, kMaxInputSide, "a model input"));
  if (spec.type == ElementType::kI32 || spec.type == ElementType::kI64) {
    return Fail(ErrorCode::kUnsupported, "a picture input must be f32, f16, bf16, u8 or i8, got " +
                                             std::string(ToString(spec.type)));
  }
  if (spec.mirror && spec.fit == Fit::kLetterboxWarp) {
    return Fail(ErrorCode::kUnsupported, "a letterbox_warp cannot be mirrored");
  }
  for (int c = 0; c < ChannelCount(spec.order); ++c) {
    const float scale = spec.scale[static_cast<std::size_t>(c)];
    const float offset = spec.offset[static_cast<std::size_t>(c)];
    if (!std::isfinite(scale) || scale == 0 || !std::isfinite(offset)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "scale must be finite and not 0, offset finite, got scale " +
                      std::to_string(scale) + " and offset " + std::to_string(offset) +
                      " for channel " + std::to_string(c));
    }
  }
  if (!(spec.pad >= 0 && spec.pad <= 255)) {
    return Fail(ErrorCode::kInvalidArgument,
                "pad must be a pixel value in 0…255, got " + std::to_string(spec.pad));
  }
  return {};
}

/// Where the region lies in the input; it may reach beyond.
struct Placement {
  double left = 0, top = 0, width = 0, height = 0;
  bool maps_numbers = false;  ///< Numbers of pixels are mapped, not their centres.
};

Placement Place(const Region& region, const InputSpec& spec) {
  const double w = region.width, h = region.height;
  const double width = spec.size.width, height = spec.size.height;
  const double within = std::min(width / w, height / h), around = std::max(width / w, height / h);
  // nearbyint rounds ties to even, as Python's round does.
  const auto letterbox = [](double scaled, double limit) {
    return std::clamp(std::nearbyint(scaled), 1.0, limit);
  };
  switch (spec.fit) {
    case Fit::kStretch: break;
    case Fit::kLetterbox: {
      const double columns = letterbox(w * within, width), rows = letterbox(h * within, height);
      return {std::nearbyint((width - columns) / 2 - 0.1),
              std::nearbyint((height - rows) / 2 - 0.1), columns, rows};
    }
    case Fit::kLetterboxTopLeft:
      return {0, 0, std::clamp(std::floor(w * within), 1.0, width),
              std::clamp(std::floor(h * within), 1.0, height)};
    case Fit::kCenterCrop: {
      const double columns = std::max(std::floor(w * around), width);
      const double rows = std::max(std::floor(h * around), height);
      return {-std::nearbyint((columns - width) / 2), -std::nearbyint((rows - height) / 2), columns,
              rows};
    }
    case Fit::kLetterboxWarp:
      return {(width - w * within) / 2, (height - h * within) / 2, w * within, h * within, true};
  }
  return {0, 0, width, height};
}

/// The columns (or rows) of the input, of which there are `limit`, that show the region.
Span Shown(double first, double size, double samples, bool maps_numbers, int limit) {
  if (!maps_numbers) {
    return {std::max(0, static_cast<int>(first)), std::min(limit, static_cast<int>(first + size))};
  }
  // Those that mix one of the region's samples in.
  const double step = size / samples;
  const int begin = std::clamp(static_cast<int>(std::floor(first - step)) + 1, 0, limit - 1);
  const int end = static_cast<int>(std::ceil(first + size));
  return {begin, std::clamp(end, begin + 1, limit)};
}

Side SideOf(double samples, double first, double size) {
  const double slope = samples / size;
  return {slope, -first * slope, samples};
}

/// Input pixels → frame pixels, both in corner coordinates, in double precision.
SampleMap InputToFrame(const Region& region, const Placement& place, const InputSpec& spec) {
  const double sx = static_cast<double>(region.width) / place.width;
  const double sy = static_cast<double>(region.height) / place.height;
  const double cosine = std::cos(static_cast<double>(region.angle_rad));
  const double sine = std::sin(static_cast<double>(region.angle_rad));
  // The region's own coordinates of the input's origin, counted from its centre.
  const double u = -place.left * sx - region.width / 2.0;
  const double v = -place.top * sy - region.height / 2.0;
  SampleMap map{cosine * sx, -sine * sy,  region.center.x + cosine * u - sine * v,
                sine * sx,   cosine * sy, region.center.y + sine * u + cosine * v};
  if (spec.mirror) {
    const double width = spec.size.width;
    map = {-map.xx, map.xy, map.x0 + map.xx * width, -map.yx, map.yy, map.y0 + map.yx * width};
  }
  return map;
}

Affine ToAffine(const SampleMap& m) {
  return {static_cast<float>(m.xx), static_cast<float>(m.xy), static_cast<float>(m.x0),
          static_cast<float>(m.yx), static_cast<float>(m.yy), static_cast<float>(m.y0)};
}

SampleMap Inverse(const SampleMap& m) {
  const double s = 1.0 / (m.xx * m.yy - m.xy * m.yx);
  return {m.yy * s,  -m.xy * s, (m.xy * m.y0 - m.yy * m.x0) * s,
          -m.yx * s, m.xx * s,  (m.yx * m.x0 - m.xx * m.y0) * s};
}

}  // namespace

Shape PreprocessPlan::output_shape() const {
  const int c = ChannelCount(spec_.order), h = spec_.size.height, w = spec_.size.width;
  return spec_.layout == Layout::kNchw ? Shape{1, c, h, w} : Shape{1, h, w, c};
}

void PreprocessPlan::Build() {
  if (tables_ == nullptr) {
    tables_ = std::make_shared<PlanTables>();
  } else if (tables_.use_count() > 1) {
    tables_ = std::make_shared<PlanTables>(*tables_);
  }
  const Placement place = Place(region_, spec_);
  const SampleMap corners = InputToFrame(region_, place, spec_);
  input_to_frame_ = ToAffine(corners);
  frame_to_input_ = ToAffine(Inverse(corners));
  Span columns =
      Shown(place.left, place.width, region_.width, place.maps_numbers, spec_.size.width);
  if (spec_.mirror) columns = {spec_.size.width - columns.end, spec_.size.width - columns.begin};
  const Span rows =
      Shown(place.top, place.height, region_.height, place.maps_numbers, spec_.size.height);
  picture_ = {static_cast<float>(columns.begin), static_cast<float>(rows.begin),
              static_cast<float>(columns.size()), static_cast<float>(rows.size())};

  // From the centre of an input pixel to the centre of a frame pixel.
  SampleMap centres = corners;
  if (!place.maps_numbers) {
    centres.x0 += (corners.xx + corners.xy) * 0.5 - 0.5;
    centres.y0 += (corners.yx + corners.yy) * 0.5 - 0.5;
  }
  tables_->map = centres;
  tables_->is_turned = region_.angle_rad != 0.0f || spec_.mirror;
  internal::BuildComponents(format_, spec_, *tables_);
  internal::BuildColor(format_, spec_, *tables_);
  internal::BuildSpans(format_.size, columns, rows, spec_.outside, place.maps_numbers ? 1 : 0.5,
                       *tables_);
  if (place.maps_numbers) {
    internal::BuildCovers(format_.size, SideOf(region_.width, place.left, place.width),
                          SideOf(region_.height, place.top, place.height), spec_.outside,
                          *tables_);
  }
  if (tables_->is_turned) return;
  internal::BuildTaps(*tables_);
  internal::BuildTiles(*tables_);
}

Result<void> PreprocessPlan::SetRegion(const Region& region) {
  RETINUE_CHECK(!IsEmpty());
  RETINUE_RETURN_IF_ERROR(CheckRegion(region));
  region_ = region;
  Build();
  return {};
}

Result<PreprocessPlan> PlanPreprocess(const FrameFormat& format, const Region& region,
                                      const InputSpec& spec) {
  RETINUE_RETURN_IF_ERROR(CheckSide(format.size, Frame::kMaxSide, "a frame"));
  RETINUE_RETURN_IF_ERROR(CheckRegion(region));
  RETINUE_RETURN_IF_ERROR(CheckSpec(spec));
  PreprocessPlan plan;
  plan.format_ = format;
  plan.region_ = region;
  plan.spec_ = spec;
  plan.Build();
  return plan;
}

Result<void> CheckPreprocess(const PreprocessPlan& plan, const Frame& frame,
                             const MutableTensorView& out) {
  if (plan.IsEmpty()) return Fail(ErrorCode::kInvalidArgument, "the preprocess plan is empty");
  if (frame.IsEmpty()) return Fail(ErrorCode::kInvalidArgument, "the frame is empty");
  if (frame.format() != plan.format()) {
    const auto describe = [](const FrameFormat& f) {
      return std::string(ToString(f.pixels)) + " " + std::to_string(f.size.width) + "x" +
             std::to_string(f.size.height);
    };
    const std::string want = describe(plan.format()), have = describe(frame.format());
    return Fail(ErrorCode::kInvalidArgument, "the plan is for frames of " + want + ", got " +
                                                 (want == have ? "another colour space" : have));
  }
  const Shape whole = plan.output_shape();
  const Shape without_batch(whole.dims().subspan(1));
  if (out.type != plan.spec().type || (out.shape != whole && out.shape != without_batch)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the tensor must be " + std::string(ToString(plan.spec().type)) + " " +
                    ToString(whole) + ", got " + std::string(ToString(out.type)) + " " +
                    ToString(out.shape));
  }
  if (out.data == nullptr) return Fail(ErrorCode::kInvalidArgument, "the tensor has no memory");
  return {};
}

}  // namespace retinue
