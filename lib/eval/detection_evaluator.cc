#include "retinue/eval/detection_evaluator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "lib/eval/box_fit.h"
#include "retinue/results/mask.h"

namespace retinue {
namespace {

using internal::BoxFit;

constexpr int kThresholds = 10;
constexpr int kRecalls = 101;
constexpr int kAt50 = 0;
constexpr int kAt75 = 5;

// 0.50, 0.55 … 0.95, with the roundings of numpy.linspace: a fit that equals a threshold counts.
double Threshold(int index) {
  constexpr double kStep = (0.95 - 0.5) / 9;
  return index == kThresholds - 1 ? 0.95 : index * kStep + 0.5;
}

// 0, 0.01 … 1, likewise.
double RecallPoint(int index) { return index == kRecalls - 1 ? 1.0 : index * 0.01; }

struct AreaRange {
  double low, high;
};
// All, small, medium, large; both ends belong to a range.
constexpr std::array<AreaRange, 4> kRanges = {
    {{0, 1e10}, {0, 32 * 32}, {32 * 32, 96 * 96}, {96 * 96, 1e10}}};
enum Area { kAll, kSmall, kMedium, kLarge };

bool IsOutside(double area, const AreaRange& range) {
  return area < range.low || area > range.high;
}

// numpy.spacing(1): keeps 0 / 0 away.
constexpr double kTiny = std::numeric_limits<double>::epsilon();

double MaskFit(const EvalObject& found, const EvalObject& labelled) {
  const std::int64_t both = MaskOverlap(found.mask, labelled.mask);
  if (both == 0) return 0;
  const std::int64_t area = MaskArea(found.mask);
  const std::int64_t any = labelled.is_crowd ? area : area + MaskArea(labelled.mask) - both;
  return static_cast<double>(both) / static_cast<double>(any);
}

std::size_t LabelledPoints(const EvalObject& object) {
  return static_cast<std::size_t>(std::count_if(object.keypoints.begin(), object.keypoints.end(),
                                                [](const EvalPoint& p) { return p.is_labelled; }));
}

// How far `value` lies outside of [low, high].
double Beyond(double value, double low, double high) {
  return std::max(0.0, low - value) + std::max(0.0, value - high);
}

// Where no point is labelled, points count as off by how far they lie outside of a box of three
// times the label's size.
double KeypointFit(const EvalObject& found, const EvalObject& labelled,
                   std::span<const double> sigmas) {
  const bool has_points = LabelledPoints(labelled) > 0;
  const EvalBox& box = labelled.box;
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < labelled.keypoints.size(); ++i) {
    const EvalPoint& is = found.keypoints[i];
    const EvalPoint& should = labelled.keypoints[i];
    if (has_points && !should.is_labelled) continue;
    const double dx = has_points ? is.x - should.x
                                 : Beyond(is.x, box.x - box.width, box.x + box.width * 2);
    const double dy = has_points ? is.y - should.y
                                 : Beyond(is.y, box.y - box.height, box.y + box.height * 2);
    const double sigma = sigmas.empty() ? 1.0 / static_cast<double>(labelled.keypoints.size())
                                        : sigmas[i];
    const double spread = (sigma * 2) * (sigma * 2);
    sum += std::exp(-((dx * dx + dy * dy) / spread / (labelled.area + kTiny) / 2));
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

bool IsFinite(const EvalObject& o) {
  return std::isfinite(o.box.x) && std::isfinite(o.box.y) && std::isfinite(o.box.width) &&
         std::isfinite(o.box.height) && std::isfinite(o.area) && std::isfinite(o.score) &&
         o.box.width >= 0 && o.box.height >= 0 && o.area >= 0 &&
         std::all_of(o.keypoints.begin(), o.keypoints.end(), [](const EvalPoint& p) {
           return std::isfinite(p.x) && std::isfinite(p.y);
         });
}

std::uint64_t Pixels(std::span<const std::uint32_t> mask) {
  return std::accumulate(mask.begin(), mask.end(), std::uint64_t{0});
}

// The mean of those that are there; -1 when none is.
class Mean {
 public:
  void Add(double value) {
    if (value < 0) return;
    sum_ += value;
    ++count_;
  }
  double value() const { return count_ == 0 ? -1.0 : sum_ / count_; }

 private:
  double sum_ = 0;
  int count_ = 0;
};

}  // namespace

std::string_view ToString(EvalShape shape) {
  switch (shape) {
    case EvalShape::kBox: return "bbox";
    case EvalShape::kMask: return "segm";
    case EvalShape::kKeypoints: return "keypoints";
  }
  return "";
}

/// Precision over recall at one threshold, area and number of found objects.
struct DetectionEvaluator::Curve {
  double precision = -1;  // mean of the 101
  double recall = -1;     // the last
};

DetectionEvaluator::DetectionEvaluator(DetectionEvaluatorOptions options)
    : options_(std::move(options)), categories_(options_.categories.size()) {
  for (std::size_t i = 0; i < options_.categories.size(); ++i) {
    place_of_.emplace(options_.categories[i], i);
  }
}

Result<void> DetectionEvaluator::Sort(std::span<const EvalObject> objects, Kind kind,
                                      std::optional<std::uint64_t>& details,
                                      std::map<std::size_t, Contest>& contests) const {
  for (const EvalObject& object : objects) {
    if (!IsFinite(object)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "objects must have finite numbers and no negative sizes");
    }
    const auto place = place_of_.find(object.category);
    if (place == place_of_.end()) continue;
    if (options_.shape != EvalShape::kBox) {
      const bool is_mask = options_.shape == EvalShape::kMask;
      const std::uint64_t size = is_mask ? Pixels(object.mask) : object.keypoints.size();
      if (size != details.value_or(size)) {
        return Fail(ErrorCode::kInvalidArgument,
                    (is_mask ? "expected masks of one picture, of " : "expected keypoints: ") +
                        std::to_string(*details) + (is_mask ? " pixels" : " an object") + ", got " +
                        std::to_string(size));
      }
      details = size;
    }
    Contest& contest = contests[place->second];
    (kind == Kind::kFound ? contest.found : contest.labelled).push_back(&object);
  }
  return {};
}

Result<void> DetectionEvaluator::Add(std::int64_t image, std::span<const EvalObject> labelled,
                                     std::span<const EvalObject> found) {
  if (images_.contains(image)) {
    return Fail(ErrorCode::kInvalidArgument,
                "picture " + std::to_string(image) + " was there already");
  }
  std::map<std::size_t, Contest> contests;
  std::optional<std::uint64_t> details;
  if (options_.shape == EvalShape::kKeypoints && !options_.keypoint_sigmas.empty()) {
    details = options_.keypoint_sigmas.size();
  }
  RETINUE_RETURN_IF_ERROR(Sort(labelled, Kind::kLabelled, details, contests));
  RETINUE_RETURN_IF_ERROR(Sort(found, Kind::kFound, details, contests));
  images_.insert(image);
  for (auto& [place, contest] : contests) Decide(image, contest, categories_[place]);
  return {};
}

std::vector<double> DetectionEvaluator::Fits(const Contest& contest) const {
  std::span<const double> sigmas = options_.keypoint_sigmas;
  if (sigmas.empty() && !contest.labelled.empty() &&
      contest.labelled[0]->keypoints.size() == kCocoKeypointSigmas.size()) {
    sigmas = kCocoKeypointSigmas;
  }
  std::vector<double> fits;
  fits.reserve(contest.found.size() * contest.labelled.size());
  for (const EvalObject* found : contest.found) {
    for (const EvalObject* labelled : contest.labelled) {
      switch (options_.shape) {
        case EvalShape::kBox:
          fits.push_back(BoxFit(found->box, labelled->box, labelled->is_crowd));
          break;
        case EvalShape::kMask: fits.push_back(MaskFit(*found, *labelled)); break;
        case EvalShape::kKeypoints: fits.push_back(KeypointFit(*found, *labelled, sigmas)); break;
      }
    }
  }
  return fits;
}

void DetectionEvaluator::Decide(std::int64_t image, Contest& contest, Category& into) const {
  std::stable_sort(contest.found.begin(), contest.found.end(),
                   [](const auto* a, const auto* b) { return a->score > b->score; });
  const auto most = static_cast<std::size_t>(most_found());
  if (contest.found.size() > most) contest.found.resize(most);

  const std::size_t first = into.found.size();
  for (std::size_t i = 0; i < contest.found.size(); ++i) {
    into.found.push_back({.score = contest.found[i]->score,
                          .image = image,
                          .rank = static_cast<int>(i)});
  }
  const std::vector<double> fits = Fits(contest);
  const std::span<Fate> fates = std::span(into.found).subspan(first);
  for (std::size_t area = 0; area < kAreas; ++area) {
    into.labelled[area] += Match(contest, fits, area, fates);
  }
}

std::int64_t DetectionEvaluator::Match(const Contest& contest, std::span<const double> fits,
                                       std::size_t area, std::span<Fate> fates) const {
  const std::size_t labels = contest.labelled.size();
  std::vector<bool> passed_over(labels);
  for (std::size_t i = 0; i < labels; ++i) {
    const EvalObject& object = *contest.labelled[i];
    passed_over[i] = object.is_crowd || IsOutside(object.area, kRanges[area]) ||
                     (options_.shape == EvalShape::kKeypoints && LabelledPoints(object) == 0);
  }
  // Those that count are tried first.
  std::vector<std::size_t> order(labels);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return !passed_over[i]; });

  std::vector<bool> taken(labels);
  for (int t = 0; t < kThresholds; ++t) {
    const auto bit = static_cast<std::uint16_t>(1 << t);
    taken.assign(labels, false);
    for (std::size_t found = 0; found < fates.size(); ++found) {
      double best_fit = std::min(Threshold(t), 1 - 1e-10);
      std::optional<std::size_t> best;
      for (const std::size_t label : order) {
        if (taken[label] && !contest.labelled[label]->is_crowd) continue;
        if (best && !passed_over[*best] && passed_over[label]) break;
        const double fit = fits[found * labels + label];
        if (fit < best_fit) continue;
        best_fit = fit;
        best = label;
      }
      Fate& fate = fates[found];
      if (best) {
        taken[*best] = true;
        fate.matched[area] |= bit;
        if (passed_over[*best]) fate.ignored[area] |= bit;
      } else if (IsOutside(contest.found[found]->area, kRanges[area])) {
        fate.ignored[area] |= bit;
      }
    }
  }
  return std::count(passed_over.begin(), passed_over.end(), false);
}

DetectionEvaluator::Curve DetectionEvaluator::MakeCurve(std::span<const Fate> sorted,
                                                        const Condition& condition) {
  if (condition.labelled == 0) return {};
  std::vector<double> precision, recall;
  double right = 0, wrong = 0;
  for (const Fate& fate : sorted) {
    if (fate.rank >= condition.most) continue;
    const auto has = [&](const auto& bits) {
      return (bits[condition.area] >> condition.threshold & 1) != 0;
    };
    if (!has(fate.ignored)) (has(fate.matched) ? right : wrong) += 1;
    recall.push_back(right / static_cast<double>(condition.labelled));
    precision.push_back(right / (wrong + right + kTiny));
  }
  for (std::size_t i = precision.size(); i-- > 1;) {
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  }
  double sum = 0;
  for (int i = 0; i < kRecalls; ++i) {
    const auto reached = std::lower_bound(recall.begin(), recall.end(), RecallPoint(i));
    if (reached == recall.end()) break;
    sum += precision[static_cast<std::size_t>(reached - recall.begin())];
  }
  return {sum / kRecalls, recall.empty() ? 0 : recall.back()};
}

// The fields of DetectionScores while they are gathered.
struct DetectionEvaluator::Means {
  Mean ap50, ap75, ar1, ar10, ar50, ar75;
  std::array<Mean, kAreas> ap_of, ar_of;
};

CategoryScores DetectionEvaluator::Score(const Category& category, Means& means) const {
  std::vector<Fate> sorted = category.found;
  std::sort(sorted.begin(), sorted.end(), [](const Fate& a, const Fate& b) {
    return std::tie(b.score, a.image, a.rank) < std::tie(a.score, b.image, b.rank);
  });
  CategoryScores scores;
  scores.labelled = category.labelled[kAll];
  scores.found = static_cast<std::int64_t>(sorted.size());
  Mean ap, ar;
  for (int t = 0; t < kThresholds; ++t) {
    const auto curve = [&](std::size_t area, int most) {
      return MakeCurve(sorted, {category.labelled[area], area, t, most});
    };
    for (std::size_t area = 0; area < kAreas; ++area) {
      const Curve one = curve(area, most_found());
      means.ap_of[area].Add(one.precision);
      means.ar_of[area].Add(one.recall);
      if (area != kAll) continue;
      ap.Add(one.precision);
      ar.Add(one.recall);
      if (t == kAt50) {
        scores.ap50 = one.precision;
        means.ar50.Add(one.recall);
      } else if (t == kAt75) {
        scores.ap75 = one.precision;
        means.ar75.Add(one.recall);
      }
    }
    means.ar1.Add(curve(kAll, 1).recall);
    means.ar10.Add(curve(kAll, 10).recall);
  }
  scores.ap = ap.value();
  scores.ar = ar.value();
  means.ap50.Add(scores.ap50);
  means.ap75.Add(scores.ap75);
  return scores;
}

DetectionScores DetectionEvaluator::Scores() const {
  DetectionScores scores;
  Means means;
  for (std::size_t i = 0; i < categories_.size(); ++i) {
    scores.categories.push_back(Score(categories_[i], means));
    scores.categories.back().category = options_.categories[i];
  }
  scores.images = static_cast<std::int64_t>(images_.size());
  scores.ap = means.ap_of[kAll].value();
  scores.ap50 = means.ap50.value();
  scores.ap75 = means.ap75.value();
  scores.ap_medium = means.ap_of[kMedium].value();
  scores.ap_large = means.ap_of[kLarge].value();
  scores.ar = means.ar_of[kAll].value();
  scores.ar50 = means.ar50.value();
  scores.ar75 = means.ar75.value();
  scores.ar_medium = means.ar_of[kMedium].value();
  scores.ar_large = means.ar_of[kLarge].value();
  if (options_.shape != EvalShape::kKeypoints) {
    scores.ap_small = means.ap_of[kSmall].value();
    scores.ar_small = means.ar_of[kSmall].value();
    scores.ar1 = means.ar1.value();
    scores.ar10 = means.ar10.value();
  }
  return scores;
}

}  // namespace retinue
