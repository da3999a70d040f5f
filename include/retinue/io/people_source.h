#pragma once

// PeopleSource: people who walk across a picture, drawn by us, with the truth
// known: who is where in every frame. The source behind `test:people`; for
// trying and testing everything behind a source without any file.
// Thread rule: one thread, as for every Source; TruthAt may be called from any.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "retinue/io/stream.h"

namespace retinue {

struct PeopleOptions {
  std::string name = "test:people";  ///< For StreamInfo::name.
  Size size{960, 540};               ///< 64…8192 on each side.
  std::int64_t frames = 250;         ///< At least 1.
  double frame_rate = 25;            ///< Over 0, at most 1000.
  /// Lanes at different distances, 1…64; one person walks in each, and another
  /// one follows when that one has left.
  int lanes = 6;
  std::uint64_t seed = 1;            ///< Another seed is another crowd.
};

/// Synthetic pedestrians. The same options give the same frames, always.
///
/// Frames are I420, BT.709, limited range; frame n is shown at n / frame_rate.
/// People walk at 0.6 to 1 of their own height a second, in both directions,
/// nearer ones larger and in front of farther ones, so that they cross and cover each other.
class PeopleSource final : public Source {
 public:
  /// @error kInvalidArgument  An option is out of its range.
  /// @error kResourceExhausted  No memory for the background.
  static Result<std::unique_ptr<PeopleSource>> Create(const PeopleOptions& options = {});

  const StreamInfo& info() const override { return info_; }

  /// Never blocks. Draws the next frame: some 2 ms at the default size. Allocates
  /// nothing once the caller lets go of old frames.
  Result<Pull> Next(Frame& out) override;

  SourceStats stats() const override { return stats_; }

  /// Who is in frame `number`: the box of the whole figure, also where somebody
  /// nearer covers it, clipped to the frame; score 1, class 0, and a track id that
  /// stays with the person and is never used again. Nearest last. People of whom
  /// less than a fifth is inside the frame are left out.
  std::vector<Detection> TruthAt(std::int64_t number) const;

 private:
  explicit PeopleSource(const PeopleOptions& options);
  void Paint(FrameBuffer& picture, std::int64_t number) const;

  PeopleOptions options_;
  StreamInfo info_;
  SourceStats stats_;
  FramePool pool_;
  std::vector<std::uint8_t> background_;  ///< I420 planes, one after the other, tight.
  std::int64_t next_ = 0;
};

}  // namespace retinue
