#include <string>

#include "lib/io/format_objects.h"
#include "retinue/io/result_format.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

class CsvFormatter final : public FrameFormatter {
 public:
  explicit CsvFormatter(const StreamInfo& stream)
      : classes_(stream, [](int, std::string_view name, std::string& out) {
          AppendCsvField(name, out);
        }) {
    AppendCsvField(stream.name, start_);
    start_ += ',';
  }

  int AppendFrame(const FrameResult& result, std::string& out) const override {
    int left_out = 0;
    for (const Detection& object : result.objects) {
      if (!internal::HasFiniteNumbers(object)) {
        ++left_out;
        continue;
      }
      out += start_;
      AppendInteger(result.frame, out);
      out += ',';
      AppendSeconds(result.pts, out);
      out += ',';
      AppendObject(object, out);
    }
    return left_out;
  }

 private:
  void AppendObject(const Detection& object, std::string& out) const {
    for (const float edge : {object.box.x, object.box.y, object.box.right(),
                             object.box.bottom()}) {
      AppendDecimal(edge, 2, out);
      out += ',';
    }
    AppendInteger(object.class_id, out);
    out += ',';
    if (const std::string* name = classes_.Find(object.class_id)) {
      out += *name;
    } else {
      AppendInteger(object.class_id, out);
    }
    out += ',';
    AppendDecimal(object.score, 4, out);
    out += ',';
    if (object.track_id != kNoTrack) AppendInteger(object.track_id, out);
    out += '\n';
  }

  std::string start_;
  internal::ClassTexts classes_;
};

class Csv final : public ResultFormat {
 public:
  std::string_view name() const override { return "CSV"; }
  std::string_view head() const override {
    return "stream,frame,pts,x_min,y_min,x_max,y_max,class_id,class_name,confidence,tracker_id\n";
  }
  std::unique_ptr<FrameFormatter> ForStream(const StreamInfo& stream, int) const override {
    return std::make_unique<CsvFormatter>(stream);
  }
};

}  // namespace

std::unique_ptr<ResultFormat> CsvFormat() { return std::make_unique<Csv>(); }

}  // namespace retinue
