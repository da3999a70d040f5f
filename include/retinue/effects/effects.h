#pragma once

// Effects: runs an effects program on the frames of one stream. It reads no clock: the same plan,
// frames and faces give the same pictures on every machine.
//
// Threads: one Effects serves one stream; not thread-safe. Different ones share nothing.

#include <cstdint>
#include <memory>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/base/time.h"
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

/// When a frame's effects must stop. Asked before each statement; the first that comes too late
/// and all behind it draw nothing for this frame. Their spins and drifts move on.
struct EffectsDeadline {
  const Clock* clock = nullptr;  ///< Null: there is none. Must outlive the call.
  Nanoseconds at{0};             ///< In the clock's time.
};

/// What became of one frame. Hand in the same object every time: its memory is reused.
struct EffectsReport {
  int draws = 0;     ///< Of which something could be seen.
  int skipped = 0;   ///< Statements that did nothing, for a face or mask that is absent.
  int late = 0;      ///< Statements that did nothing, for the deadline.
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

  /// Draws the program into a frame, in place.
  ///
  /// @param result      The frame's faces and its time `pts`, which moves spin, drift and `t`: by
  ///                    the difference to the last frame's, not at all when that is negative or
  ///                    unknown. Faces without landmarks have the part `face` only: their box. A
  ///                    part with a landmark beyond ±1e7 px, or that is not a number, is absent.
  /// @param frame       kNv12, kI420 or kRgb24.
  /// @param background  For programs that use_background; without it these statements do nothing.
  /// @error kInvalidArgument  `result.size` is neither the frame's size nor empty.
  /// @error kUnsupported      The frame has another format.
  ///
  /// Each statement reads what the one before made; all its draws read the same, later ones cover
  /// earlier ones. Colours are worked out in 8-bit RGB, whatever the frame's format: on 4:2:0 the
  /// four pixels of a block have its chroma, and when all are drawn, the block gets the mean of
  /// theirs. Samples of pixels that no draw covered keep their bytes exactly; so do blocks of
  /// chroma without such a pixel, and those at an edge mix old and new by the number of pixels.
  ///
  /// Cost: what is read and drawn, each pixel converted once, however many statements there are.
  /// Memory: 12 bytes a pixel of the frame, of which only what is read or drawn is touched.
  /// No allocation once such sizes and numbers of faces were seen.
  Result<void> Apply(const FrameResult& result, FrameBuffer& frame,
                     const BackgroundMask& background, EffectsReport& report,
                     const EffectsDeadline& deadline = {});

  /// The same for a picture in RGB whose memory is the caller's.
  /// @error kInvalidArgument  Also: the picture is empty or larger than Frame::kMaxSide, or its
  ///                          stride is too small.
  Result<void> Apply(const FrameResult& result, const RgbPicture& picture,
                     const BackgroundMask& background, EffectsReport& report,
                     const EffectsDeadline& deadline = {});

  /// The same once more, pixel by pixel in double precision as the language's specification has
  /// it: the truth that Apply is tested against. 10 to 50 times slower, a large blur far more.
  ///
  /// One statement of Apply differs from it by at most 1 per channel of RGB; by 3 where it blurs,
  /// or changes colours by factors of up to 2. Both cover the same pixels.
  Result<void> ApplyScalar(const FrameResult& result, const RgbPicture& picture,
                           const BackgroundMask& background, EffectsReport& report,
                           const EffectsDeadline& deadline = {});

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
