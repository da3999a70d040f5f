#include <utility>

#include "lib/io/format_objects.h"
#include "retinue/base/check.h"
#include "retinue/io/result_output.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

// One line an object; returns how many were left out.
int AppendLines(const FrameResult& result, const YoloTxtOptions& options, std::string& out) {
  if (IsEmpty(result.size)) return static_cast<int>(result.objects.size());
  const double width = result.size.width;
  const double height = result.size.height;
  int left_out = 0;
  for (const Detection& object : result.objects) {
    if (!internal::HasFiniteNumbers(object)) {
      ++left_out;
      continue;
    }
    const Box& box = object.box;
    AppendInteger(object.class_id, out);
    for (const double number : {(box.x + box.width * 0.5) / width,
                                (box.y + box.height * 0.5) / height, box.width / width,
                                box.height / height}) {
      out += ' ';
      AppendDecimal(number, 6, out);
    }
    if (options.with_score) {
      out += ' ';
      AppendDecimal(object.score, 6, out);
      if (options.with_id && object.track_id != kNoTrack) {
        out += ' ';
        AppendInteger(object.track_id, out);
      }
    }
    out += '\n';
  }
  return left_out;
}

}  // namespace

class YoloTxtFolder::StreamSink final : public Sink {
 public:
  StreamSink(YoloTxtFolder& folder, std::string stem) : folder_(folder), stem_(std::move(stem)) {}

  Picture picture() const override { return Picture::kNone; }

  Result<void> Begin(const StreamInfo& stream) override {
    is_image_ = stream.is_image;
    return {};
  }

  Result<void> Write(const Frame&, const FrameResult& result) override {
    if (failure_) return Fail(*failure_);
    Result<void> written = WriteFile(result);
    if (!written) {
      failure_ = written.error();
      const std::lock_guard lock(folder_.mutex_);
      if (!folder_.failure_) folder_.failure_ = failure_;
    }
    return written;
  }

  Result<void> Finish() override {
    if (failure_) return Fail(*failure_);
    return {};
  }

 private:
  Result<void> WriteFile(const FrameResult& result) {
    name_ = stem_;
    if (!is_image_) {
      name_ += '_';
      AppendInteger(result.frame + 1, name_);
    }
    name_ += ".txt";
    lines_.clear();
    const int left_out = AppendLines(result, folder_.options_, lines_);
    if (left_out > 0) folder_.left_out_.fetch_add(left_out, std::memory_order_relaxed);
    RETINUE_ASSIGN_OR_RETURN(const auto file, folder_.folder_->Create(name_));
    RETINUE_RETURN_IF_ERROR(file->Write(lines_));
    return file->Commit();
  }

  YoloTxtFolder& folder_;
  std::string stem_;
  bool is_image_ = false;
  std::string name_;
  std::string lines_;
  std::optional<Error> failure_;
};

YoloTxtFolder::YoloTxtFolder(std::unique_ptr<ByteSinkFactory> folder,
                             const YoloTxtOptions& options)
    : folder_(std::move(folder)), options_(options) {
  RETINUE_CHECK(folder_ != nullptr);
}

std::unique_ptr<YoloTxtFolder> YoloTxtFolder::Create(std::unique_ptr<ByteSinkFactory> folder,
                                                     const YoloTxtOptions& options) {
  return std::unique_ptr<YoloTxtFolder>(new YoloTxtFolder(std::move(folder), options));
}

Result<std::unique_ptr<Sink>> YoloTxtFolder::NewSink(std::string_view stream_name) {
  return std::make_unique<StreamSink>(*this, names_.Take(FileStem(stream_name)));
}

Result<void> YoloTxtFolder::Close() {
  const std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  return {};
}

}  // namespace retinue
