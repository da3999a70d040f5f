#pragma once

// ResultFormat: how the results of frames become text. JSON Lines, MOT, CSV and
// COCO differ only here; result_file.h puts any of them into a file that one or
// several streams share.
//
// Common to all of them:
//   * Coordinates are pixels of the upright frame, top left origin, written to
//     1/100 pixel (COCO: 1/1000); scores to 1/10000 (COCO: 1/100000). Trailing
//     zeros are left out; the decimal sign is a point whatever the locale.
//   * An object with a box or score that is not a finite number within ±1e9 is
//     left out and counted (ResultOutput::left_out()): NaN never gets into a file.
//   * A class without a name is written as its number.
//   * Memory: a formatter allocates when it is made. AppendFrame allocates only
//     while the string it appends to grows, so not at all in the steady state.
//
// Threads: a ResultFormat is immutable, any thread may use it. A FrameFormatter
// belongs to one stream and one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/io/stream.h"
#include "retinue/results/results.h"

namespace retinue {

/// Writes the frames of one stream.
class FrameFormatter {
 public:
  virtual ~FrameFormatter() = default;

  /// Appends one frame: nothing, one record or several, each complete and
  /// joined by the format's separator().
  ///
  /// @return How many objects were left out because a number was not finite.
  virtual int AppendFrame(const FrameResult& result, std::string& out) const = 0;
};

/// One text format.
class ResultFormat {
 public:
  virtual ~ResultFormat() = default;

  /// What the format is called in messages: `MOT`.
  virtual std::string_view name() const = 0;
  /// At the start of a file; may be empty.
  virtual std::string_view head() const { return {}; }
  /// Between the chunks that AppendFrame makes; empty for formats of lines.
  virtual std::string_view separator() const { return {}; }
  /// At the end of a file; may be empty.
  virtual std::string_view tail() const { return {}; }
  /// False when records do not say which stream they belong to, so that a file
  /// can hold one stream only.
  virtual bool TakesSeveralStreams() const { return true; }

  /// @param stream  Copied as far as needed.
  /// @param place   The stream's place among those of the file, from 0.
  virtual std::unique_ptr<FrameFormatter> ForStream(const StreamInfo& stream,
                                                    int place) const = 0;
};

/// JSON Lines, one object a frame, also for frames without objects:
/// `{"v":1,"stream":"a.mp4","frame":0,"pts_ns":0,"width":1280,"height":720,
/// "objects":[{"id":3,"label":"person","class":0,"score":0.913,"box":[x,y,w,h]}]}`
///
/// `id` is there only for tracked objects. `pts_ns` is null when the frame has no
/// time. The schema is docs/schema/results.v1.schema.json; ParseResultLine
/// (result_line.h) reads it.
std::unique_ptr<ResultFormat> JsonLinesFormat();

/// Which objects a MOT file gets.
enum class MotRows {
  kTracked,     ///< After a tracker: only objects with an id.
  kDetections,  ///< Without one: every object, id -1.
};

/// MOT challenge text, one line an object:
/// `frame,id,left,top,width,height,score,class,-1,-1`.
///
/// Frames count from 1 (JSON: from 0). Left and top are as everywhere in
/// retinue, with the corner of the picture at 0, 0. The class is the model's class
/// number, from 0. Lines do not name their stream: one stream a file.
/// @source Leal-Taixé et al., MOTChallenge 2015, section 3 (arXiv:1504.01942);
///         columns 7 to 10 as in cli.md.
std::unique_ptr<ResultFormat> MotFormat(MotRows rows);

/// Comma separated values with a header line, one line an object:
/// `stream,frame,pts,x_min,y_min,x_max,y_max,class_id,class_name,confidence,tracker_id`.
///
/// `frame` counts from 0; `pts` is in seconds, exact to the nanosecond and empty
/// when unknown; `tracker_id` is empty without a track. Lines end in LF.
/// @source Quoting: RFC 4180; a plain LF is what csv readers and diff agree on.
std::unique_ptr<ResultFormat> CsvFormat();

/// A COCO results list: `[{"image_id":139,"category_id":1,"bbox":[x,y,w,h],
/// "score":0.91342}, …]`, one object a line.
///
/// `category_id`: for a model with the 80 names of COCO in their usual order (the
/// spellings of COCO or of Darknet) the 91-based id of COCO's annotations; for any
/// other model its own class number, from 0.
/// `image_id`: of a still picture whose file name is a number
/// (`000000000139.jpg`) that number; otherwise 1 000 000 · place + frame + 1, so
/// one video counts from 1, and several streams never share a number whichever
/// of them is written first.
/// @source https://cocodataset.org/#format-results; ids as in instances_val2017.json
std::unique_ptr<ResultFormat> CocoFormat();

}  // namespace retinue
