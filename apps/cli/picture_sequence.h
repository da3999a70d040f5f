#pragma once

// Many still pictures as one source, so that the engine is kept busy across them.
// Used by one thread.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/options.h"
#include "apps/cli/source_list.h"
#include "retinue/io/stream.h"

namespace retinue::cli {

/// Opens each picture when its turn comes. Frames are numbered by the picture's place in the
/// list; one that cannot be opened or decoded is passed over and told in problems().
class PictureSequence final : public Source {
 public:
  /// Both must outlive it.
  PictureSequence(std::span<const SourceEntry> pictures, const Options& options)
      : pictures_(pictures), options_(options) {
    info_.name = pictures.empty() ? "" : pictures.front().name;
    info_.frame_count = static_cast<std::int64_t>(pictures.size());
  }

  const StreamInfo& info() const override { return info_; }
  Result<Pull> Next(Frame& out) override;
  SourceStats stats() const override { return stats_; }

  /// A sentence for each picture that gave no frame.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void GoOn(std::string problem);

  std::span<const SourceEntry> pictures_;
  const Options& options_;
  StreamInfo info_;
  SourceStats stats_;
  std::size_t next_ = 0;
  std::unique_ptr<Source> open_;
  std::vector<std::string> problems_;
};

}  // namespace retinue::cli
