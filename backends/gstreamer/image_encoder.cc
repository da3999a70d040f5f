#include <array>
#include <optional>
#include <utility>

#include <gst/app/gstappsink.h>

#include "backends/gstreamer/common.h"
#include "backends/gstreamer/sink_common.h"
#include "retinue/gstreamer/image_sink.h"

namespace retinue {
namespace {

struct Known {
  std::string_view extension;
  ImageFormat format;
};
constexpr std::array<Known, 5> kKnown = {{{"jpg", ImageFormat::kJpeg},
                                          {"jpeg", ImageFormat::kJpeg},
                                          {"png", ImageFormat::kPng},
                                          {"webp", ImageFormat::kWebp},
                                          {"bmp", ImageFormat::kBmp}}};

// All get RGB and do the rest by their formats' own rules (JFIF: BT.601, full range; WebP:
// BT.601, limited): videoconvert leaves out the range between 4:2:0 pictures of one matrix.
std::string EncoderDescription(ImageFormat format, int quality) {
  const std::string number = std::to_string(quality);
  switch (format) {
    case ImageFormat::kJpeg:
      return "video/x-raw,format=RGB ! jpegenc idct-method=islow quality=" + number;
    case ImageFormat::kPng: return "video/x-raw,format=RGB ! pngenc compression-level=3";
    case ImageFormat::kWebp: return "video/x-raw,format=RGB ! webpenc quality=" + number;
    case ImageFormat::kBmp: return "video/x-raw,format=BGR ! avenc_bmp";
  }
  return {};
}

struct SampleMap {
  explicit SampleMap(gst::SamplePtr from) : sample(std::move(from)) {
    buffer = gst_sample_get_buffer(sample.get());
    is_mapped = buffer != nullptr && gst_buffer_map(buffer, &info, GST_MAP_READ) != FALSE;
  }
  ~SampleMap() {
    if (is_mapped) gst_buffer_unmap(buffer, &info);
  }
  SampleMap(const SampleMap&) = delete;
  SampleMap& operator=(const SampleMap&) = delete;

  gst::SamplePtr sample;
  GstBuffer* buffer = nullptr;
  GstMapInfo info{};
  bool is_mapped = false;
};

class PipelineEncoder final : public ImageEncoder {
 public:
  PipelineEncoder(std::unique_ptr<gst::Feed> feed, gst::ElementPtr sink)
      : feed_(std::move(feed)), sink_(std::move(sink)) {}

  Result<std::span<const std::uint8_t>> Encode(const Frame& frame) override {
    image_.reset();
    // Encoders want rising times; what they are does not reach the file.
    const Nanoseconds time = count_++ * Nanoseconds{1000000};
    RETINUE_ASSIGN_OR_RETURN(const Frame picture, gst::WithChroma(frame, pool_));
    RETINUE_RETURN_IF_ERROR(feed_->Push(picture, time, Nanoseconds{1000000}));
    gst::SamplePtr sample;
    while (!sample) {
      constexpr GstClockTime kLook = 100 * GST_MSECOND;  // then see whether the encoder failed
      sample.reset(gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), kLook));
      if (sample) break;
      if (const auto error = feed_->error()) return Fail(*error);
    }
    image_.emplace(std::move(sample));
    if (!image_->is_mapped) return Fail(ErrorCode::kInternal, "the encoder gave no readable image");
    return std::span<const std::uint8_t>(image_->info.data, image_->info.size);
  }

 private:
  std::unique_ptr<gst::Feed> feed_;
  gst::ElementPtr sink_;
  FramePool pool_;
  std::optional<SampleMap> image_;
  std::int64_t count_ = 0;
};

}  // namespace

Result<ImageFormat> ImageFormatOf(const std::string& path) {
  const std::string extension = gst::Extension(path);
  for (const Known& known : kKnown) {
    if (known.extension == extension) return known.format;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "an image file must end in .jpg, .jpeg, .png, .webp or .bmp, got " + path);
}

Result<std::unique_ptr<ImageEncoder>> ImageEncoder::Create(ImageFormat format,
                                                           const ImageEncoderOptions& options) {
  if (options.quality < 1 || options.quality > 100) {
    return Fail(ErrorCode::kInvalidArgument,
                "image quality must be 1 to 100, got " + std::to_string(options.quality));
  }
  RETINUE_ASSIGN_OR_RETURN(
      gst::ElementPtr pipeline,
      gst::ParsePipeline("appsrc name=frames ! videoconvert ! " +
                         EncoderDescription(format, options.quality) +
                         " ! appsink name=image sync=false"));
  gst::ElementPtr sink = gst::Child(pipeline.get(), "image");
  auto feed = gst::Feed::Create(std::move(pipeline));
  feed->set_rate(25, 1);  // avenc_bmp refuses an unknown rate
  return std::make_unique<PipelineEncoder>(std::move(feed), std::move(sink));
}

}  // namespace retinue
