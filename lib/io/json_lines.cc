#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/io/format_objects.h"
#include "retinue/io/result_format.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

using internal::AppendBox;
using internal::AppendMaskObject;
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
    int left_out = AppendAll(result, result.objects, out);
    out += ']';
    if (!result.classes.empty()) AppendClasses(result, out);
    if (result.landmark_count > 0 || !result.faces.empty()) {
      out += ",\"faces\":[";
      left_out += AppendAll(result, result.faces, out);
      out += ']';
    }
    out += "}\n";
    return left_out;
  }

 private:
  static void AppendClass(int class_id, std::string_view name, std::string& out) {
    out += "\"label\":";
    AppendJsonString(name, out);
    out += ",\"class\":";
    AppendInteger(class_id, out);
  }

  // @return How many were left out for their numbers.
  template <typename T>
  int AppendAll(const FrameResult& result, const std::vector<T>& items, std::string& out) const {
    int left_out = 0;
    bool is_first = true;
    for (const T& item : items) {
      if (!HasFiniteNumbers(result, item)) {
        ++left_out;
        continue;
      }
      if (!is_first) out += ',';
      is_first = false;
      Append(result, item, out);
    }
    return left_out;
  }

  // ,"NAME":[[x,y,THIRD],…] or nothing.
  template <typename T>
  static void AppendPoints(std::string_view name, std::span<const T> points, float T::*third,
                           int decimals, std::string& out) {
    if (points.empty()) return;
    out += ",\"";
    out += name;
    out += "\":[";
    for (const T& point : points) {
      out += &point == points.data() ? "[" : ",[";
      AppendDecimal(point.x, 2, out);
      out += ',';
      AppendDecimal(point.y, 2, out);
      out += ',';
      AppendDecimal(point.*third, decimals, out);
      out += ']';
    }
    out += ']';
  }

  void AppendClassOf(int class_id, std::string& out) const {
    if (const std::string* text = classes_.Find(class_id)) {
      out += *text;
    } else {
      AppendClass(class_id, std::to_string(class_id), out);
    }
  }

  void AppendClasses(const FrameResult& result, std::string& out) const {
    out += ",\"classes\":[";
    for (const ClassScore& one : result.classes) {
      if (&one != result.classes.data()) out += ',';
      out += '{';
      AppendClassOf(one.class_id, out);
      out += ",\"score\":";
      AppendDecimal(one.score, 4, out);
      out += '}';
    }
    out += ']';
  }

  void Append(const FrameResult& result, const Detection& object, std::string& out) const {
    out += '{';
    if (object.track_id != kNoTrack) {
      out += "\"id\":";
      AppendInteger(object.track_id, out);
      out += ',';
    }
    AppendClassOf(object.class_id, out);
    out += ",\"score\":";
    AppendDecimal(object.score, 4, out);
    out += ",\"box\":[";
    AppendBox(object.box, 2, out);
    out += ']';
    AppendDetails(result, object, out);
    out += '}';
  }

  static void Append(const FrameResult& result, const Face& face, std::string& out) {
    out += '{';
    if (face.id != kNoTrack) {
      out += "\"id\":";
      AppendInteger(face.id, out);
      out += ',';
    }
    out += "\"score\":";
    AppendDecimal(face.score, 4, out);
    out += ",\"box\":[";
    AppendBox(face.box, 2, out);
    out += ']';
    const auto landmarks = result.LandmarksOf(face);
    if (landmarks.empty()) {
      out += '}';
      return;
    }
    AppendPoints("landmarks", landmarks, &Landmark::z, 2, out);
    const std::pair<const char*, float> numbers[] = {
        {"yaw", face.yaw},             {"pitch", face.pitch},         {"roll", face.roll},
        {"mouth_open", face.mouth_open}, {"leye_open", face.leye_open},
        {"reye_open", face.reye_open}, {"smile", face.smile}};
    for (const auto& [name, value] : numbers) {
      out += ",\"";
      out += name;
      out += "\":";
      AppendDecimal(value, 2, out);
    }
    out += '}';
  }

  static void AppendDetails(const FrameResult& result, const Detection& object,
                            std::string& out) {
    AppendPoints("keypoints", result.KeypointsOf(object), &Keypoint::score, 4, out);
    if (const auto mask = result.MaskOf(object); !mask.empty()) {
      out += ",\"mask\":";
      AppendMaskObject(mask, result.size, out);
    }
    if (const Region* turned = result.TurnedOf(object)) {
      out += ",\"obb\":[";
      for (const float side : {turned->center.x, turned->center.y, turned->width,
                               turned->height}) {
        AppendDecimal(side, 2, out);
        out += ',';
      }
      AppendDecimal(turned->angle_rad, 4, out);
      out += ']';
    }
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
