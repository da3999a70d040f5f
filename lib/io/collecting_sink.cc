#include "retinue/io/collecting_sink.h"

namespace retinue {

Result<void> CollectingSink::Begin(const StreamInfo& stream) {
  stream_ = stream;
  return {};
}

Result<void> CollectingSink::Write(const Frame& frame, const FrameResult& result) {
  results_.push_back(result);
  if (picture_ != Picture::kNone) frames_.push_back(frame);
  return {};
}

Result<void> CollectingSink::Finish() {
  ++finish_count_;
  return {};
}

}  // namespace retinue
