#pragma once

// Effects: runs an effects program on the frames of one stream. It reads no clock: the same plan,
// frames and faces give the same pictures on every machine.
//
// Threads: one Effects serves one stream; not thread-safe. Different ones share nothing.

#include <cstdint>
#include <memory>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/effects/plan.h"
#include "retinue/image/frame.h"
#include "retinue/results/results.h"

namespace retinue {

/// What `#0`, `#1` … and `+1` count by.
enum class FaceOrder {
  kPosition,  ///< The box's centre: left to right, then top to bottom, then larger first.
  kTrack,     ///< Face::id: `#1` stays the same person while people cross.
};

struct EffectsOptions {
  FaceOrder order = FaceOrder::kPosition;
};

/// Straight RGB, 3 bytes a pixel, that is drawn into.
struct RgbPicture {
  Size size;
  MutablePlaneView rows;  ///< Stride at least 3 · width bytes.
};

/// How far each place of a frame is background, 0…255 (255: no person). Of any size; it is
/// stretched over the frame.
struct BackgroundMask {
  Size size;
  PlaneView rows;  ///< One byte a pixel; null: there is none for this frame.
};

/// A statement asks for a face that is not there, as `mouth#1` does when there is only one.
struct AbsentFace {
  int line = 0;  ///< Of the statement, from 1.
  int index = 0; ///< The N of `#N`.
  friend bool operator==(const AbsentFace&, const AbsentFace&) = default;
};

/// What became of one frame. Hand in the same object every time: its memory is reused.
struct EffectsReport {
  int draws = 0;     ///< That touched a pixel.
  int skipped = 0;   ///< Statements that did nothing, for a face or mask that is absent.
  std::vector<AbsentFace> absent;  ///< To be said: of each statement at most once a second.
};

/// One running program, with what its spins and drifts remember.
class Effects {
 public:
  /// @param plan  From ReadEffects or CompileEffects, without errors.
  explicit Effects(EffectPlan plan, const EffectsOptions& options = {});
  ~Effects();
  Effects(const Effects&) = delete;
  Effects& operator=(const Effects&) = delete;

  /// Draws the program into `picture`.
  ///
  /// @param result      The frame's faces and its time `pts`, which moves spin, drift and `t`: by
  ///                    the difference to the last frame's, not at all when that is negative or
  ///                    unknown. Faces without landmarks have the part `face` only: their box. A
  ///                    part with a landmark beyond ±1e7 px, or that is not a number, is absent.
  /// @param picture     The frame's pixels, replaced by the program's.
  /// @param background  For programs that use_background; without it these statements do nothing.
  /// @error kInvalidArgument  The picture is empty or larger than Frame::kMaxSide, its stride is
  ///                          too small, or `result.size` is neither its size nor empty.
  ///
  /// Each statement reads what the one before made; all its draws read the same, later ones cover
  /// earlier ones. Cost: one copy of the picture when anything is drawn (two with `clear`), and
  /// the pixels that are drawn, several times over where draws cover each other. No allocation once
  /// such sizes and numbers of faces were seen.
  Result<void> Apply(const FrameResult& result, const RgbPicture& picture,
                     const BackgroundMask& background, EffectsReport& report);

  /// Goes on with another program. A statement whose canonical text was in the old program too
  /// keeps what its spins and drifts remember (of equal ones the first keeps the first's); `t` goes
  /// on.
  void SetPlan(EffectPlan plan);

  const EffectPlan& plan() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace retinue
