#include "apps/cli/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <type_traits>
#include <variant>

#include "lib/heads/to_float.h"
#include "retinue/io/people_source.h"
#include "retinue/preprocess/preprocess.h"

namespace retinue::cli {
namespace {

// The reference must be this sure of so many objects, or surer ones are asked for less.
constexpr std::size_t kEnoughObjects = 10;
constexpr float kLeastConf = 0.1f;

template <typename T>
tl::unexpected<Failure> Broken(const Result<T>& result) {
  return Exit(kExitModel, result.error());
}

template <typename T>
void Widen(const TensorView& tensor, std::vector<float>& into) {
  const auto values = tensor.as<T>();
  into.resize(values.size());
  std::transform(values.begin(), values.end(), into.begin(),
                 [](T value) { return static_cast<float>(value); });
}

Result<std::vector<float>> Floats(const TensorView& tensor) {
  std::vector<float> values;
  switch (tensor.type) {
    case ElementType::kI64:
      Widen<std::int64_t>(tensor, values);
      return values;
    case ElementType::kI32:
      Widen<std::int32_t>(tensor, values);
      return values;
    case ElementType::kU8:
      Widen<std::uint8_t>(tensor, values);
      return values;
    case ElementType::kI8:
      Widen<std::int8_t>(tensor, values);
      return values;
    default:
      break;
  }
  std::vector<float> scratch;
  RETINUE_ASSIGN_OR_RETURN(const float* data, ToFloat(tensor, "an output", scratch));
  values.assign(data, data + tensor.shape.ElementCount());
  return values;
}

// Rows that the network itself sorts by score change places for a hair's difference.
bool RowsHaveOrder(const HeadSpec& head) {
  return !std::holds_alternative<YoloEnd2EndSpec>(head) && !std::holds_alternative<DetrSpec>(head);
}

}  // namespace

// On the 64 pictures of coco128_val2017, OpenVINO against ONNX Runtime: in f32, boxes and scores
// of six networks differ by 1e-4 at most, outputs by 7e-6. A YOLOv8n in int8 differs by 0.034
// (boxes, mean), 0.031 (scores, mean), 0.36 (any), 2 % unmatched, 0.018 (outputs), though its AP is
// the same to 0.1 points: every rounding of an activation may fall the other way.
// docs/measurements.md
Tolerance ToleranceOf(Precision precision) {
  switch (precision) {
    case Precision::kInt8:
      return {.mean_iou_loss = 0.1,
              .mean_score = 0.08,
              .max_score = 0.5,
              .unmatched = 0.1,
              .relative = 0.1};
    case Precision::kBf16:
    case Precision::kF16:
      return {.mean_iou_loss = 0.02,
              .mean_score = 0.02,
              .max_score = 0.2,
              .unmatched = 0.03,
              .relative = 0.05};
    default:
      return {.mean_iou_loss = 0.002,
              .mean_score = 0.002,
              .max_score = 0.02,
              .unmatched = 0.005,
              .relative = 0.002};
  }
}

std::string TolerancesText() {
  std::string text;
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    const Tolerance t = ToleranceOf(precision);
    text += fmt::format(
        "  {:<9} boxes {:g} (mean of 1 - IoU), scores {:g} (mean) and {:g} (any), missing and\n"
        "            extra objects {:g} %, raw outputs {:g} (relative)\n",
        precision == Precision::kBf16 ? "bf16, f16" : ToString(precision), t.mean_iou_loss,
        t.mean_score, t.max_score, t.unmatched * 100, t.relative);
  }
  return text;
}

Outcome<Observer> Observer::Create(const ReadyModel& model, const HeadOptions& options) {
  Observer observer;
  observer.spec_ = model.spec;
  observer.engine_ = model.engine;
  auto request = model.engine->NewRequest();
  if (!request) return Broken(request);
  observer.request_ = *std::move(request);
  HeadOptions low = options;
  low.conf = std::min(low.conf, kLeastScore);
  auto head = MakeHead(model.spec.head, low);
  if (!head) return Broken(head);
  observer.head_ = *std::move(head);
  return observer;
}

Outcome<Observation> Observer::Look(const Frame& picture) {
  const auto plan = PlanPreprocess(picture.format(), WholeFrame(picture.size()), spec_.input);
  if (!plan) return Broken(plan);
  const MutableTensorView input = request_->input(0);
  if (auto fits = CheckPreprocess(*plan, picture, input); !fits) return Broken(fits);
  Preprocess(*plan, picture, input);
  auto done = request_->Start();
  if (done) done = request_->Wait();
  if (!done) return Broken(done);
  Observation seen;
  std::vector<TensorView> outputs;
  for (std::size_t i = 0; i < engine_->io().outputs.size(); ++i) {
    outputs.push_back(request_->output(static_cast<int>(i)));
    auto values = Floats(outputs.back());
    if (!values) return Broken(values);
    seen.outputs.push_back(*std::move(values));
  }
  seen.result.size = picture.size();
  if (auto parsed = head_->Parse(outputs, plan->input_to_frame(), seen.result); !parsed) {
    return Broken(parsed);
  }
  return seen;
}

Verification::Verification(const HeadSpec& head, Precision precision, float conf)
    : rows_have_order_(RowsHaveOrder(head)), precision_(precision), conf_(conf) {}

void Verification::Add(const Observation& reference, const Observation& other) {
  references_.push_back(reference.result);
  others_.push_back(other.result);
  for (std::size_t i = 0; i < std::min(reference.outputs.size(), other.outputs.size()); ++i) {
    const ValueDifference difference = CompareValues(reference.outputs[i], other.outputs[i]);
    relative_ = std::max(relative_, difference.relative);
    not_finite_ += difference.not_finite;
  }
}

float Verification::ChooseConf() const {
  std::vector<float> scores;
  for (const FrameResult& result : references_) {
    for (const Detection& object : result.objects) scores.push_back(object.score);
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  if (scores.empty()) return conf_;
  const float enough = scores[std::min(scores.size(), kEnoughObjects) - 1];
  return std::min(conf_, std::max(enough, kLeastConf));
}

Verdict Verification::Conclude() const {
  Verdict verdict;
  verdict.tolerance = ToleranceOf(precision_);
  verdict.conf = ChooseConf();
  verdict.relative = relative_;
  verdict.not_finite = not_finite_;
  AgreementCounter counter({.conf = verdict.conf});
  for (std::size_t i = 0; i < references_.size(); ++i) counter.Add(references_[i], others_[i]);
  verdict.agreement = counter.Total();

  const Agreement& found = verdict.agreement;
  const Tolerance& allowed = verdict.tolerance;
  const auto judge = [&](const char* what, double value, double limit) {
    if (value <= limit || !verdict.problem.empty()) return;
    verdict.problem = fmt::format("{}: {:.3g}, at most {:g} is good", what, value, limit);
  };
  // Of ten objects one is ten per cent already.
  const auto lone = found.missing + found.extra;
  const bool is_few = precision_ != Precision::kF32 && lone <= 1;
  judge("values that are NaN or infinite in one only", static_cast<double>(not_finite_), 0);
  judge("missing and extra objects, of all",
        is_few ? 0
               : static_cast<double>(lone) /
                     static_cast<double>(std::max<std::int64_t>(1, found.objects)),
        allowed.unmatched);
  judge("boxes, mean of 1 - IoU", found.iou_loss.mean, allowed.mean_iou_loss);
  judge("scores, mean difference", found.score.mean, allowed.mean_score);
  judge("scores, largest difference", std::max(found.score.max, found.class_score.max),
        allowed.max_score);
  verdict.raw_is_judged = rows_have_order_;
  if (rows_have_order_) judge("raw outputs, relative difference", relative_, allowed.relative);
  verdict.passed = verdict.problem.empty();
  return verdict;
}

Outcome<std::vector<Frame>> SyntheticPictures(int count) {
  std::vector<Frame> pictures;
  for (int i = 0; i < count; ++i) {
    PeopleOptions options;
    options.size = {1280, 720};
    options.frames = 1;
    options.seed = static_cast<std::uint64_t>(i + 1);
    auto source = PeopleSource::Create(options);
    if (!source) return Exit(kExitFailed, source.error());
    Frame frame;
    if (auto pull = (*source)->Next(frame); !pull) return Exit(kExitFailed, pull.error());
    pictures.push_back(std::move(frame));
  }
  return pictures;
}

}  // namespace retinue::cli
