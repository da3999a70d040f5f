#pragma once

// The heads of source graphs: what stands in front of parsebin or the decoder
// for each kind of source. Each function builds a Graph that waits for Play().
// Private to this folder.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backends/gstreamer/source_graph.h"
#include "retinue/gstreamer/source.h"
#include "retinue/io/media_probe.h"

namespace retinue::gst {

using GraphResult = Result<std::unique_ptr<Graph>>;

/// A video file, or an image of a kind that MediaType() does not know.
GraphResult GraphOfFile(const std::string& path, const MediaOptions& options, Mailbox& mailbox);

/// An image file's bytes. Skips parsebin: that costs more than decoding a small image.
GraphResult GraphOfImage(ImageKind kind, std::vector<std::byte> bytes, Mailbox& mailbox);

/// A network stream.
GraphResult GraphOfUri(const std::string& uri, const MediaOptions& options, Mailbox& mailbox);

/// @param which  The text behind `camera:`, or a number, or a device.
GraphResult GraphOfCamera(const std::string& which, const MediaOptions& options,
                          Mailbox& mailbox);

/// A launch description.
GraphResult GraphOfDescription(const std::string& description, const MediaOptions& options,
                               Mailbox& mailbox);

/// True for the schemes that GraphOfUri takes.
bool IsStreamUri(const std::string& text);

/// True for `0`, `12`, `/dev/video3`, `camera:…`.
bool IsCamera(const std::string& text);

}  // namespace retinue::gst
