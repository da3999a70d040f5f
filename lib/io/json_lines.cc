#include <string>

#include "lib/io/format_objects.h"
#include "retinue/io/result_format.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

using internal::AppendBox;
using internal::ClassTexts;
using internal::HasFiniteNumbers;

class JsonLinesFormatter final : public FrameFormatter {
 public:
  explicit JsonLinesFormatter(const StreamInfo& stream)
      : classes_(stream, [](int class_id, std::string_view name, std::string& out) {
          AppendClass(class_id, name, out);
        }) {
    start_ = "{\"v\":1,\"stream\":";
    AppendJsonString(stream.name, start_);
    start_ += ",\"frame\":";
  }

  int AppendFrame(const FrameResult& result, std::string& out) const override {
    out += start_;
    AppendInteger(result.frame, out);
    out += ",\"pts_ns\":";
    if (result.pts == kNoTime) {
      out += "null";
    } else {
      AppendInteger(result.pts.count(), out);
    }
    out += ",\"width\":";
    AppendInteger(result.size.width, out);
    out += ",\"height\":";
    AppendInteger(result.size.height, out);
    out += ",\"objects\":[";
    int left_out = 0;
    bool is_first = true;
    for (const Detection& object : result.objects) {
      if (!HasFiniteNumbers(object)) {
        ++left_out;
        continue;
      }
      if (!is_first) out += ',';
      is_first = false;
      AppendObject(object, out);
    }
    out += "]}\n";
    return left_out;
  }

 private:
  static void AppendClass(int class_id, std::string_view name, std::string& out) {
    out += "\"label\":";
    AppendJsonString(name, out);
    out += ",\"class\":";
    AppendInteger(class_id, out);
  }

  void AppendObject(const Detection& object, std::string& out) const {
    out += '{';
    if (object.track_id != kNoTrack) {
      out += "\"id\":";
      AppendInteger(object.track_id, out);
      out += ',';
    }
    if (const std::string* text = classes_.Find(object.class_id)) {
      out += *text;
    } else {
      out += "\"label\":\"";
      AppendInteger(object.class_id, out);
      out += "\",\"class\":";
      AppendInteger(object.class_id, out);
    }
    out += ",\"score\":";
    AppendDecimal(object.score, 4, out);
    out += ",\"box\":[";
    AppendBox(object.box, 2, out);
    out += "]}";
  }

  std::string start_;
  ClassTexts classes_;
};

class JsonLines final : public ResultFormat {
 public:
  std::string_view name() const override { return "JSON Lines"; }
  std::unique_ptr<FrameFormatter> ForStream(const StreamInfo& stream, int) const override {
    return std::make_unique<JsonLinesFormatter>(stream);
  }
};

}  // namespace

std::unique_ptr<ResultFormat> JsonLinesFormat() { return std::make_unique<JsonLines>(); }

}  // namespace retinue
