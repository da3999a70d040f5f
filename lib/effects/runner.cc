#include "lib/effects/runner.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

namespace retinue::internal {
namespace {

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

float AsFloat(double value) { return static_cast<float>(value); }

}  // namespace

Runner::Runner(EffectPlan plan, const EffectsOptions& options) : options_(options) {
  SetPlan(std::move(plan));
}

void Runner::SetPlan(EffectPlan plan) {
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

void Runner::Run(const Inputs& inputs, Painter& painter, EffectsReport& report) {
  report.draws = 0;
  report.skipped = 0;
  report.late = 0;
  report.absent.clear();
  report_ = &report;
  inputs_ = &inputs;
  painter_ = &painter;
  MoveTime(inputs.result->pts);
  scene_.Begin(*inputs.result, inputs.size, seconds_, options_.order);
  for (std::size_t i = 0; i < plan_.statements.size(); ++i) {
    if (painter_ != nullptr && IsLate()) painter_ = nullptr;
    RunStatement(i);
  }
}

void Runner::MoveTime(Nanoseconds pts) {
  double passed_s = 0;
  if (pts != kNoTime && last_pts_ != kNoTime && pts > last_pts_) {
    passed_s = ToSeconds(pts) - ToSeconds(last_pts_);
  }
  if (pts != kNoTime) last_pts_ = pts;
  seconds_ += passed_s;
  motions_.BeginFrame(passed_s);
}

bool Runner::IsLate() const {
  const EffectsDeadline& deadline = inputs_->deadline;
  return deadline.clock != nullptr && deadline.clock->Now() >= deadline.at;
}

// --- one statement ---

void Runner::RunStatement(std::size_t index) {
  statement_ = &plan_.statements[index];
  number_ = numbers_[index];
  if (IsSkipped(index)) return;
  if (painter_ != nullptr) painter_->BeginStatement();
  const FaceRange faces = SourceFaces(statement_->source, scene_.face_count());
  for (int k = 0; k < faces.count; ++k) RunSource(faces.first + k);
  if (painter_ != nullptr) painter_->EndStatement();
}

bool Runner::IsSkipped(std::size_t index) {
  const auto absent = AbsentIndex(*statement_, scene_.face_count());
  if (painter_ == nullptr) {
    ++report_->late;
    return absent.has_value();
  }
  if (absent) {
    ++report_->skipped;
    if (seconds_ - warned_at_[index] < kWarningEvery_s) return true;
    warned_at_[index] = seconds_;
    report_->absent.push_back({statement_->line, *absent});
    return true;
  }
  if (!NeedsMask() || inputs_->has_mask) return false;
  ++report_->skipped;
  return true;
}

// Only a source is masked; each half of a swap has its own.
bool Runner::NeedsMask() const {
  if (statement_->source.kind == EffectShapeKind::kBackground) return true;
  return std::any_of(statement_->destinations.begin(), statement_->destinations.end(),
                     [](const EffectDestination& d) {
                       return d.is_swap && d.shape.kind == EffectShapeKind::kBackground;
                     });
}

void Runner::RunSource(int face) {
  const EffectShape& shape = statement_->source;
  Source source{.face = face, .shape = &shape};
  if (face != kNoFace) {
    values_ = scene_.ValuesOf(face);
    EvaluateSettings();
    if (!PlaceSource(source)) return;
  }
  if (statement_->Has(Kind::kTile)) ForFace(source, face, [&] { DrawTiles(source); });
  const int base = BaseFace(shape, face, scene_.face_count());
  for (std::size_t d = 0; d < statement_->destinations.size(); ++d) {
    const EffectDestination& destination = statement_->destinations[d];
    const FaceRange faces = DestinationFaces(destination.shape, base, scene_.face_count());
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

bool Runner::PlaceSource(Source& source) {
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
void Runner::ForFace(Source& source, int target, Do draw) {
  if (source.face == kNoFace) {
    values_ = scene_.ValuesOf(target);
    EvaluateSettings();
    if (!PlaceSource(source)) return;
  }
  draw();
}

void Runner::EvaluateSettings() {
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    const EffectExpression& e = statement_->settings[i];
    settings_[i] = e.count == 0
                       ? DefaultOf(static_cast<Setting>(i))
                       : Evaluate(std::span(plan_.nodes).subspan(e.first, e.count), values_);
  }
}

// --- its draws ---

void Runner::DrawOnto(const Source& source, const EffectDestination& destination, std::size_t index,
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

void Runner::DrawTiles(const Source& source) {
  const Size size = scene_.size();
  const double width = std::max(kLeastTile, Value(Setting::kTileWidth));
  const double height = std::max(kLeastTile, Value(Setting::kTileHeight));
  const Motion motion = MotionOf({number_, kTiles, scene_.FaceId(source.face), 0},
                                 {size.width * 0.5 + Value(Setting::kTranslateX),
                                  size.height * 0.5 + Value(Setting::kTranslateY)});
  const Outline rectangle = internal::OutlineOf(BoundsOf(source.outline));
  if (!Prepare(rectangle, source)) return;
  for (double y = 0; y < size.height; y += height) {
    for (double x = 0; x < size.width; x += width) {
      Finish(BoundsOf(rectangle), {x, y, x + width, y + height}, motion);
    }
  }
}

void Runner::DrawOne(const Source& source, const Bounds& destination, const MotionKey& key) {
  const Vec2 center = destination.center();
  const Motion motion = MotionOf(
      key, {center.x + Value(Setting::kTranslateX), center.y + Value(Setting::kTranslateY)});
  if (!Prepare(source.outline, source)) return;
  Finish(BoundsOf(source.outline), destination, motion);
}

Motion Runner::MotionOf(const MotionKey& key, Vec2 start) {
  const bool drifts = statement_->Has(Kind::kDrift);
  if (!drifts && !statement_->Has(Kind::kSpin)) return {};
  const double angle = Value(Setting::kDriftAngle) * std::numbers::pi / 180;
  const double speed = Value(Setting::kDriftSpeed);
  return motions_.Advance(key,
                          {.turns_per_s = statement_->Has(Kind::kSpin) ? Value(Setting::kSpin) : 0,
                           .drifts = drifts,
                           .pixels_per_s = {speed * std::sin(angle), speed * std::cos(angle)},
                           .start = start},
                          scene_.size());
}

// All of a draw but where it goes. False: there is nothing to be seen.
bool Runner::Prepare(const Outline& outline, const Source& source) {
  if (painter_ == nullptr) return false;
  Texture texture;
  texture.hull = ConvexHull(outline);
  if (texture.hull.points().size() < 3) return false;
  texture.opacity = std::clamp(Value(Setting::kOpacity), 0.0, 1.0);
  if (texture.opacity <= 0) return false;
  texture.flip_horizontal = statement_->flip_horizontal;
  texture.flip_vertical = statement_->flip_vertical;
  texture.is_camera = statement_->Has(Kind::kClear);
  texture.is_masked = source.shape->kind == EffectShapeKind::kBackground;
  texture.feather = Value(Setting::kFeather);
  SetColors(texture);
  painter_->Prepare(texture);
  return true;
}

void Runner::SetColors(Texture& texture) const {
  texture.change = {.red = AsFloat(Value(Setting::kRed)),
                    .green = AsFloat(Value(Setting::kGreen)),
                    .blue = AsFloat(Value(Setting::kBlue)),
                    .hue_deg = AsFloat(Value(Setting::kHue)),
                    .saturation = AsFloat(Value(Setting::kSaturate)),
                    .brightness = AsFloat(Value(Setting::kBrighten)),
                    .invert = statement_->Has(Kind::kInvert)};
  if (statement_->Has(Kind::kFill)) {
    const auto byte = [&](Setting s) { return AsFloat(std::clamp(Value(s), 0.0, 255.0)); };
    texture.kind = Texture::Kind::kSolid;
    texture.solid = {byte(Setting::kFillRed), byte(Setting::kFillGreen), byte(Setting::kFillBlue)};
    return;
  }
  if (statement_->Has(Kind::kErase)) {
    texture.kind = Texture::Kind::kSurroundings;
    return;
  }
  if (statement_->Has(Kind::kBlur) && Value(Setting::kBlur) >= kLeastSigma) {
    texture.blur_sigma = std::min(Value(Setting::kBlur), kMostSigma);
  }
  if (statement_->Has(Kind::kPixelate)) {
    texture.cells = static_cast<int>(
        std::clamp(std::round(Value(Setting::kPixelate)), 1.0, static_cast<double>(kMostCells)));
  }
}

void Runner::Finish(const Bounds& from, const Bounds& to, const Motion& motion) {
  const Vec2 center = to.center();
  const bool was_seen =
      painter_->Draw({.from = from.center(),
                      .to = {center.x + Value(Setting::kTranslateX) + motion.offset.x,
                             center.y + Value(Setting::kTranslateY) + motion.offset.y},
                      .scale_x = to.width() / from.width() * Value(Setting::kScaleX),
                      .scale_y = to.height() / from.height() * Value(Setting::kScaleY),
                      .angle_deg = Value(Setting::kRotate) + motion.angle_deg});
  if (was_seen) ++report_->draws;
}

}  // namespace retinue::internal
