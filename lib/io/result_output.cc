#include "retinue/io/result_output.h"

#include <utility>

#include "retinue/base/check.h"

namespace retinue {

// Formats without the lock into its own string, so streams meet only to hand
// over finished frames.
class ResultFile::StreamSink final : public Sink {
 public:
  StreamSink(ResultFile& file, int place) : file_(file), place_(place) {}

  Picture picture() const override { return Picture::kNone; }

  Result<void> Begin(const StreamInfo& stream) override {
    formatter_ = file_.format_->ForStream(stream, place_);
    return {};
  }

  Result<void> Write(const Frame&, const FrameResult& result) override {
    RETINUE_CHECK(formatter_ != nullptr);
    chunk_.clear();
    const int left_out = formatter_->AppendFrame(result, chunk_);
    if (left_out > 0) file_.left_out_.fetch_add(left_out, std::memory_order_relaxed);
    return file_.WriteChunk(chunk_);
  }

  Result<void> Finish() override { return file_.WriteChunk({}); }

 private:
  ResultFile& file_;
  int place_;
  std::unique_ptr<FrameFormatter> formatter_;
  std::string chunk_;
};

ResultFile::ResultFile(std::unique_ptr<ByteSink> bytes, std::unique_ptr<ResultFormat> format)
    : bytes_(std::move(bytes)), format_(std::move(format)) {
  RETINUE_CHECK(bytes_ != nullptr && format_ != nullptr);
}

std::unique_ptr<ResultFile> ResultFile::Create(std::unique_ptr<ByteSink> bytes,
                                               std::unique_ptr<ResultFormat> format) {
  return std::unique_ptr<ResultFile>(new ResultFile(std::move(bytes), std::move(format)));
}

Result<std::unique_ptr<Sink>> ResultFile::NewSink(std::string_view stream_name) {
  const std::lock_guard lock(mutex_);
  if (places_ > 0 && !format_->TakesSeveralStreams()) {
    std::string message("a ");
    message += format_->name();
    message += " file holds one stream, got '";
    message += stream_name;
    message += "' beside another";
    return Fail(ErrorCode::kInvalidArgument, std::move(message));
  }
  return std::make_unique<StreamSink>(*this, places_++);
}

Result<void> ResultFile::WriteLocked(std::string_view bytes) {
  if (bytes.empty()) return {};
  Result<void> written = bytes_->Write(bytes);
  if (!written) failure_ = written.error();
  return written;
}

// An empty chunk writes nothing and tells of an earlier failure.
Result<void> ResultFile::WriteChunk(std::string_view chunk) {
  const std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  if (chunk.empty()) return {};
  if (!has_head_) {
    has_head_ = true;
    RETINUE_RETURN_IF_ERROR(WriteLocked(format_->head()));
  }
  if (has_records_) RETINUE_RETURN_IF_ERROR(WriteLocked(format_->separator()));
  has_records_ = true;
  return WriteLocked(chunk);
}

Result<void> ResultFile::Close() {
  const std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  if (!has_head_) RETINUE_RETURN_IF_ERROR(WriteLocked(format_->head()));
  RETINUE_RETURN_IF_ERROR(WriteLocked(format_->tail()));
  return bytes_->Commit();
}

namespace {

class OneStreamWriter final : public Sink {
 public:
  OneStreamWriter(std::unique_ptr<ByteSink> bytes, std::unique_ptr<ResultFormat> format)
      : file_(ResultFile::Create(std::move(bytes), std::move(format))) {
    auto sink = file_->NewSink({});
    RETINUE_CHECK(sink.has_value());
    sink_ = *std::move(sink);
  }

  Picture picture() const override { return Picture::kNone; }
  Result<void> Begin(const StreamInfo& stream) override { return sink_->Begin(stream); }
  Result<void> Write(const Frame& frame, const FrameResult& result) override {
    return sink_->Write(frame, result);
  }
  Result<void> Finish() override { return file_->Close(); }

 private:
  std::unique_ptr<ResultFile> file_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace

std::unique_ptr<Sink> NewResultWriter(std::unique_ptr<ByteSink> bytes,
                                      std::unique_ptr<ResultFormat> format) {
  return std::make_unique<OneStreamWriter>(std::move(bytes), std::move(format));
}

}  // namespace retinue
