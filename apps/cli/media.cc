#include "apps/cli/media.h"

#include <algorithm>
#include <filesystem>

#ifdef RETINUE_WITH_GSTREAMER
#include "retinue/gstreamer/image_sink.h"
#include "retinue/gstreamer/runtime.h"
#include "retinue/gstreamer/source.h"
#include "retinue/gstreamer/video_sink.h"
#include "retinue/gstreamer/window.h"
#endif
#include "retinue/files/files.h"
#include "retinue/io/people_source.h"
#include "retinue/io/y4m.h"

namespace retinue::cli {
namespace {

std::string LowerExtension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

#ifndef RETINUE_WITH_GSTREAMER
tl::unexpected<Error> WithoutGStreamer(const std::string& what) {
  return Fail(ErrorCode::kUnsupported,
              what + ": this program was built without GStreamer, which reads and writes media; "
                     "it can read y4m from standard input");
}
#endif

}  // namespace

bool IsPictureName(const std::string& path) {
  const std::string extension = LowerExtension(path);
  static constexpr const char* kPictures[] = {".jpg", ".jpeg", ".png", ".webp", ".bmp"};
  return std::any_of(std::begin(kPictures), std::end(kPictures),
                     [&](const char* picture) { return extension == picture; });
}

Result<std::unique_ptr<Source>> OpenSource(const SourceEntry& entry, const Options& options) {
  if (entry.kind == SourceKind::kStandardInput) return OpenY4m(StandardInput(), entry.name);
#ifdef RETINUE_WITH_GSTREAMER
  MediaOptions media;
  if (options.stream_buffer == "all") media.live = MediaOptions::Live::kAll;
  return OpenMedia(entry.name, media);
#else
  (void)options;
  if (entry.name == "test:people") return PeopleSource::Create({});
  return WithoutGStreamer(entry.name);
#endif
}

Result<PictureSink> MakeSaveSink(const std::string& path, const SourceEntry& source) {
#ifdef RETINUE_WITH_GSTREAMER
  if (IsPictureName(path)) {
    RETINUE_ASSIGN_OR_RETURN(auto image, CreateImageSink(path));
    return PictureSink{std::move(image), {}};
  }
  VideoSinkOptions options;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(source.name, ignored)) options.audio_from = source.name;
  RETINUE_ASSIGN_OR_RETURN(auto video, CreateVideoSink(path, options));
  const VideoSink* notes = video.get();
  return PictureSink{std::move(video), [notes] { return notes->notes(); }};
#else
  (void)source;
  return WithoutGStreamer(path);
#endif
}

std::function<Result<std::unique_ptr<Sink>>()> CropsSinkMaker(const std::string& folder) {
#ifdef RETINUE_WITH_GSTREAMER
  return [folder, names = std::make_shared<UniqueNames>()] {
    return CreateCropsSink(folder, {.encoder = {}, .names = names});
  };
#else
  return [folder]() -> Result<std::unique_ptr<Sink>> { return WithoutGStreamer(folder); };
#endif
}

Result<std::unique_ptr<Sink>> MakeWindow(std::stop_token stop, std::function<void()> on_quit) {
#ifdef RETINUE_WITH_GSTREAMER
  WindowSinkOptions options;
  options.hold_still = std::move(stop);
  return CreateWindowSink(options, std::move(on_quit));
#else
  (void)stop;
  (void)on_quit;
  return WithoutGStreamer("show");
#endif
}

std::string MediaVersion() {
#ifdef RETINUE_WITH_GSTREAMER
  return GStreamerVersion();
#else
  return "built without GStreamer";
#endif
}

}  // namespace retinue::cli
