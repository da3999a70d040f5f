#include "retinue/gstreamer/image_sink.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "backends/gstreamer/sink_common.h"

namespace retinue {
namespace {

class ImageSink final : public Sink {
 public:
  ImageSink(std::string path, bool is_folder, const char* extension,
            std::unique_ptr<ImageEncoder> encoder, ImageSinkOptions options)
      : path_(std::move(path)),
        is_folder_(is_folder),
        extension_(extension),
        encoder_(std::move(encoder)),
        options_(std::move(options)) {}

  Picture picture() const override { return options_.picture; }

  Result<void> Begin(const StreamInfo& stream) override {
    is_still_ = stream.is_image;
    if (!is_folder_) {
      // Says now whether it can be written; the image comes later, whole.
      const gst::PartFile part(path_);
      RETINUE_RETURN_IF_ERROR(part.Create());
      part.Discard();
      return {};
    }
    stem_ = FileStem(stream.name);
    if (options_.names) stem_ = options_.names->Take(stem_);
    return gst::MakeFolder(path_);
  }

  Result<void> Write(const Frame& frame, const FrameResult&) override {
    if (!is_folder_ && is_written_) {
      return Fail(ErrorCode::kInvalidArgument,
                  path_ + ": an image file holds one frame, a second one came; "
                          "a folder takes any number");
    }
    auto image = encoder_->Encode(frame);
    if (!image) return Fail(image.error(), path_);
    is_written_ = true;
    return gst::WriteWholeFile(is_folder_ ? NameOf(frame) : path_, *image);
  }

  Result<void> Finish() override { return {}; }

 private:
  std::string NameOf(const Frame& frame) const {
    std::string name = path_ + "/" + stem_;
    if (!is_still_) name += "_" + gst::SixDigits(frame.id().number);
    return name + extension_;
  }

  std::string path_;
  bool is_folder_ = false;
  const char* extension_ = "";
  std::unique_ptr<ImageEncoder> encoder_;
  ImageSinkOptions options_;
  std::string stem_;
  bool is_still_ = false;
  bool is_written_ = false;
};

}  // namespace

Result<std::unique_ptr<Sink>> CreateImageSink(const std::string& path,
                                              const ImageSinkOptions& options) {
  const auto known = ImageFormatOf(path);
  const bool is_folder = !known.has_value();
  const ImageFormat format = known.value_or(ImageFormat::kJpeg);
  RETINUE_ASSIGN_OR_RETURN(auto encoder, ImageEncoder::Create(format, options.encoder));
  return std::make_unique<ImageSink>(path, is_folder, ".jpg", std::move(encoder), options);
}

}  // namespace retinue
