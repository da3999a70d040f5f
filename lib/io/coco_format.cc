#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>

#include "lib/io/format_objects.h"
#include "retinue/io/file_names.h"
#include "retinue/io/result_format.h"
#include "retinue/io/text.h"
#include "retinue/results/coco_classes.h"

namespace retinue {
namespace {

bool HasCocoNames(const StreamInfo& stream) {
  const std::span<const CocoClass> coco = CocoClasses();
  return std::equal(stream.class_names.begin(), stream.class_names.end(), coco.begin(), coco.end(),
                    [](const std::string& name, const CocoClass& known) {
                      return name == known.name ||
                             (!known.darknet_name.empty() && name == known.darknet_name);
                    });
}

// The number that a still picture's file name is, e.g. 139 of
// `val2017/000000000139.jpg`.
std::optional<std::int64_t> NumberOfPicture(const StreamInfo& stream) {
  if (!stream.is_image) return std::nullopt;
  const std::string stem = FileStem(stream.name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (error != std::errc() || end != stem.data() + stem.size() || number < 0) return std::nullopt;
  return number;
}

constexpr std::int64_t kIdsPerStream = 1'000'000;

class CocoFormatter final : public FrameFormatter {
 public:
  CocoFormatter(const StreamInfo& stream, int place)
      : has_coco_names_(HasCocoNames(stream)),
        picture_(NumberOfPicture(stream)),
        first_id_(place * kIdsPerStream + 1) {}

  int AppendFrame(const FrameResult& result, std::string& out) const override {
    int left_out = 0;
    bool is_first = true;
    for (const Detection& object : result.objects) {
      if (!internal::HasFiniteNumbers(result, object)) {
        ++left_out;
        continue;
      }
      if (!is_first) out += ",\n";
      is_first = false;
      out += "{\"image_id\":";
      AppendInteger(picture_.value_or(first_id_ + result.frame), out);
      out += ",\"category_id\":";
      AppendInteger(CategoryOf(object.class_id), out);
      out += ",\"bbox\":[";
      internal::AppendBox(object.box, 3, out);
      out += ']';
      AppendDetails(result, object, out);
      out += ",\"score\":";
      AppendDecimal(object.score, 5, out);
      out += '}';
    }
    return left_out;
  }

 private:
  static void AppendDetails(const FrameResult& result, const Detection& object,
                            std::string& out) {
    const auto keypoints = result.KeypointsOf(object);
    for (const Keypoint& keypoint : keypoints) {
      out += &keypoint == keypoints.data() ? ",\"keypoints\":[" : ",";
      AppendDecimal(keypoint.x, 3, out);
      out += ',';
      AppendDecimal(keypoint.y, 3, out);
      out += ',';
      AppendDecimal(keypoint.score, 4, out);
    }
    if (!keypoints.empty()) out += ']';
    if (const auto mask = result.MaskOf(object); !mask.empty()) {
      out += ",\"segmentation\":";
      internal::AppendMaskObject(mask, result.size, out);
    }
  }

  int CategoryOf(int class_id) const {
    const auto index = static_cast<std::size_t>(class_id);
    return has_coco_names_ && class_id >= 0 && index < CocoClasses().size()
               ? CocoClasses()[index].category_id
               : class_id;
  }

  bool has_coco_names_;
  std::optional<std::int64_t> picture_;
  std::int64_t first_id_;
};

class Coco final : public ResultFormat {
 public:
  std::string_view name() const override { return "COCO"; }
  std::string_view head() const override { return "[\n"; }
  std::string_view separator() const override { return ",\n"; }
  std::string_view tail() const override { return "\n]\n"; }
  std::unique_ptr<FrameFormatter> ForStream(const StreamInfo& stream, int place) const override {
    return std::make_unique<CocoFormatter>(stream, place);
  }
};

}  // namespace

std::unique_ptr<ResultFormat> CocoFormat() { return std::make_unique<Coco>(); }

}  // namespace retinue
