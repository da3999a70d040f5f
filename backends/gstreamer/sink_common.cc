#include "backends/gstreamer/sink_common.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "retinue/base/check.h"
#include "retinue/gstreamer/runtime.h"

namespace retinue::gst {
namespace {

struct ParseContextFree {
  void operator()(GstParseContext* context) const { gst_parse_context_free(context); }
};

// filesink's sentence is a stock one; the system's reason stands at the end of the debug text.
Error WriteErrorFromMessage(GstMessage* message) {
  Error error = ErrorFromMessage(message);
  gchar* raw = nullptr;
  gst_message_parse_error(message, nullptr, &raw);
  const StringPtr debug(raw);
  const std::string_view text = raw != nullptr ? raw : "";
  const std::size_t at = text.find("Error while writing to file");
  const std::size_t colon = at == std::string_view::npos ? at : text.rfind(": ");
  if (colon == std::string_view::npos || colon < at) return error;
  const std::string reason(text.substr(colon + 2));
  // A limit on file sizes (EFBIG) is a stated limit that is used up, as a full disk is.
  for (const int number : {ENOSPC, EFBIG, EDQUOT}) {
    if (reason == std::generic_category().message(number)) {
      error.code = ErrorCode::kResourceExhausted;
    }
  }
  error.message = "cannot be written: " + reason;
  return error;
}

// One more column of `pixel_bytes` at the end of each row, then
// one more row.
void RepeatEdge(const PlaneView& from, const MutablePlaneView& to, std::size_t row_bytes, int rows,
                std::size_t pixel_bytes, bool one_more_column, bool one_more_row) {
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t* source = from.data + y * from.stride_bytes;
    std::uint8_t* target = to.data + y * to.stride_bytes;
    std::memcpy(target, source, row_bytes);
    if (one_more_column) {
      std::memcpy(target + row_bytes, source + row_bytes - pixel_bytes, pixel_bytes);
    }
  }
  if (one_more_row) {
    std::uint8_t* target = to.data + rows * to.stride_bytes;
    std::memcpy(target, target - to.stride_bytes, row_bytes + (one_more_column ? pixel_bytes : 0));
  }
}

std::size_t LumaBytes(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb24:
    case PixelFormat::kBgr24: return 3;
    case PixelFormat::kRgba32: return 4;
    default: return 1;
  }
}

}  // namespace

Result<ElementPtr> ParsePipeline(const std::string& description) {
  RETINUE_RETURN_IF_ERROR(InitGStreamer());
  const std::unique_ptr<GstParseContext, ParseContextFree> context(gst_parse_context_new());
  GError* raw = nullptr;
  GstElement* element = gst_parse_launch_full(description.c_str(), context.get(),
                                              GST_PARSE_FLAG_FATAL_ERRORS, &raw);
  const ErrorPtr error(raw);
  if (element != nullptr) {
    return ElementPtr(static_cast<GstElement*>(gst_object_ref_sink(element)));
  }
  gchar** missing = gst_parse_context_get_missing_elements(context.get());
  if (missing != nullptr && missing[0] != nullptr) {
    const std::string name = missing[0];
    g_strfreev(missing);
    // Makes the sentence about the missing element, package included.
    return MakeElement(name.c_str());
  }
  g_strfreev(missing);
  return Fail(ErrorCode::kInternal, std::string("pipeline could not be made: ") +
                                        (error ? error->message : "no reason given"));
}

ElementPtr Child(GstElement* pipeline, const char* name) {
  ElementPtr child(gst_bin_get_by_name(GST_BIN(pipeline), name));
  RETINUE_CHECK(child != nullptr);
  return child;
}

void Play(GstElement* pipeline) { gst_element_set_state(pipeline, GST_STATE_PLAYING); }

GstBusSyncReply Feed::OnMessage(GstBus*, GstMessage* message, gpointer data) {
  State& state = **static_cast<std::shared_ptr<State>*>(data);
  if (state.on_message) state.on_message(message);
  const GstMessageType type = GST_MESSAGE_TYPE(message);
  if (type == GST_MESSAGE_ERROR || type == GST_MESSAGE_EOS) {
    const std::lock_guard lock(state.mutex);
    if (type == GST_MESSAGE_EOS) state.at_end = true;
    // The first failure is the cause; what follows are its consequences.
    if (type == GST_MESSAGE_ERROR && !state.error) state.error = WriteErrorFromMessage(message);
    state.changed.notify_all();
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

GstPadProbeReturn Feed::OnTaken(GstPad*, GstPadProbeInfo*, gpointer data) {
  State& state = **static_cast<std::shared_ptr<State>*>(data);
  const std::lock_guard lock(state.mutex);
  --state.waiting;
  state.changed.notify_all();
  return GST_PAD_PROBE_OK;
}

std::unique_ptr<Feed> Feed::Create(ElementPtr pipeline, Options options) {
  std::unique_ptr<Feed> feed(new Feed);
  feed->pipeline_ = std::move(pipeline);
  feed->source_ = Child(feed->pipeline_.get(), "frames");
  feed->capacity_ = options.capacity;
  feed->state_ = std::make_shared<State>();
  feed->state_->on_message = std::move(options.on_message);
  g_object_set(feed->source_.get(), "format", GST_FORMAT_TIME, "block", FALSE, "max-bytes",
               static_cast<guint64>(0), nullptr);
  const auto release = [](gpointer data) { delete static_cast<std::shared_ptr<State>*>(data); };
  const BusPtr bus(gst_element_get_bus(feed->pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), &Feed::OnMessage, new std::shared_ptr<State>(feed->state_),
                           release);
  const PadPtr pad(gst_element_get_static_pad(feed->source_.get(), "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &Feed::OnTaken,
                    new std::shared_ptr<State>(feed->state_), release);
  return feed;
}

Feed::~Feed() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  const BusPtr bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

void Feed::set_rate(int numerator, int denominator) {
  rate_numerator_ = numerator;
  rate_denominator_ = denominator;
}

Result<void> Feed::Push(const Frame& frame, Nanoseconds pts, Nanoseconds duration) {
  {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->waiting < capacity_ || state_->error; });
    if (state_->error) return Fail(*state_->error);
    ++state_->waiting;
  }
  return Send(frame, pts, duration);
}

Result<bool> Feed::TryPush(const Frame& frame, Nanoseconds pts, Nanoseconds duration) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->error) return Fail(*state_->error);
    if (state_->waiting >= capacity_) return false;
    ++state_->waiting;
  }
  RETINUE_RETURN_IF_ERROR(Send(frame, pts, duration));
  return true;
}

Result<void> Feed::Send(const Frame& frame, Nanoseconds pts, Nanoseconds duration) {
  GstAppSrc* source = GST_APP_SRC(source_.get());
  const bool is_first = !format_.has_value();
  if (is_first || *format_ != frame.format()) {
    format_ = frame.format();
    const CapsPtr caps = CapsFromFormat(*format_, rate_numerator_, rate_denominator_);
    gst_app_src_set_caps(source, caps.get());
  }
  if (is_first) Play(pipeline_.get());
  BufferPtr buffer = BufferFromFrame(frame);
  GST_BUFFER_PTS(buffer.get()) = ToGst(pts);
  GST_BUFFER_DTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer.get()) = ToGst(duration);
  if (gst_app_src_push_buffer(source, buffer.release()) == GST_FLOW_OK) return {};
  return Fail(error().value_or(Error{ErrorCode::kInternal, "the pipeline takes no more frames"}));
}

Result<void> Feed::Drain() {
  gst_app_src_end_of_stream(GST_APP_SRC(source_.get()));
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->at_end || state_->error; });
  if (state_->error) return Fail(*state_->error);
  return {};
}

std::optional<Error> Feed::error() const {
  const std::lock_guard lock(state_->mutex);
  return state_->error;
}

Result<Frame> WithChroma(const Frame& frame, FramePool& pool) {
  if (frame.format().pixels != PixelFormat::kGray8) return frame;
  FrameFormat format = frame.format();
  format.pixels = PixelFormat::kI420;
  RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<FrameBuffer> buffer, pool.Get(format));
  RepeatEdge(frame.plane(0), buffer->plane(0), static_cast<std::size_t>(format.size.width),
             format.size.height, 1, false, false);
  for (const int i : {1, 2}) {
    const MutablePlaneView plane = buffer->plane(i);
    const auto row_bytes = static_cast<std::size_t>(RowBytes(format.pixels, format.size, i));
    for (int y = 0; y < RowCount(format.pixels, format.size, i); ++y) {
      std::memset(plane.data + y * plane.stride_bytes, 128, row_bytes);
    }
  }
  return FrameBuffer::Publish(std::move(buffer), frame.id(), frame.timing());
}

Result<Frame> WithEvenSize(const Frame& frame, FramePool& pool) {
  const FrameFormat& from = frame.format();
  const bool odd_width = from.size.width % 2 != 0;
  const bool odd_height = from.size.height % 2 != 0;
  if (!odd_width && !odd_height) return frame;
  FrameFormat to = from;
  to.size = {from.size.width + (odd_width ? 1 : 0), from.size.height + (odd_height ? 1 : 0)};
  RETINUE_ASSIGN_OR_RETURN(std::shared_ptr<FrameBuffer> buffer, pool.Get(to));
  for (int i = 0; i < PlaneCount(from.pixels); ++i) {
    const auto row_bytes = static_cast<std::size_t>(RowBytes(from.pixels, from.size, i));
    const int rows = RowCount(from.pixels, from.size, i);
    // Planes that need no more bytes a row: chroma of 4:2:0, and YUY2's whole pairs.
    const bool more_columns =
        RowBytes(from.pixels, to.size, i) != RowBytes(from.pixels, from.size, i);
    const bool more_rows = RowCount(from.pixels, to.size, i) != rows;
    RepeatEdge(frame.plane(i), buffer->plane(i), row_bytes, rows, LumaBytes(from.pixels),
               more_columns, more_rows);
  }
  if (from.pixels == PixelFormat::kYuy2 && odd_width) {
    const MutablePlaneView plane = buffer->plane(0);
    const std::ptrdiff_t last = RowBytes(from.pixels, to.size, 0) - 2;  // the pair's second luma
    for (int y = 0; y < to.size.height; ++y) {
      std::uint8_t* row = plane.data + y * plane.stride_bytes;
      row[last] = row[last - 2];
    }
  }
  return FrameBuffer::Publish(std::move(buffer), frame.id(), frame.timing());
}

Error ErrorFromErrno(int number, const std::string& what) {
  ErrorCode code = ErrorCode::kUnavailable;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EACCES || number == EPERM || number == EROFS) code = ErrorCode::kPermissionDenied;
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
    code = ErrorCode::kResourceExhausted;
  }
  if (number == EISDIR) code = ErrorCode::kInvalidArgument;
  return {code, what + ": " + std::generic_category().message(number)};
}

Result<void> PartFile::Create() const {
  struct stat existing {};
  if (stat(path_.c_str(), &existing) == 0 && S_ISDIR(existing.st_mode)) {
    return Fail(ErrorFromErrno(EISDIR, path_ + ": cannot be written"));
  }
  const int file = open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return Fail(ErrorFromErrno(errno, path_ + ": cannot be written"));
  close(file);
  return {};
}

Result<void> PartFile::Commit() const {
  if (std::rename(part_.c_str(), path_.c_str()) == 0) return {};
  const int number = errno;
  Discard();
  return Fail(ErrorFromErrno(number, path_ + ": cannot be written"));
}

void PartFile::Discard() const { unlink(part_.c_str()); }

Result<void> WriteWholeFile(const std::string& path, std::span<const std::uint8_t> bytes) {
  const PartFile part(path);
  const int file = open(part.part().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return Fail(ErrorFromErrno(errno, path + ": cannot be written"));
  int failure = 0;
  while (!bytes.empty() && failure == 0) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      failure = errno;
    }
  }
  if (close(file) != 0 && failure == 0) failure = errno;
  if (failure != 0) {
    part.Discard();
    return Fail(ErrorFromErrno(failure, path + ": cannot be written"));
  }
  return part.Commit();
}

Result<void> MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0) return {};
  const int number = errno;
  struct stat existing {};
  const bool is_there = number == EEXIST && stat(path.c_str(), &existing) == 0;
  if (is_there && S_ISDIR(existing.st_mode)) return {};
  if (is_there) return Fail(ErrorCode::kAlreadyExists, path + ": must be a folder, is a file");
  return Fail(ErrorFromErrno(number, path + ": the folder cannot be made"));
}

std::string SixDigits(std::int64_t number) {
  const std::string digits = std::to_string(number);
  return digits.size() < 6 ? std::string(6 - digits.size(), '0') + digits : digits;
}

std::string Extension(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  const std::size_t dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return {};
  std::string extension = path.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

}  // namespace retinue::gst
