#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "lib/eval/text_line.h"
#include "lib/eval/xml_scanner.h"
#include "retinue/eval/face_labels.h"

namespace retinue {
namespace {

using internal::BadLine;
using internal::Shown;
using internal::XmlEvent;

constexpr double kFar = 1e7;

// Where an element counts: within those before it.
constexpr std::array<std::string_view, 5> kPath = {"dataset", "images", "image", "box", "part"};

class DlibReader {
 public:
  DlibReader(std::string_view text, const LabelLimits& limits) : scanner_(text), limits_(limits) {
    labels_.categories.push_back({0, "face"});
  }

  Result<LabelledImages> Read() {
    bool has_images = false;
    while (true) {
      RETINUE_ASSIGN_OR_RETURN(const XmlEvent event, scanner_.Next());
      if (event.kind == XmlEvent::Kind::kEnd) break;
      if (event.kind == XmlEvent::Kind::kClose) {
        known_ = std::min(known_, --depth_);
        continue;
      }
      const bool is_known =
          known_ == depth_ && depth_ < kPath.size() && event.name == kPath[depth_];
      ++depth_;
      if (!is_known) continue;
      known_ = depth_;
      if (event.name == "images") has_images = true;
      if (event.name == "image") RETINUE_RETURN_IF_ERROR(AddImage(event));
      if (event.name == "box") RETINUE_RETURN_IF_ERROR(AddBox(event));
      if (event.name == "part") RETINUE_RETURN_IF_ERROR(AddPart(event));
    }
    if (!has_images) return Fail(ErrorCode::kDataLoss, "expected a <dataset> with <images>");
    return std::move(labels_);
  }

 private:
  tl::unexpected<Error> Bad(const std::string& what, ErrorCode code = ErrorCode::kDataLoss) const {
    return BadLine(scanner_.line(), what, code);
  }

  Result<double> Number(const XmlEvent& event, std::string_view attribute) const {
    const std::string* text = event.Find(attribute);
    const auto number = text == nullptr ? std::nullopt : internal::NumberFrom(*text);
    if (number && std::abs(*number) <= kFar) return *number;
    return Bad("expected a number as '" + std::string(attribute) + "' of <" +
               std::string(event.name) + ">, got " + (text == nullptr ? "none" : Shown(*text)));
  }

  Result<int> Side(const XmlEvent& event, std::string_view attribute) const {
    RETINUE_ASSIGN_OR_RETURN(const double side, Number(event, attribute));
    if (side >= 1 && side <= limits_.max_side && side == std::floor(side)) {
      return static_cast<int>(side);
    }
    return Bad("expected a whole number from 1 to " + std::to_string(limits_.max_side) + " as '" +
               std::string(attribute) + "' of <image>, got " + Shown(*event.Find(attribute)));
  }

  Result<void> AddImage(const XmlEvent& event) {
    const std::string* file = event.Find("file");
    if (file == nullptr) return Bad("expected a 'file' of <image>, got none");
    if (labels_.images.size() == limits_.max_images) {
      return Bad("expected at most " + std::to_string(limits_.max_images) + " images",
                 ErrorCode::kResourceExhausted);
    }
    LabelledImage image;
    image.id = static_cast<std::int64_t>(labels_.images.size());
    image.file_name = *file;
    if (event.Find("width") != nullptr || event.Find("height") != nullptr) {
      RETINUE_ASSIGN_OR_RETURN(image.size.width, Side(event, "width"));
      RETINUE_ASSIGN_OR_RETURN(image.size.height, Side(event, "height"));
    }
    labels_.images.push_back(std::move(image));
    return {};
  }

  // Faces and their points; a point costs memory whether it is listed or below one that is.
  Result<void> Count(std::size_t more) {
    count_ += more;
    if (count_ <= limits_.max_objects) return {};
    return Bad("expected at most " + std::to_string(limits_.max_objects) + " faces and points",
               ErrorCode::kResourceExhausted);
  }

  Result<void> AddBox(const XmlEvent& event) {
    RETINUE_RETURN_IF_ERROR(Count(1));
    EvalObject face;
    RETINUE_ASSIGN_OR_RETURN(face.box.x, Number(event, "left"));
    RETINUE_ASSIGN_OR_RETURN(face.box.y, Number(event, "top"));
    RETINUE_ASSIGN_OR_RETURN(face.box.width, Number(event, "width"));
    RETINUE_ASSIGN_OR_RETURN(face.box.height, Number(event, "height"));
    if (face.box.width < 0 || face.box.height < 0) {
      return Bad("expected a width and height of <box> that are not negative");
    }
    face.area = face.box.width * face.box.height;
    const std::string* ignore = event.Find("ignore");
    face.is_crowd = ignore != nullptr && (*ignore == "1" || *ignore == "true");
    labels_.images.back().objects.push_back(std::move(face));
    return {};
  }

  Result<void> AddPart(const XmlEvent& event) {
    RETINUE_ASSIGN_OR_RETURN(const double name, Number(event, "name"));
    if (name < 0 || name != std::floor(name) || name >= static_cast<double>(limits_.max_corners)) {
      return Bad("expected a whole number below " + std::to_string(limits_.max_corners) +
                 " as 'name' of <part>, got " + Shown(*event.Find("name")));
    }
    std::vector<EvalPoint>& points = labels_.images.back().objects.back().keypoints;
    const auto index = static_cast<std::size_t>(name);
    if (index >= points.size()) {
      RETINUE_RETURN_IF_ERROR(Count(index + 1 - points.size()));
      points.resize(index + 1, {0, 0, false});
    }
    if (points[index].is_labelled) {
      return Bad("expected each part once, got " + Shown(*event.Find("name")) + " again");
    }
    RETINUE_ASSIGN_OR_RETURN(points[index].x, Number(event, "x"));
    RETINUE_ASSIGN_OR_RETURN(points[index].y, Number(event, "y"));
    points[index].is_labelled = true;
    labels_.has_keypoints = true;
    return {};
  }

  internal::XmlScanner scanner_;
  const LabelLimits& limits_;
  LabelledImages labels_;
  std::size_t depth_ = 0;  // elements that are open
  std::size_t known_ = 0;  // of these, from the outside, those that are of kPath
  std::size_t count_ = 0;
};

}  // namespace

Result<LabelledImages> ParseDlibLabels(std::string_view xml, const LabelLimits& limits) {
  RETINUE_RETURN_IF_ERROR(internal::CheckBytes(xml, limits.max_bytes));
  return DlibReader(xml, limits).Read();
}

}  // namespace retinue
