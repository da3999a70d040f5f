#pragma once

// Runs a program's statements on one frame after the other: which faces, which numbers, which
// draws. Painters do the drawing.

#include <array>
#include <cstdint>
#include <vector>

#include "lib/effects/motion.h"
#include "lib/effects/painter.h"
#include "lib/effects/scene.h"
#include "retinue/effects/effects.h"
#include "retinue/effects/plan.h"

namespace retinue::internal {

class Runner {
 public:
  Runner(EffectPlan plan, const EffectsOptions& options);

  const EffectPlan& plan() const { return plan_; }
  void SetPlan(EffectPlan plan);

  /// What a frame brings with it besides its pixels.
  struct Inputs {
    const FrameResult* result = nullptr;
    Size size;
    bool has_mask = false;
    EffectsDeadline deadline;
  };
  void Run(const Inputs& inputs, Painter& painter, EffectsReport& report);

 private:
  struct Source {
    int face = kNoFace;
    const EffectShape* shape = nullptr;
    Outline outline{};  // after reshape
  };

  void MoveTime(Nanoseconds pts);
  bool IsLate() const;
  void RunStatement(std::size_t index);
  bool IsSkipped(std::size_t index);
  bool NeedsMask() const;
  void RunSource(int face);
  bool PlaceSource(Source& source);
  template <typename Do>
  void ForFace(Source& source, int target, Do draw);
  void EvaluateSettings();
  double Value(EffectSetting setting) const { return settings_[static_cast<std::size_t>(setting)]; }

  void DrawOnto(const Source& source, const EffectDestination& destination, std::size_t index,
                int target);
  void DrawTiles(const Source& source);
  void DrawOne(const Source& source, const Bounds& destination, const MotionKey& key);
  Motion MotionOf(const MotionKey& key, Vec2 start);
  bool Prepare(const Outline& outline, const Source& source);
  void SetColors(Texture& texture) const;
  void Finish(const Bounds& from, const Bounds& to, const Motion& motion);

  EffectsOptions options_;
  EffectPlan plan_;
  std::vector<int> numbers_;  // of each statement, lasting from plan to plan
  int next_number_ = 0;
  std::vector<double> warned_at_;  // seconds_ of each statement's last warning

  Scene scene_;
  Motions motions_;
  Nanoseconds last_pts_ = kNoTime;
  double seconds_ = 0;

  // Of the frame, the statement and the draw at hand.
  const Inputs* inputs_ = nullptr;
  Painter* painter_ = nullptr;  // null while statements only move on, being late
  EffectsReport* report_ = nullptr;
  const PlannedStatement* statement_ = nullptr;
  int number_ = 0;
  EffectValues values_{};
  std::array<double, kEffectSettingCount> settings_{};
};

}  // namespace retinue::internal
