#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "lib/io/format_objects.h"
#include "retinue/io/file_names.h"
#include "retinue/io/result_format.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

struct CocoClass {
  std::string_view name;
  int category_id;
  std::string_view darknet_name = {};  // where Darknet's list spells it differently
};

// @source categories of instances_val2017.json; Darknet, data/coco.names
constexpr std::array<CocoClass, 80> kCocoClasses = {{
    {"person", 1},        {"bicycle", 2},
    {"car", 3},           {"motorcycle", 4, "motorbike"},
    {"airplane", 5, "aeroplane"}, {"bus", 6},
    {"train", 7},         {"truck", 8},
    {"boat", 9},          {"traffic light", 10},
    {"fire hydrant", 11}, {"stop sign", 13},
    {"parking meter", 14}, {"bench", 15},
    {"bird", 16},         {"cat", 17},
    {"dog", 18},          {"horse", 19},
    {"sheep", 20},        {"cow", 21},
    {"elephant", 22},     {"bear", 23},
    {"zebra", 24},        {"giraffe", 25},
    {"backpack", 27},     {"umbrella", 28},
    {"handbag", 31},      {"tie", 32},
    {"suitcase", 33},     {"frisbee", 34},
    {"skis", 35},         {"snowboard", 36},
    {"sports ball", 37},  {"kite", 38},
    {"baseball bat", 39}, {"baseball glove", 40},
    {"skateboard", 41},   {"surfboard", 42},
    {"tennis racket", 43}, {"bottle", 44},
    {"wine glass", 46},   {"cup", 47},
    {"fork", 48},         {"knife", 49},
    {"spoon", 50},        {"bowl", 51},
    {"banana", 52},       {"apple", 53},
    {"sandwich", 54},     {"orange", 55},
    {"broccoli", 56},     {"carrot", 57},
    {"hot dog", 58},      {"pizza", 59},
    {"donut", 60},        {"cake", 61},
    {"chair", 62},        {"couch", 63, "sofa"},
    {"potted plant", 64, "pottedplant"}, {"bed", 65},
    {"dining table", 67, "diningtable"}, {"toilet", 70},
    {"tv", 72, "tvmonitor"}, {"laptop", 73},
    {"mouse", 74},        {"remote", 75},
    {"keyboard", 76},     {"cell phone", 77},
    {"microwave", 78},    {"oven", 79},
    {"toaster", 80},      {"sink", 81},
    {"refrigerator", 82}, {"book", 84},
    {"clock", 85},        {"vase", 86},
    {"scissors", 87},     {"teddy bear", 88},
    {"hair drier", 89},   {"toothbrush", 90},
}};

bool HasCocoNames(const StreamInfo& stream) {
  return std::equal(stream.class_names.begin(), stream.class_names.end(), kCocoClasses.begin(),
                    kCocoClasses.end(), [](const std::string& name, const CocoClass& known) {
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
      if (!internal::HasFiniteNumbers(object)) {
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
      out += "],\"score\":";
      AppendDecimal(object.score, 5, out);
      out += '}';
    }
    return left_out;
  }

 private:
  int CategoryOf(int class_id) const {
    const auto index = static_cast<std::size_t>(class_id);
    return has_coco_names_ && class_id >= 0 && index < kCocoClasses.size()
               ? kCocoClasses[index].category_id
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
