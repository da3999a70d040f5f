#pragma once

// ResultOutput: one place of a run, a file or a folder, that gets the results of
// one stream or of several. Each stream takes a Sink of its own from it:
//
//   auto json = ResultFile::Create(std::move(bytes), JsonLinesFormat());
//   for each source:  sinks.push_back(*json->NewSink(name));   // in the sources' order
//   run the streams, on one thread or on several
//   sinks.clear();
//   Result<void> whole = json->Close();                     // once, at the end
//
// For one stream with a file of its own NewResultWriter() is shorter: its Finish
// is the Close.
//
// Threads: NewSink and Close from one thread at a time; the sinks each on their
// stream's thread, at the same time as others. A mutex in the output keeps
// frames whole: their lines never interleave, and a stream's frames stay in
// order. Between streams the order is that of arrival.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/io/byte_sink_factory.h"
#include "retinue/io/bytes.h"
#include "retinue/io/file_names.h"
#include "retinue/io/result_format.h"
#include "retinue/io/stream.h"
#include "retinue/io/text.h"

namespace retinue {

/// Where the results of a run go. Must outlive the sinks it made.
class ResultOutput {
 public:
  virtual ~ResultOutput() = default;

  /// A sink for the next stream, which asks for no picture. Its place is the
  /// number of sinks made before: call it in the order of the sources, so that
  /// numbers and file names never depend on which stream starts first.
  /// Finish of the sink reports an error that a Write met; it does not close.
  ///
  /// @param stream_name  As StreamInfo::name; files in a folder are named after it.
  /// @error kInvalidArgument  The format takes one stream only and has it.
  virtual Result<std::unique_ptr<Sink>> NewSink(std::string_view stream_name) = 0;

  /// Completes the output, also after an interruption: everything written so far
  /// becomes a whole file. Call once, when no sink writes any more. After a
  /// failed Write it returns that error again, and the file does not get its final name.
  ///
  /// @error As ByteSink::Write and Commit.
  virtual Result<void> Close() = 0;

  /// Objects that were not written because a number in them was not finite.
  virtual std::int64_t left_out() const = 0;
};

/// All streams in one file, in any ResultFormat.
class ResultFile final : public ResultOutput {
 public:
  static std::unique_ptr<ResultFile> Create(std::unique_ptr<ByteSink> bytes,
                                            std::unique_ptr<ResultFormat> format);

  Result<std::unique_ptr<Sink>> NewSink(std::string_view stream_name) override;
  Result<void> Close() override;
  std::int64_t left_out() const override { return left_out_.load(std::memory_order_relaxed); }

 private:
  class StreamSink;
  ResultFile(std::unique_ptr<ByteSink> bytes, std::unique_ptr<ResultFormat> format);
  Result<void> WriteChunk(std::string_view chunk);
  Result<void> WriteLocked(std::string_view bytes);

  std::unique_ptr<ByteSink> bytes_;
  std::unique_ptr<ResultFormat> format_;
  std::atomic<std::int64_t> left_out_{0};
  std::mutex mutex_;  // guards all below, and bytes_
  std::optional<Error> failure_;
  bool has_head_ = false;
  bool has_records_ = false;
  int places_ = 0;
};

/// A sink for one stream with a file of its own: Finish completes the file.
/// A finished stream of no frames leaves a file with head and tail only.
std::unique_ptr<Sink> NewResultWriter(std::unique_ptr<ByteSink> bytes,
                                      std::unique_ptr<ResultFormat> format);

/// What YOLO text lines carry after class and box.
struct YoloTxtOptions {
  bool with_score = true;  ///< `conf`: the detector's score.
  bool with_id = true;     ///< `id`, only of tracked objects and only after a score.
};

/// YOLO text: a file a frame, a line an object: `class cx cy w h [conf] [id]`,
/// centre and size as fractions of the picture with six decimals. What the model's task adds
/// stands as YOLO's tools write it: `x y score` of each keypoint behind the box; the outline of a
/// mask's largest part, or the four corners of an oriented box, in place of the box; of a
/// classifier lines `score name`.
///
/// A still picture `bus.jpg` gives `bus.txt`, frame 0 of `a.mp4` gives `a_1.txt`:
/// like YOLO's own tools the names count from 1. A frame without objects gives an
/// empty file, so a second run never leaves lines of the first. Streams whose
/// names make the same stem (`x/a.mp4`, `y/a.mp4`) get `a`, `a-2`, `a-3` … in the
/// order of NewSink. Opening files allocates; formatting does not.
/// @source https://docs.ultralytics.com/datasets/detect/ (lines), save_txt (names)
class YoloTxtFolder final : public ResultOutput {
 public:
  static std::unique_ptr<YoloTxtFolder> Create(std::unique_ptr<ByteSinkFactory> folder,
                                               const YoloTxtOptions& options = {});

  Result<std::unique_ptr<Sink>> NewSink(std::string_view stream_name) override;
  Result<void> Close() override;
  std::int64_t left_out() const override { return left_out_.load(std::memory_order_relaxed); }

 private:
  class StreamSink;
  YoloTxtFolder(std::unique_ptr<ByteSinkFactory> folder, const YoloTxtOptions& options);

  std::unique_ptr<ByteSinkFactory> folder_;
  YoloTxtOptions options_;
  UniqueNames names_;
  std::atomic<std::int64_t> left_out_{0};
  std::mutex mutex_;
  std::optional<Error> failure_;  // guarded by mutex_
};

}  // namespace retinue
