#include "retinue/gstreamer/window.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <gst/video/navigation.h>

#include "backends/gstreamer/common.h"
#include "backends/gstreamer/sink_common.h"
#include "retinue/gstreamer/runtime.h"

namespace retinue {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Connected to its display, or null.
gst::ElementPtr Open(const char* factory) {
  auto sink = gst::MakeElement(factory);
  if (!sink) return nullptr;
  if (gst_element_set_state(sink->get(), GST_STATE_READY) == GST_STATE_CHANGE_FAILURE) {
    gst_element_set_state(sink->get(), GST_STATE_NULL);
    return nullptr;
  }
  return *std::move(sink);
}

void Close(const gst::ElementPtr& sink) {
  if (sink) gst_element_set_state(sink.get(), GST_STATE_NULL);
}

// An element that can show something here, connected.
Result<gst::ElementPtr> OpenWindowElement() {
  const std::string wayland = Variable("WAYLAND_DISPLAY");
  const std::string x11 = Variable("DISPLAY");
  if (wayland.empty() && x11.empty()) {
    return Fail(ErrorCode::kUnavailable,
                "a window needs a display, but neither WAYLAND_DISPLAY nor DISPLAY is set");
  }
  if (!wayland.empty()) {
    if (auto sink = Open("waylandsink")) return sink;
  }
  if (!x11.empty()) {
    // Plain X11 first, and kept while XVideo is tried: a bare X server starts over when its
    // only client leaves, and refuses the next one meanwhile.
    auto plain = Open("ximagesink");
    if (auto sink = Open("xvimagesink")) {
      Close(plain);
      return sink;
    }
    if (plain) return plain;
  }
  if (!gst::MakeElement("ximagesink") && !gst::MakeElement("waylandsink")) {
    return Fail(ErrorCode::kUnsupported,
                "no GStreamer plug-in for windows is installed (Debian: gstreamer1.0-x)");
  }
  return Fail(ErrorCode::kUnavailable,
              "no window could be opened on display " + (x11.empty() ? wayland : x11));
}

// What the pipeline's threads and the sink share.
struct QuitState {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool has_quit = false;
  std::function<void()> on_quit;

  bool HasQuit() {
    const std::lock_guard lock(mutex);
    return has_quit;
  }
  void Quit() {
    {
      const std::lock_guard lock(mutex);
      if (std::exchange(has_quit, true)) return;
      changed.notify_all();
    }
    if (on_quit) on_quit();
  }
};

bool IsQuitKey(GstMessage* message) {
  if (gst_navigation_message_get_type(message) != GST_NAVIGATION_MESSAGE_EVENT) return false;
  GstEvent* event = nullptr;
  if (gst_navigation_message_parse_event(message, &event) == FALSE || event == nullptr) {
    return false;
  }
  const gchar* key = nullptr;
  bool is_quit = gst_navigation_event_get_type(event) == GST_NAVIGATION_EVENT_KEY_PRESS &&
                 gst_navigation_event_parse_key_event(event, &key) != FALSE && key != nullptr;
  if (is_quit) {
    const std::string_view name = key;
    is_quit = name == "q" || name == "Q" || name == "Escape";
  }
  gst_event_unref(event);
  return is_quit;
}

// How the window elements report that the user closed the window.
bool IsWindowClosed(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR) return false;
  GError* raw = nullptr;
  gst_message_parse_error(message, &raw, nullptr);
  const gst::ErrorPtr error(raw);
  return g_error_matches(raw, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND) != FALSE;
}

class WindowSink final : public Sink {
 public:
  WindowSink(std::unique_ptr<gst::Feed> feed, std::shared_ptr<QuitState> quit,
             WindowSinkOptions options)
      : feed_(std::move(feed)), quit_(std::move(quit)), options_(std::move(options)) {}

  Picture picture() const override { return options_.picture; }

  Result<void> Begin(const StreamInfo& stream) override {
    is_still_ = stream.is_image;
    return {};
  }

  Result<void> Write(const Frame& frame, const FrameResult&) override {
    if (quit_->HasQuit()) return {};
    // A still must not be skipped; the rest may.
    RETINUE_ASSIGN_OR_RETURN(const Frame picture, gst::WithChroma(frame, pool_));
    const auto shown = is_still_ ? PushAll(picture) : feed_->TryPush(picture, frame.pts(), kNoTime);
    if (!shown && !quit_->HasQuit()) return Fail(shown.error(), "window");
    return {};
  }

  Result<void> Finish() override {
    if (is_still_ && options_.hold_still.stop_possible()) {
      std::unique_lock lock(quit_->mutex);
      quit_->changed.wait(lock, options_.hold_still, [this] { return quit_->has_quit; });
    }
    feed_.reset();
    return {};
  }

 private:
  Result<bool> PushAll(const Frame& frame) {
    RETINUE_RETURN_IF_ERROR(feed_->Push(frame, frame.pts(), kNoTime));
    return true;
  }

  std::unique_ptr<gst::Feed> feed_;
  std::shared_ptr<QuitState> quit_;
  WindowSinkOptions options_;
  FramePool pool_;
  bool is_still_ = false;
};

// XVideo and Wayland scale by themselves; plain X11 does not.
std::string Description(bool is_plain, Size largest) {
  std::string text = "appsrc name=frames ! videoconvert ! ";
  if (is_plain) {
    text += "videoscale ! video/x-raw,pixel-aspect-ratio=1/1,width=[1," +
            std::to_string(largest.width) + "],height=[1," + std::to_string(largest.height) +
            "] ! ";
  }
  return text + "videoconvert name=last";
}

}  // namespace

Result<std::unique_ptr<Sink>> CreateWindowSink(const WindowSinkOptions& options,
                                               std::function<void()> on_quit) {
  if (IsEmpty(options.largest)) {
    return Fail(ErrorCode::kInvalidArgument, "the largest size of a window must be at least 1x1");
  }
  RETINUE_RETURN_IF_ERROR(InitGStreamer());
  RETINUE_ASSIGN_OR_RETURN(const gst::ElementPtr window, OpenWindowElement());
  GstElementFactory* factory = gst_element_get_factory(window.get());
  const bool is_plain = std::string_view(GST_OBJECT_NAME(factory)) == "ximagesink";
  auto pipeline = gst::ParsePipeline(Description(is_plain, options.largest));
  if (!pipeline) {
    Close(window);
    return Fail(pipeline.error());
  }
  g_object_set(window.get(), "sync", FALSE, nullptr);
  gst_bin_add(GST_BIN(pipeline->get()), window.get());
  gst_element_link(gst::Child(pipeline->get(), "last").get(), window.get());
  auto quit = std::make_shared<QuitState>();
  quit->on_quit = std::move(on_quit);
  gst::Feed::Options feed;
  feed.capacity = 2;
  feed.on_message = [quit](GstMessage* message) {
    if (IsQuitKey(message) || IsWindowClosed(message)) quit->Quit();
  };
  return std::make_unique<WindowSink>(gst::Feed::Create(*std::move(pipeline), std::move(feed)),
                                      quit, options);
}

}  // namespace retinue
