#include "retinue/effects/effects.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "lib/effects/motion.h"
#include "lib/effects/paint.h"
#include "lib/effects/scene.h"

namespace retinue {
namespace {

using namespace internal;  // NOLINT: this file puts the internal parts together

using Kind = EffectOperationKind;
using Setting = EffectSetting;

// Smaller tiles would be nothing but noise, and millions of them.
constexpr double kLeastTile = 4;
// A warning about the same statement comes this often, in the stream's own time.
constexpr double kWarningEvery_s = 1;

// What a draw is, among those of a statement; MotionKey::destination.
constexpr int kOntoItself = 0;
constexpr int kTiles = 1;
int DestinationNumber(std::size_t index, bool is_way_back) {
  return 2 + 2 * static_cast<int>(index) + (is_way_back ? 1 : 0);
}

std::size_t RowBytes(Size size) { return static_cast<std::size_t>(size.width) * 3; }

// A copy of a picture, whose memory is kept.
class Copy {
 public:
  void Take(const RgbPicture& picture) {
    size_ = picture.size;
    pixels_.resize(RowBytes(size_) * static_cast<std::size_t>(size_.height));
    Update(picture, {0, 0, size_.width, size_.height});
  }
  void Update(const RgbPicture& picture, const PixelArea& area) {
    if (area.empty()) return;
    const std::size_t row_bytes = RowBytes(size_);
    for (int y = area.y0; y < area.y1; ++y) {
      const std::uint8_t* from = picture.rows.data + y * picture.rows.stride_bytes + area.x0 * 3;
      std::copy(from, from + area.width() * 3,
                pixels_.begin() + static_cast<std::ptrdiff_t>(
                                      static_cast<std::size_t>(y) * row_bytes) + area.x0 * 3);
    }
  }
  RgbView View() const {
    return {{0, 0, size_.width, size_.height}, pixels_.data(),
            static_cast<std::ptrdiff_t>(RowBytes(size_))};
  }

 private:
  Size size_;
  std::vector<std::uint8_t> pixels_;
};

// Which pixels a statement has changed: a few areas, or what is around them.
class Changes {
 public:
  void Add(const PixelArea& area) {
    if (area.empty()) return;
    if (count_ < areas_.size()) {
      areas_[count_++] = area;
      return;
    }
    for (std::size_t i = 1; i < count_; ++i) Widen(areas_[i]);
    Widen(area);
    count_ = 1;
  }
  void Clear() { count_ = 0; }
  std::span<const PixelArea> areas() const { return {areas_.data(), count_}; }

 private:
  void Widen(const PixelArea& by) {
    PixelArea& all = areas_[0];
    all = {std::min(all.x0, by.x0), std::min(all.y0, by.y0), std::max(all.x1, by.x1),
           std::max(all.y1, by.y1)};
  }
  std::array<PixelArea, 8> areas_;
  std::size_t count_ = 0;
};

float AsFloat(double value) { return static_cast<float>(value); }

}  // namespace

class Effects::Impl {
 public:
  Impl(EffectPlan plan, const EffectsOptions& options) : options_(options) {
    SetPlan(std::move(plan));
  }

  const EffectPlan& plan() const { return plan_; }

  void SetPlan(EffectPlan plan) {
    std::vector<int> old_numbers = std::move(numbers_);
    numbers_.clear();
    for (const PlannedStatement& statement : plan.statements) {
      int number = next_number_;
      for (std::size_t i = 0; i < old_numbers.size(); ++i) {
        if (old_numbers[i] < 0 || plan_.statements[i].text != statement.text) continue;
        number = std::exchange(old_numbers[i], -1);
        break;
      }
      if (number == next_number_) ++next_number_;
      numbers_.push_back(number);
    }
    motions_.Retain([&](int number) {
      return std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end();
    });
    plan_ = std::move(plan);
    warned_at_.assign(plan_.statements.size(), -kWarningEvery_s);
  }

  void Apply(const FrameResult& result, const RgbPicture& picture,
             const BackgroundMask& background, EffectsReport& report) {
    report.draws = 0;
    report.skipped = 0;
    report.absent.clear();
    report_ = &report;
    picture_ = picture;
    background_ = &background;
    has_copies_ = false;
    MoveTime(result.pts);
    scene_.Begin(result, picture.size, seconds_, options_.order);
    for (std::size_t i = 0; i < plan_.statements.size(); ++i) Run(i);
  }

 private:
  void MoveTime(Nanoseconds pts) {
    double passed_s = 0;
    if (pts != kNoTime && last_pts_ != kNoTime && pts > last_pts_) {
      passed_s = ToSeconds(pts) - ToSeconds(last_pts_);
    }
    if (pts != kNoTime) last_pts_ = pts;
    seconds_ += passed_s;
    motions_.BeginFrame(passed_s);
  }

  // --- one statement ---

  void Run(std::size_t index) {
    statement_ = &plan_.statements[index];
    number_ = numbers_[index];
    if (const auto absent = AbsentIndex(*statement_, scene_.face_count())) {
      ++report_->skipped;
      if (seconds_ - warned_at_[index] < kWarningEvery_s) return;
      warned_at_[index] = seconds_;
      report_->absent.push_back({statement_->line, *absent});
      return;
    }
    if (NeedsMask() && (background_->rows.data == nullptr || IsEmpty(background_->size))) {
      ++report_->skipped;
      return;
    }
    changes_.Clear();
    const FaceRange faces = SourceFaces(statement_->source, scene_.face_count());
    for (int k = 0; k < faces.count; ++k) RunSource(faces.first + k);
    if (!changes_.areas().empty() && index + 1 < plan_.statements.size()) {
      for (const PixelArea& area : changes_.areas()) input_.Update(picture_, area);
    }
  }

  // Only a source is masked; each half of a swap has its own.
  bool NeedsMask() const {
    if (statement_->source.kind == EffectShapeKind::kBackground) return true;
    return std::any_of(statement_->destinations.begin(), statement_->destinations.end(),
                       [](const EffectDestination& d) {
                         return d.is_swap && d.shape.kind == EffectShapeKind::kBackground;
                       });
  }

  void RunSource(int face) {
    const EffectShape& shape = statement_->source;
    Source source{.face = face, .shape = &shape};
    if (face != kNoFace) {
      values_ = scene_.ValuesOf(face);
      EvaluateSettings();
      if (!Place(source)) return;
    }
    if (statement_->Has(Kind::kTile)) ForFace(source, face, [&] { DrawTiles(source); });
    const int base = BaseFace(shape, face, scene_.face_count());
    for (std::size_t d = 0; d < statement_->destinations.size(); ++d) {
      const EffectDestination& destination = statement_->destinations[d];
      const FaceRange faces =
          DestinationFaces(destination.shape, base, scene_.face_count());
      for (int k = 0; k < faces.count; ++k) {
        const int target = faces.first + k;
        ForFace(source, target, [&] { DrawOnto(source, destination, d, target); });
      }
    }
    if (!statement_->Has(Kind::kTile) && statement_->destinations.empty()) {
      ForFace(source, face, [&] {
        DrawOne(source, BoundsOf(source.outline),
                {number_, kOntoItself, scene_.FaceId(face), scene_.FaceId(face)});
      });
    }
  }

  struct Source {
    int face = kNoFace;
    const EffectShape* shape = nullptr;
    Outline outline{};  // after reshape
  };

  bool Place(Source& source) {
    source.outline = scene_.OutlineOf(*source.shape, source.face, plan_.nodes, values_);
    if (source.outline.empty()) return false;
    if (statement_->Has(Kind::kReshape)) {
      Stretch(source.outline, Value(Setting::kReshapeLeft), Value(Setting::kReshapeRight),
              Value(Setting::kReshapeTop), Value(Setting::kReshapeBottom));
    }
    return true;
  }

  // A source without a face sees the variables of the face that it is drawn onto.
  template <typename Do>
  void ForFace(Source& source, int target, Do draw) {
    if (source.face == kNoFace) {
      values_ = scene_.ValuesOf(target);
      EvaluateSettings();
      if (!Place(source)) return;
    }
    draw();
  }

  void EvaluateSettings() {
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      const EffectExpression& e = statement_->settings[i];
      settings_[i] = e.count == 0
                         ? DefaultOf(static_cast<Setting>(i))
                         : Evaluate(std::span(plan_.nodes).subspan(e.first, e.count), values_);
    }
  }
  double Value(Setting setting) const { return settings_[static_cast<std::size_t>(setting)]; }

  // --- its draws ---

  void DrawOnto(const Source& source, const EffectDestination& destination, std::size_t index,
                int target) {
    Source other{.face = target, .shape = &destination.shape};
    other.outline = scene_.OutlineOf(destination.shape, target, plan_.nodes, values_);
    if (other.outline.empty()) return;
    const std::int64_t from = scene_.FaceId(source.face);
    const std::int64_t to = scene_.FaceId(target);
    DrawOne(source, BoundsOf(other.outline), {number_, DestinationNumber(index, false), from, to});
    if (!destination.is_swap) return;
    DrawOne(other, BoundsOf(source.outline), {number_, DestinationNumber(index, true), from, to});
  }

  void DrawTiles(const Source& source) {
    const Size size = scene_.size();
    const double width = std::max(kLeastTile, Value(Setting::kTileWidth));
    const double height = std::max(kLeastTile, Value(Setting::kTileHeight));
    const Motion motion =
        MotionOf({number_, kTiles, scene_.FaceId(source.face), 0},
                 {size.width * 0.5 + Value(Setting::kTranslateX),
                  size.height * 0.5 + Value(Setting::kTranslateY)});
    Paint paint;
    const Outline rectangle = internal::OutlineOf(BoundsOf(source.outline));
    if (!Prepare(paint, rectangle, source)) return;
    for (double y = 0; y < size.height; y += height) {
      for (double x = 0; x < size.width; x += width) {
        Finish(paint, BoundsOf(rectangle), {x, y, x + width, y + height}, motion);
      }
    }
  }

  void DrawOne(const Source& source, const Bounds& destination, const MotionKey& key) {
    const Vec2 center = destination.center();
    const Motion motion = MotionOf(key, {center.x + Value(Setting::kTranslateX),
                                         center.y + Value(Setting::kTranslateY)});
    Paint paint;
    if (!Prepare(paint, source.outline, source)) return;
    Finish(paint, BoundsOf(source.outline), destination, motion);
  }

  Motion MotionOf(const MotionKey& key, Vec2 start) {
    const bool drifts = statement_->Has(Kind::kDrift);
    if (!drifts && !statement_->Has(Kind::kSpin)) return {};
    const double angle = Value(Setting::kDriftAngle) * std::numbers::pi / 180;
    const double speed = Value(Setting::kDriftSpeed);
    return motions_.Advance(
        key,
        {.turns_per_s = statement_->Has(Kind::kSpin) ? Value(Setting::kSpin) : 0,
         .drifts = drifts,
         .pixels_per_s = {speed * std::sin(angle), speed * std::cos(angle)},
         .start = start},
        scene_.size());
  }

  // All of a draw but where it goes. False: there is nothing to be seen.
  bool Prepare(Paint& paint, const Outline& outline, const Source& source) {
    paint.hull = ConvexHull(outline);
    if (paint.hull.points().size() < 3) return false;
    TakeCopies();
    paint.flip_horizontal = statement_->flip_horizontal;
    paint.flip_vertical = statement_->flip_vertical;
    paint.change = {.red = AsFloat(Value(Setting::kRed)),
                    .green = AsFloat(Value(Setting::kGreen)),
                    .blue = AsFloat(Value(Setting::kBlue)),
                    .hue_deg = AsFloat(Value(Setting::kHue)),
                    .saturation = AsFloat(Value(Setting::kSaturate)),
                    .brightness = AsFloat(Value(Setting::kBrighten)),
                    .invert = statement_->Has(Kind::kInvert)};
    paint.opacity = std::clamp(Value(Setting::kOpacity), 0.0, 1.0);
    paint.feather = Value(Setting::kFeather);
    if (source.shape->kind == EffectShapeKind::kBackground) {
      paint.mask = background_->rows.data;
      paint.mask_stride_bytes = background_->rows.stride_bytes;
      paint.mask_size = background_->size;
    }
    PreparePixels(paint);
    return true;
  }

  void PreparePixels(Paint& paint) {
    paint.picture = statement_->Has(Kind::kClear) ? camera_.View() : input_.View();
    if (statement_->Has(Kind::kFill)) {
      const auto byte = [&](Setting s) { return AsFloat(std::clamp(Value(s), 0.0, 255.0)); };
      paint.kind = PaintKind::kSolid;
      paint.solid = {byte(Setting::kFillRed), byte(Setting::kFillGreen),
                     byte(Setting::kFillBlue)};
      return;
    }
    if (statement_->Has(Kind::kErase)) {
      ring_.Run(paint.picture, paint.hull);
      paint.kind = PaintKind::kRing;
      paint.ring = &ring_;
      return;
    }
    const Bounds bounds = BoundsOf(paint.hull);
    const double sigma = std::min(Value(Setting::kBlur), Blur::kMostSigma);
    if (statement_->Has(Kind::kBlur) && sigma >= Blur::kLeastSigma) {
      paint.picture = blur_.Run(paint.picture, PixelsAround(bounds, scene_.size()), sigma);
    }
    if (!statement_->Has(Kind::kPixelate)) return;
    const double count = std::clamp(std::round(Value(Setting::kPixelate)), 1.0,
                                    static_cast<double>(Cells::kMost));
    cells_.Run(paint.picture, bounds, static_cast<int>(count));
    paint.kind = PaintKind::kCells;
    paint.cells = &cells_;
  }

  void Finish(Paint& paint, const Bounds& from, const Bounds& to, const Motion& motion) {
    const Vec2 center = to.center();
    paint.placement = {
        .from = from.center(),
        .to = {center.x + Value(Setting::kTranslateX) + motion.offset.x,
               center.y + Value(Setting::kTranslateY) + motion.offset.y},
        .scale_x = to.width() / from.width() * Value(Setting::kScaleX),
        .scale_y = to.height() / from.height() * Value(Setting::kScaleY),
        .angle_deg = Value(Setting::kRotate) + motion.angle_deg};
    const PixelArea changed = Draw(paint, scene_.size(), picture_.rows);
    if (changed.empty()) return;
    ++report_->draws;
    changes_.Add(changed);
  }

  // Before the frame's first draw: what statements read, and the camera's pixels.
  void TakeCopies() {
    if (std::exchange(has_copies_, true)) return;
    input_.Take(picture_);
    if (plan_.uses_camera) camera_.Take(picture_);
  }

  EffectsOptions options_;
  EffectPlan plan_;
  std::vector<int> numbers_;       // of each statement, lasting from plan to plan
  int next_number_ = 0;
  std::vector<double> warned_at_;  // seconds_ of each statement's last warning

  Scene scene_;
  Motions motions_;
  Nanoseconds last_pts_ = kNoTime;
  double seconds_ = 0;

  // Of the frame, the statement and the draw at hand.
  RgbPicture picture_;
  const BackgroundMask* background_ = nullptr;
  EffectsReport* report_ = nullptr;
  const PlannedStatement* statement_ = nullptr;
  int number_ = 0;
  EffectValues values_{};
  std::array<double, kEffectSettingCount> settings_{};

  Copy input_;   // of the statement: the output of the one before
  Copy camera_;  // only when the plan uses it
  bool has_copies_ = false;
  Changes changes_;
  Blur blur_;
  Cells cells_;
  Ring ring_;
};

Effects::Effects(EffectPlan plan, const EffectsOptions& options)
    : impl_(std::make_unique<Impl>(std::move(plan), options)) {}
Effects::~Effects() = default;

void Effects::SetPlan(EffectPlan plan) { impl_->SetPlan(std::move(plan)); }
const EffectPlan& Effects::plan() const { return impl_->plan(); }

Result<void> Effects::Apply(const FrameResult& result, const RgbPicture& picture,
                            const BackgroundMask& background, EffectsReport& report) {
  const Size size = picture.size;
  const auto text = [](Size s) { return std::to_string(s.width) + "x" + std::to_string(s.height); };
  if (IsEmpty(size) || size.width > Frame::kMaxSide || size.height > Frame::kMaxSide ||
      picture.rows.data == nullptr) {
    return Fail(ErrorCode::kInvalidArgument,
                "the picture must be 1x1 to 16384x16384 pixels, got " + text(size));
  }
  if (picture.rows.stride_bytes < static_cast<std::ptrdiff_t>(RowBytes(size))) {
    return Fail(ErrorCode::kInvalidArgument,
                "rows of the picture must be at least " + std::to_string(RowBytes(size)) +
                    " bytes apart, got " + std::to_string(picture.rows.stride_bytes));
  }
  if (!IsEmpty(result.size) && result.size != size) {
    return Fail(ErrorCode::kInvalidArgument, "the faces are of a frame of " + text(result.size) +
                                                 ", the picture has " + text(size));
  }
  impl_->Apply(result, picture, background, report);
  return {};
}

}  // namespace retinue
