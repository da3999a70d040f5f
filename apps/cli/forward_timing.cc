#include "apps/cli/forward_timing.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "apps/cli/machine.h"
#include "retinue/base/time.h"

namespace retinue::cli {
namespace {

// The same on every run: multiples of 1/256, which every float format holds exactly.
void FillWithNoise(const MutableTensorView& input) {
  std::uint32_t state = 1;
  const auto next = [&state] {
    state = state * 1664525u + 1013904223u;  // Numerical Recipes
    return state >> 24;
  };
  if (input.type == ElementType::kF32) {
    for (float& value : input.as<float>()) value = static_cast<float>(next()) / 256;
    return;
  }
  const std::size_t bytes =
      static_cast<std::size_t>(input.shape.ElementCount()) * SizeOf(input.type);
  if (SizeOf(input.type) == 1) {
    for (auto& value : input.as<std::uint8_t>()) value = static_cast<std::uint8_t>(next());
  } else {
    // Other types begin from zeros: noise in them could be NaN or out of range.
    std::memset(input.data, 0, bytes);
  }
}

/// Requests that are waited for and begun again in turn.
class Ring {
 public:
  static Result<Ring> Create(Engine& engine, const ForwardOptions& options) {
    Ring ring;
    const int count = options.requests > 0 ? options.requests : engine.info().requests;
    for (int i = 0; i < std::max(1, count); ++i) {
      RETINUE_ASSIGN_OR_RETURN(auto request, engine.NewRequest());
      if (options.fill) {
        RETINUE_RETURN_IF_ERROR(options.fill(*request));
      } else {
        for (std::size_t k = 0; k < engine.io().inputs.size(); ++k) {
          FillWithNoise(request->input(static_cast<int>(k)));
        }
      }
      ring.requests_.push_back(std::move(request));
    }
    for (auto& request : ring.requests_) {
      RETINUE_RETURN_IF_ERROR(request->Start());
      ++ring.in_flight_;
    }
    return ring;
  }

  Ring(Ring&&) = default;
  Ring& operator=(Ring&&) = delete;
  // A request must not go while it is in flight.
  ~Ring() {
    for (std::size_t i = 0; i < std::min(in_flight_, requests_.size()); ++i) {
      (void)requests_[i]->Wait();
    }
  }

  std::size_t size() const { return requests_.size(); }

  Result<void> Round() {
    for (auto& request : requests_) {
      RETINUE_RETURN_IF_ERROR(request->Wait());
      RETINUE_RETURN_IF_ERROR(request->Start());
    }
    return {};
  }

 private:
  Ring() = default;
  std::vector<std::unique_ptr<Request>> requests_;
  std::size_t in_flight_ = 0;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<ForwardTiming> Measure(Engine& engine, const ForwardOptions& options) {
  const SteadyClock clock;
  RETINUE_ASSIGN_OR_RETURN(Ring ring, Ring::Create(engine, options));
  const Nanoseconds warm = clock.Now() + FromSeconds(options.warm_up_seconds);
  do {
    RETINUE_RETURN_IF_ERROR(ring.Round());
  } while (clock.Now() < warm && !options.stop.stop_requested());

  ForwardTiming timing;
  timing.requests = static_cast<int>(ring.size());
  const Shape& input = engine.io().inputs.front().shape;
  timing.batch = input.rank() > 0 ? static_cast<int>(input[0]) : 1;
  const double cpu = CpuSeconds();
  const Nanoseconds begin = clock.Now();
  Nanoseconds last = begin;
  const auto rounds = [&] { return static_cast<int>(timing.rounds_ms.size()); };
  while ((last - begin < FromSeconds(options.seconds) || rounds() < options.least_rounds) &&
         !options.stop.stop_requested()) {
    RETINUE_RETURN_IF_ERROR(ring.Round());
    const Nanoseconds now = clock.Now();
    timing.rounds_ms.push_back(ToSeconds(now - last) * 1000 / static_cast<double>(ring.size()));
    last = now;
  }
  timing.passes = static_cast<std::int64_t>(timing.rounds_ms.size() * ring.size());
  if (timing.passes == 0) return Fail(ErrorCode::kInterrupted, "interrupted while measuring");
  timing.wall_ms = Median(timing.rounds_ms);
  timing.cpu_ms = (CpuSeconds() - cpu) * 1000 / static_cast<double>(timing.passes);
  return timing;
}

}  // namespace

Outcome<ForwardTiming> MeasureForward(Engine& engine, const ForwardOptions& options) {
  auto timing = Measure(engine, options);
  if (timing) return *std::move(timing);
  const bool stopped = timing.error().code == ErrorCode::kInterrupted;
  return Exit(stopped ? kExitInterrupted : kExitModel, timing.error());
}

}  // namespace retinue::cli
