#include <utility>

#include "lib/io/format_objects.h"
#include "retinue/base/check.h"
#include "retinue/io/result_output.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

void AppendNumber(double number, std::string& out) {
  out += ' ';
  AppendDecimal(number, 6, out);
}

void AppendPoint(Point p, Size size, std::string& out) {
  AppendNumber(static_cast<double>(p.x) / size.width, out);
  AppendNumber(static_cast<double>(p.y) / size.height, out);
}

// What stands for the place of an object: the outline of its mask (of its largest part), the
// corners of its oriented box, or its box and keypoints.
void AppendPlace(const FrameResult& result, const Detection& object, std::string& out) {
  const Box& box = object.box;
  if (const auto mask = result.MaskOf(object); !mask.empty()) {
    const std::vector<Polygon> outlines = MaskPolygons(mask, result.size);
    const Polygon corners = {{box.x, box.y}, {box.right(), box.y}, {box.right(), box.bottom()},
                             {box.x, box.bottom()}};
    for (const Point p : outlines.empty() ? corners : outlines.front()) {
      AppendPoint(p, result.size, out);
    }
    return;
  }
  if (const Region* turned = result.TurnedOf(object)) {
    for (const Point p : CornersOf(*turned)) AppendPoint(p, result.size, out);
    return;
  }
  AppendPoint(box.center(), result.size, out);
  AppendPoint({box.width, box.height}, result.size, out);
  for (const Keypoint& keypoint : result.KeypointsOf(object)) {
    AppendPoint({keypoint.x, keypoint.y}, result.size, out);
    AppendNumber(static_cast<double>(keypoint.score), out);
  }
}

// One line a class that a classifier named.
void AppendClasses(const FrameResult& result, std::span<const std::string> names,
                   std::string& out) {
  for (const ClassScore& one : result.classes) {
    AppendDecimal(one.score, 2, out);
    out += ' ';
    const auto index = static_cast<std::size_t>(one.class_id);
    if (one.class_id >= 0 && index < names.size()) {
      out += names[index];
    } else {
      AppendInteger(one.class_id, out);
    }
    out += '\n';
  }
}

// One line an object; returns how many were left out.
int AppendLines(const FrameResult& result, const YoloTxtOptions& options, std::string& out) {
  if (IsEmpty(result.size)) return static_cast<int>(result.objects.size());
  int left_out = 0;
  for (const Detection& object : result.objects) {
    if (!internal::HasFiniteNumbers(result, object)) {
      ++left_out;
      continue;
    }
    AppendInteger(object.class_id, out);
    AppendPlace(result, object, out);
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
    class_names_ = stream.class_names;
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
    AppendClasses(result, class_names_, lines_);
    const int left_out = AppendLines(result, folder_.options_, lines_);
    if (left_out > 0) folder_.left_out_.fetch_add(left_out, std::memory_order_relaxed);
    RETINUE_ASSIGN_OR_RETURN(const auto file, folder_.folder_->Create(name_));
    RETINUE_RETURN_IF_ERROR(file->Write(lines_));
    return file->Commit();
  }

  YoloTxtFolder& folder_;
  std::string stem_;
  bool is_image_ = false;
  std::vector<std::string> class_names_;
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
