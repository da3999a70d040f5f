#pragma once

// A window that shows frames while they are worked on (`show`).
// Thread rule: the Sink as every Sink, used by one thread; the callback runs on
// GStreamer's.

#include <functional>
#include <memory>
#include <stop_token>

#include "retinue/base/result.h"
#include "retinue/io/stream.h"

namespace retinue {

struct WindowSinkOptions {
  /// The picture to show: with the overlay, or as decoded.
  Sink::Picture picture = Sink::Picture::kDrawn;
  /// Larger pictures are shown at this size, their shape kept (X11 without XVideo; other
  /// windows can be resized).
  Size largest = {1600, 900};
  /// A still stays on the screen in Finish() until the user quits, or this asks to stop.
  /// Without a stop state (the default) Finish() closes the window at once.
  std::stop_token hold_still = {};
};

/// Opens a window on the Wayland or X11 display that the environment names
/// (WAYLAND_DISPLAY, DISPLAY).
///
/// Frames are shown as they come, not by their timestamps. The window never slows
/// the run: a frame that comes while it is still busy with the two before is not shown.
///
/// @param on_quit  Called once when the user presses `q` or Esc or closes the window, from
///                 a thread of GStreamer: must return quickly and not touch the sink.
///                 Frames written afterwards are ignored. May be empty.
///
/// @error kUnavailable      There is no display, or it cannot be opened; the sentence says
///                          what was tried.
/// @error kUnsupported      No plug-in for windows is installed.
/// The Sink's functions fail with kUnavailable when the display goes away.
Result<std::unique_ptr<Sink>> CreateWindowSink(const WindowSinkOptions& options = {},
                                               std::function<void()> on_quit = {});

}  // namespace retinue
