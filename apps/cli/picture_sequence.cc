#include "apps/cli/picture_sequence.h"

#include "apps/cli/media.h"

namespace retinue::cli {

void PictureSequence::GoOn(std::string problem) {
  if (!problem.empty()) {
    ++stats_.damaged;
    problems_.push_back(std::move(problem));
  }
  open_.reset();
  ++next_;
}

Result<Pull> PictureSequence::Next(Frame& out) {
  while (next_ < pictures_.size()) {
    const SourceEntry& picture = pictures_[next_];
    if (open_ == nullptr) {
      auto opened = OpenSource(picture, options_);
      if (!opened) {
        GoOn(opened.error().message);
        continue;
      }
      open_ = *std::move(opened);
    }
    const auto pull = open_->Next(out);
    if (!pull) {
      GoOn(pull.error().message);
    } else if (*pull == Pull::kPending) {
      return Pull::kPending;
    } else if (*pull == Pull::kEndOfStream) {
      GoOn(picture.name + ": no picture could be decoded");
    } else {
      out = out.WithId({0, static_cast<std::int64_t>(next_)});
      ++stats_.frames;
      std::string damage = open_->stats().warning;
      if (!damage.empty()) damage.insert(0, picture.name + ": ");
      GoOn(std::move(damage));
      return Pull::kFrame;
    }
  }
  return Pull::kEndOfStream;
}

}  // namespace retinue::cli
