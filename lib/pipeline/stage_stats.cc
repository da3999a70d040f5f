#include "retinue/pipeline/stage_stats.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace retinue {
namespace {

constexpr int kSubBits = 6;  // 64 buckets an octave
constexpr std::int64_t kLargest = (std::int64_t{1} << 40);

// Values below 64 ns have a bucket each; above, the six bits after the leading
// one choose the bucket within the octave.
int BucketOf(std::int64_t ns) {
  const auto value = static_cast<std::uint64_t>(ns);
  const auto width = static_cast<int>(std::bit_width(value));
  if (width <= kSubBits) return static_cast<int>(value);
  const int shift = width - kSubBits - 1;
  const auto sub = static_cast<int>((value >> shift) & ((1u << kSubBits) - 1));
  return ((shift + 1) << kSubBits) + sub;
}

double MiddleOfBucketNs(int bucket) {
  const int octave = bucket >> kSubBits;
  const int sub = bucket & ((1 << kSubBits) - 1);
  if (octave == 0) return sub;
  const double low = std::ldexp(static_cast<double>((1 << kSubBits) + sub), octave - 1);
  return low + std::ldexp(1.0, octave - 1) * 0.5;
}

}  // namespace

std::string_view ToString(Stage stage) {
  switch (stage) {
    case Stage::kDecodeWait: return "decode_wait";
    case Stage::kPreprocess: return "preprocess";
    case Stage::kInference: return "inference";
    case Stage::kHead: return "head";
    case Stage::kRegions: return "regions";
    case Stage::kTrack: return "track";
    case Stage::kEffects: return "effects";
    case Stage::kDraw: return "draw";
    case Stage::kEncodeWait: return "encode_wait";
    case Stage::kLatency: return "latency";
  }
  return "unknown";
}

DurationHistogram::DurationHistogram() : buckets_(kSubBuckets * kOctaves, 0) {}

void DurationHistogram::Add(Nanoseconds duration) {
  const std::int64_t ns = std::clamp<std::int64_t>(duration.count(), 0, kLargest);
  const auto last = buckets_.size() - 1;
  ++buckets_[std::min(static_cast<std::size_t>(BucketOf(ns)), last)];
  ++count_;
  sum_ns_ += static_cast<double>(ns);
  max_ns_ = std::max(max_ns_, ns);
}

double DurationHistogram::MeanMs() const {
  return count_ == 0 ? 0.0 : sum_ns_ / static_cast<double>(count_) * 1e-6;
}

double DurationHistogram::MaxMs() const { return static_cast<double>(max_ns_) * 1e-6; }

double DurationHistogram::PercentileMs(double fraction) const {
  if (count_ == 0) return 0.0;
  const auto rank = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::ceil(fraction * static_cast<double>(count_))), 1, count_);
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) {
      return std::min(MiddleOfBucketNs(static_cast<int>(i)), static_cast<double>(max_ns_)) * 1e-6;
    }
  }
  return MaxMs();
}

void DurationHistogram::Merge(const DurationHistogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

void StageStats::Merge(const StageStats& other) {
  for (std::size_t i = 0; i < histograms_.size(); ++i) histograms_[i].Merge(other.histograms_[i]);
}

}  // namespace retinue
