#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "backends/gstreamer/sink_common.h"
#include "retinue/gstreamer/image_sink.h"

namespace retinue {
namespace {

// Whole pixels: [x, right) × [y, bottom).
struct PixelBox {
  int x = 0;
  int y = 0;
  int right = 0;
  int bottom = 0;
};

struct ChromaStep {
  int x = 1;
  int y = 1;
};

ChromaStep StepOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kI420:
    case PixelFormat::kNv12: return {2, 2};
    case PixelFormat::kYuy2: return {2, 1};
    default: return {1, 1};
  }
}

int BytesOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb24:
    case PixelFormat::kBgr24: return 3;
    case PixelFormat::kRgba32: return 4;
    case PixelFormat::kYuy2: return 2;
    default: return 1;
  }
}

// Outwards to whole chroma samples, inside the frame; nothing when empty.
std::optional<PixelBox> ToPixels(const Box& box, const FrameFormat& format) {
  const Box inside = Clip(box, format.size);
  if (!(inside.width > 0 && inside.height > 0)) return std::nullopt;  // NaN ends here too
  const ChromaStep step = StepOf(format.pixels);
  PixelBox out;
  out.x = static_cast<int>(std::floor(inside.x)) / step.x * step.x;
  out.y = static_cast<int>(std::floor(inside.y)) / step.y * step.y;
  const auto up = [](float value, int to) {
    return (static_cast<int>(std::ceil(value)) + to - 1) / to * to;
  };
  out.right = std::min(up(inside.right(), step.x), format.size.width);
  out.bottom = std::min(up(inside.bottom(), step.y), format.size.height);
  if (out.right <= out.x || out.bottom <= out.y) return std::nullopt;
  return out;
}

// The part of `frame` inside `box`, on the same memory.
Result<Frame> View(const Frame& frame, const PixelBox& box) {
  FrameFormat format = frame.format();
  format.size = {box.right - box.x, box.bottom - box.y};
  const ChromaStep step = StepOf(format.pixels);
  std::array<PlaneView, 3> planes{};
  const int count = PlaneCount(format.pixels);
  for (int i = 0; i < count; ++i) {
    const bool is_chroma = i > 0;
    // NV12's chroma has two bytes for two pixels, so its bytes count as luma's.
    const int x = is_chroma && format.pixels == PixelFormat::kI420 ? box.x / step.x : box.x;
    const int y = is_chroma ? box.y / step.y : box.y;
    PlaneView plane = frame.plane(i);
    plane.data += y * plane.stride_bytes + x * BytesOf(format.pixels);
    planes[static_cast<std::size_t>(i)] = plane;
  }
  return Frame::Wrap(format, std::span(planes).first(static_cast<std::size_t>(count)),
                     std::make_shared<Frame>(frame), frame.id(), frame.timing());
}

class CropsSink final : public Sink {
 public:
  CropsSink(std::string folder, std::unique_ptr<ImageEncoder> encoder, CropsSinkOptions options)
      : folder_(std::move(folder)), encoder_(std::move(encoder)), options_(std::move(options)) {}

  Picture picture() const override { return Picture::kPlain; }

  Result<void> Begin(const StreamInfo& stream) override {
    names_ = stream.class_names;
    stem_ = FileStem(stream.name);
    if (options_.names) stem_ = options_.names->Take(stem_);
    return gst::MakeFolder(folder_);
  }

  Result<void> Write(const Frame& frame, const FrameResult& result) override {
    const bool has_tracks =
        std::any_of(result.objects.begin(), result.objects.end(),
                    [](const Detection& object) { return object.track_id != kNoTrack; });
    for (std::size_t i = 0; i < result.objects.size(); ++i) {
      const Detection& object = result.objects[i];
      const auto box = ToPixels(object.box, frame.format());
      if (!box) continue;
      std::string number = std::to_string(object.track_id);
      if (object.track_id == kNoTrack) number = (has_tracks ? "d" : "") + std::to_string(i);
      RETINUE_ASSIGN_OR_RETURN(const std::string folder, ClassFolder(object.class_id));
      RETINUE_ASSIGN_OR_RETURN(const Frame crop, View(frame, *box));
      auto image = encoder_->Encode(crop);
      if (!image) return Fail(image.error(), folder_);
      RETINUE_RETURN_IF_ERROR(gst::WriteWholeFile(
          folder + "/" + stem_ + "_" + gst::SixDigits(frame.id().number) + "_" + number + ".jpg",
          *image));
    }
    return {};
  }

  Result<void> Finish() override { return {}; }

 private:
  Result<std::string> ClassFolder(int class_id) {
    const auto index = static_cast<std::size_t>(class_id);
    const bool is_named = class_id >= 0 && index < names_.size() && !names_[index].empty();
    const std::string name =
        is_named ? SafeFileName(names_[index]) : "class_" + std::to_string(class_id);
    std::string folder = folder_ + "/" + name;
    if (made_.count(class_id) == 0) {
      RETINUE_RETURN_IF_ERROR(gst::MakeFolder(folder));
      made_.insert(class_id);
    }
    return folder;
  }

  std::string folder_;
  std::unique_ptr<ImageEncoder> encoder_;
  CropsSinkOptions options_;
  std::vector<std::string> names_;
  std::string stem_;
  std::set<int> made_;
};

}  // namespace

Result<std::unique_ptr<Sink>> CreateCropsSink(const std::string& folder,
                                              const CropsSinkOptions& options) {
  RETINUE_ASSIGN_OR_RETURN(auto encoder,
                           ImageEncoder::Create(ImageFormat::kJpeg, options.encoder));
  return std::make_unique<CropsSink>(folder, std::move(encoder), options);
}

}  // namespace retinue
