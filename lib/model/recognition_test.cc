// Which models DescribeModel understands and which it refuses, as tables.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lib/model/test_models.h"
#include "retinue/heads/head.h"
#include "retinue/model/manifest.h"
#include "retinue/model/model_spec.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using testing::Io;
using testing::kAny;
using testing::Names;
using testing::Yolov8n;

struct RefusedCase {
  const char* name;
  ModelIo io;
  const char* sentence;
  ErrorCode code = ErrorCode::kUnsupported;
  const char* head = "";
};

class Refused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, SaysWhatItIsAndWhatWasSeen) {
  const auto spec =
      DescribeModel(GetParam().io, nullptr, {.imgsz = {}, .head = GetParam().head, .names = ""});
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, GetParam().code);
  EXPECT_THAT(spec.error().message, HasSubstr(GetParam().sentence));
}

ModelIo WithType(ModelIo io, std::size_t output, ElementType type) {
  io.outputs[output].type = type;
  return io;
}

ModelIo WithInput(ModelIo io, const char* name, Shape shape) {
  io.inputs.push_back({name, ElementType::kF32, shape});
  return io;
}

constexpr ErrorCode kUserIsWrong = ErrorCode::kInvalidArgument;

// Shapes of real exports: tests' data (../shared/data/models) and the exporters' documentation.
INSTANTIATE_TEST_SUITE_P(
    Models, Refused,
    ::testing::Values(
        // What cannot be told without a word of the user.
        RefusedCase{"PoseWithoutTask", Io({1, 3, 640, 640}, {{1, 56, 8400}},
                                          {{"names", "{0: 'person'}"}}),
                    "1 class names must have an output [1, 5, N]", ErrorCode::kDataLoss},
        RefusedCase{"ObbWithoutTask", Io({1, 3, 1024, 1024}, {{1, 20, 21504}},
                                         {{"names", Names(15)}}),
                    "an angle (a manifest with head.angle)"},
        RefusedCase{"ClassifyWithoutTask", Io({1, 3, 224, 224}, {{1, 1000}}),
                    "head=classify settles it"},
        RefusedCase{"EndToEndWithoutMetadata", Io({1, 3, 640, 640}, {{1, 300, 6}}),
                    "head=yolo_end2end and names=FILE"},
        RefusedCase{"EndToEndWithoutNames", Io({1, 3, 640, 640}, {{1, 300, 6}},
                                               {{"task", "detect"}, {"end2end", "True"}}),
                    "names=FILE with one name for each settles it"},
        RefusedCase{"EndToEndOfOpenSize", Io({1, 3, 640, 640}, {{1, kAny, 6}},
                                             {{"task", "detect"}, {"names", Names(2)}}),
                    "may be an end-to-end head"},
        RefusedCase{"RtDetrOfUltralytics", Io({1, 3, 640, 640}, {{1, 300, 84}},
                                              {{"task", "detect"}, {"names", Names(80)}}),
                    "head=detr settles it for RT-DETR"},
        RefusedCase{"RtDetr", Io({1, 3, 640, 640}, {{1, 300, 80}, {1, 300, 4}}),
                    "head=detr (RT-DETR, D-FINE) or head=rfdetr (RF-DETR) settles it"},
        RefusedCase{"RfDetrWithOpenBatch",
                    Io({kAny, 3, 560, 560}, {{kAny, 300, 4}, {kAny, 300, 91}}),
                    "head=rfdetr"},
        RefusedCase{"YoloV4", Io({1, 416, 416, 3}, {{1, 10647, 4}, {1, 10647, 80}}),
                    "head=yolov4 settles it"},
        RefusedCase{"YoloV4Tiny", Io({1, 416, 416, 3}, {{1, 2535, 80}, {1, 2535, 4}}),
                    "head=yolov4 settles it"},
        RefusedCase{"YoloV5OfAnOddNumberOfClasses", Io({1, 3, 640, 640}, {{1, 25200, 57}}),
                    "head=yolov5 takes all columns behind the fifth"},
        RefusedCase{"YoloV5OfOpenSize",
                    Io({1, 3, kAny, kAny}, {{1, kAny, 85}}, {{"names", Names(80)}}),
                    "head=yolov5 for v5, v6 and v7"},
        RefusedCase{"YoloX", Io({1, 3, 416, 416}, {{1, 3549, 85}}),
                    "may be YOLOX (head=yolox), v6 (head=yolov5)"},
        RefusedCase{"YoloXWithNames",
                    Io({1, 3, 416, 416}, {{1, 3549, 85}}, {{"names", Names(80)}}),
                    "head=yolox for YOLOX"},
        RefusedCase{"NanoDetPlus", Io({1, 3, 320, 320}, {{1, 2125, 112}}), "[1, 2125, 112]"},
        RefusedCase{"SsdWithoutManifest", Io({1, 300, 300, 3}, {{1, 1917, 4}, {1, 1917, 24}}),
                    "a manifest with [head] other cases (SSD)"},
        // What the user says contradicts the model.
        RefusedCase{"YoloV5CalledYolo", Io({1, 3, 640, 640}, {{1, 25200, 85}}), "head=yolov5",
                    ErrorCode::kUnsupported, "yolo"},
        RefusedCase{"Yolov8CalledYoloX", Yolov8n(), "a YOLOX head must have an output",
                    kUserIsWrong, "yolox"},
        RefusedCase{"Yolov8CalledNanoDet", Yolov8n(), "[1, N, C + 32] of 8400 rows", kUserIsWrong,
                    "nanodet"},
        RefusedCase{"Yolov8CalledYoloV4", Yolov8n(), "must have two outputs", kUserIsWrong,
                    "yolov4"},
        RefusedCase{"Yolov8CalledClassify", Yolov8n(), "the output of a classifier must be [1, C]",
                    kUserIsWrong, "classify"},
        RefusedCase{"YoloXOfAnotherSize", Io({1, 3, 640, 640}, {{1, 3549, 85}}),
                    "8400 rows, one for each cell", kUserIsWrong, "yolox"},
        RefusedCase{"DetrWithTwoBoxes", Io({1, 3, 640, 640}, {{1, 300, 4}, {1, 300, 4}}),
                    "must be told from the scores", kUserIsWrong, "detr"},
        RefusedCase{"YoloXCalledDetr", Io({1, 3, 416, 416}, {{1, 3549, 85}}),
                    "[1, Q, 4 + C] with Q up to 2000", kUserIsWrong, "detr"},
        RefusedCase{"YoloV4CalledDetr", Io({1, 416, 416, 3}, {{1, 10647, 4}, {1, 10647, 80}}),
                    "must have up to 2000 queries", kUserIsWrong, "detr"},
        RefusedCase{"DetrOfUnequalLists", Io({1, 3, 640, 640}, {{1, 300, 4}, {1, 200, 80}}),
                    "must be boxes [1, N, 4] and scores [1, N, C]", kUserIsWrong, "detr"},
        RefusedCase{"Yolov8CalledSsd", Yolov8n(), "(an SSD needs a manifest), got 'ssd'",
                    kUserIsWrong, "ssd"},
        // Outputs and inputs that nothing reads.
        RefusedCase{"DetrWithPostProcessing",
                    WithInput(Io({1, 3, 640, 640}, {{1, 300}, {1, 300, 4}, {1, 300}}),
                              "orig_target_sizes", {1, 2}),
                    "does its post-processing inside"},
        RefusedCase{"TwoInputs", WithInput(Yolov8n(), "second", {1}),
                    "must have one input, the picture; the model has inputs images f32 "
                    "[1, 3, 640, 640], second f32 [1]; outputs output0 f32 [1, 84, 8400]"},
        RefusedCase{"FourOutputs",
                    Io({1, 3, 640, 640}, {{1, 25200, 85}, {1, 3, 80, 80, 85}, {1, 3, 40, 40, 85},
                                          {1, 3, 20, 20, 85}}),
                    "what the outputs mean must be known"},
        RefusedCase{"NanoDetWithoutDistances",
                    Io({1, 3, 320, 320}, {{1, 1600, 80}, {1, 400, 80}, {1, 100, 80}}),
                    "a manifest with [head] says it"},
        RefusedCase{"Text", Io({1, 77}, {{1, 512}}), "the input must be one picture"},
        RefusedCase{"FourChannels", Io({1, 4, 64, 64}, {{1, 84, 84}}), "one picture"},
        RefusedCase{"NoOutputs", Io({1, 3, 640, 640}, {}), "outputs none"},
        RefusedCase{"BatchOfFour", Io({4, 3, 640, 640}, {{4, 84, 8400}}, {{"names", Names(80)}}),
                    "the batch of the input must be 1 or open, one picture at a time, got 4"},
        RefusedCase{"PicturesOfIntegers",
                    [] {
                      ModelIo io = Yolov8n();
                      io.inputs[0].type = ElementType::kI64;
                      return io;
                    }(),
                    "the input must be of floats or bytes"},
        RefusedCase{"BoxesOfIntegers", WithType(Yolov8n(), 0, ElementType::kI64),
                    "the outputs that a head reads must be of floats"},
        RefusedCase{"PrototypesOfBytes",
                    WithType(Io({1, 3, 640, 640}, {{1, 116, 8400}, {1, 32, 160, 160}},
                                {{"task", "segment"}, {"names", Names(80)}}),
                             1, ElementType::kU8),
                    "must be of floats"},
        RefusedCase{"SegmentWithoutPrototypes", Io({1, 3, 640, 640}, {{1, 116, 8400}},
                                                   {{"task", "segment"}, {"names", Names(80)}}),
                    "must have an output with their prototypes"},
        RefusedCase{"PrototypesOfAnOddSize",
                    Io({1, 3, 640, 640}, {{1, 116, 8400}, {1, 32, 150, 150}},
                       {{"task", "segment"}, {"names", Names(80)}}),
                    "the input shrunk by a whole number"},
        RefusedCase{"PoseWithoutShape", Io({1, 3, 640, 640}, {{1, 56, 8400}},
                                           {{"task", "pose"}, {"names", "{0: 'person'}"}}),
                    "must have 'kpt_shape'", ErrorCode::kDataLoss},
        RefusedCase{"PoseOfAnotherShape",
                    Io({1, 3, 640, 640}, {{1, 56, 8400}},
                       {{"task", "pose"}, {"names", "{0: 'person'}"}, {"kpt_shape", "[21, 3]"}}),
                    "must have an output [1, 68, N]", ErrorCode::kDataLoss},
        // Metadata that contradicts itself or the tensors.
        RefusedCase{"TooFewNames", Io({1, 3, 640, 640}, {{1, 84, 8400}}, {{"names", Names(79)}}),
                    "one channel more than box and classes"},
        RefusedCase{"TooManyNames", Io({1, 3, 640, 640}, {{1, 84, 8400}}, {{"names", Names(81)}}),
                    "81 class names", ErrorCode::kDataLoss},
        RefusedCase{"YoloV5WithTooManyNames",
                    Io({1, 3, 640, 640}, {{1, 25200, 85}}, {{"names", Names(81)}}),
                    "[1, N, 5 + C] with C = 81", ErrorCode::kDataLoss},
        RefusedCase{"BrokenNames", Io({1, 3, 640, 640}, {{1, 84, 8400}}, {{"names", "{0: 'a"}}),
                    "the metadata's 'names': class names must have the closing quote",
                    ErrorCode::kDataLoss},
        RefusedCase{"BrokenKeypoints",
                    Io({1, 3, 640, 640}, {{1, 56, 8400}}, {{"kpt_shape", "[17, 4]"}}),
                    "'kpt_shape' must be [number of keypoints, 2 or 3], got '[17, 4]'",
                    ErrorCode::kDataLoss},
        RefusedCase{"BrokenStride", Io({1, 3, 640, 640}, {{1, 84, 8400}}, {{"stride", "0"}}),
                    "'stride' must be a number between 1 and 1024, got '0'", ErrorCode::kDataLoss},
        RefusedCase{"StrangeTask", Io({1, 3, 640, 640}, {{1, 84, 8400}}, {{"task", "dream"}}),
                    "got 'dream'"},
        RefusedCase{"SizeOffTheStride", Io({1, 3, 650, 650}, {{1, 84, 8400}},
                                           {{"names", Names(80)}}),
                    "multiple of the model's stride 32, got 650", ErrorCode::kDataLoss}),
    [](const auto& param) { return param.param.name; });

// --- what is understood --------------------------------------------------------------------

// The head, its classes and what else was worked out, as one line to compare.
struct HeadText {
  static std::string Of(const BoxExtra& extra) {
    if (const auto* k = std::get_if<KeypointColumns>(&extra)) {
      return " keypoints " + std::to_string(k->count) + (k->has_score ? "s" : "");
    }
    if (const auto* m = std::get_if<MaskColumns>(&extra)) {
      return " masks " + std::to_string(m->coefficients) + " of " +
             std::to_string(m->prototypes_output) + " /" + std::to_string(m->stride);
    }
    return std::holds_alternative<AngleColumn>(extra) ? " angle" : "";
  }
  static std::string Of(const std::vector<int>& list) {
    std::string text;
    for (const int value : list) text += (text.empty() ? "" : ",") + std::to_string(value);
    return text;
  }
  std::string operator()(const YoloSpec& s) const { return "yolo" + Of(s.extra); }
  std::string operator()(const YoloEnd2EndSpec& s) const { return "end2end" + Of(s.extra); }
  std::string operator()(const YoloV5Spec& s) const { return "v5" + Of(s.extra); }
  std::string operator()(const YoloXSpec& s) const { return "x strides " + Of(s.strides); }
  std::string operator()(const YoloV4Spec& s) const {
    return "v4 boxes " + std::to_string(s.boxes_output);
  }
  std::string operator()(const NanoDetSpec& s) const {
    return "nanodet scores " + Of(s.scores) + " distances " + Of(s.distances) + " strides " +
           Of(s.strides) + (s.cell_offset > 0 ? " centres" : " corners") + " bins " +
           std::to_string(s.bins);
  }
  std::string operator()(const BlazeSpec& s) const {
    return "blaze boxes " + std::to_string(s.boxes_output) + " scores " +
           std::to_string(s.scores_output) + " keypoints " + std::to_string(s.keypoints);
  }
  std::string operator()(const LandmarkSpec& s) const {
    return std::string(s.is_face ? "face " : "") + "landmarks " +
           std::to_string(s.landmarks_output) +
           (s.more_output >= 0 ? " and " + std::to_string(s.more_output) : "") + " presence " +
           std::to_string(s.presence_output) + " maps " + std::to_string(s.heatmap_output);
  }
  std::string operator()(const ForegroundSpec& s) const {
    return "foreground " + std::to_string(s.output);
  }
  std::string operator()(const DetrSpec& s) const {
    return "detr boxes " + std::to_string(s.boxes_output) + " logits " +
           std::to_string(s.logits_output) + (s.score == ScoreFunction::kNone ? " scores" : "");
  }
  std::string operator()(const SsdSpec&) const { return "ssd"; }
  std::string operator()(const ClassifySpec& s) const { return s.softmax ? "softmax" : "classify"; }
};

std::string InputText(const InputSpec& input) {
  const char* fits[] = {"letterbox", "top_left", "stretch", "crop", "warp"};
  const char* orders[] = {"rgb", "bgr", "gray"};
  char text[100];
  std::snprintf(text, sizeof text, "%dx%d %s %s %.4g %.4g", input.size.width, input.size.height,
                orders[static_cast<int>(input.order)], fits[static_cast<int>(input.fit)],
                static_cast<double>(input.scale[0] * 255), static_cast<double>(input.offset[0]));
  return text;
}

struct KnownCase {
  const char* name;
  ModelIo io;
  const char* head;
  Task task;
  int classes;
  const char* expected;
  const char* input;  // size, order, fit, first scale · 255, first offset
  InputSizing sizing = InputSizing::kStride;
};

class Known : public ::testing::TestWithParam<KnownCase> {};

TEST_P(Known, IsDescribedWhole) {
  const KnownCase& c = GetParam();
  const auto spec = DescribeModel(c.io, nullptr, {.imgsz = {}, .head = c.head, .names = ""});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->task, c.task);
  EXPECT_EQ(ClassCount(spec->head), c.classes);
  EXPECT_EQ(spec->names.size(), static_cast<std::size_t>(c.classes));
  EXPECT_EQ(std::visit(HeadText{}, spec->head), c.expected);
  EXPECT_EQ(InputText(spec->input), c.input);
  EXPECT_EQ(spec->sizing, c.sizing);
  EXPECT_TRUE(MakeHead(spec->head)) << "what is described can be read";
}

ModelIo NanoDetM() {
  ModelIo io =
      Io({1, 3, 320, 320},
         {{1, 100, 80}, {1, 1600, 80}, {1, 400, 80}, {1, 1600, 32}, {1, 100, 32}, {1, 400, 32}});
  const char* names[] = {"cls_pred_stride_32", "cls_pred_stride_8",  "cls_pred_stride_16",
                         "dis_pred_stride_8",  "dis_pred_stride_32", "dis_pred_stride_16"};
  for (std::size_t i = 0; i < 6; ++i) io.outputs[i].name = names[i];
  return io;
}

std::map<std::string, std::string> Task17() {
  return {{"task", "pose"}, {"names", "{0: 'person'}"}, {"kpt_shape", "[17, 3]"}};
}

std::map<std::string, std::string> TaskOfMany(const char* task) {
  return {{"task", task}, {"names", Names(80)}};
}

// Inputs: the conventions of the families' own code (see Convention in input_spec.cc).
INSTANTIATE_TEST_SUITE_P(
    Models, Known,
    ::testing::Values(
        KnownCase{"Pose", Io({1, 3, 640, 640}, {{1, 56, 8400}}, Task17()), "", Task::kPose, 1,
                  "yolo keypoints 17s", "640x640 rgb letterbox 1 0"},
        KnownCase{"PoseEndToEnd",
                  Io({1, 3, 640, 640}, {{1, 300, 57}},
                     {{"task", "pose"},
                      {"names", "{0: 'person'}"},
                      {"kpt_shape", "[17, 3]"},
                      {"end2end", "True"}}),
                  "", Task::kPose, 1, "end2end keypoints 17s", "640x640 rgb letterbox 1 0"},
        KnownCase{"PoseWithoutScores",
                  Io({1, 3, 640, 640}, {{1, 13, 8400}},
                     {{"task", "pose"}, {"names", "{0: 'hand'}"}, {"kpt_shape", "[4, 2]"}}),
                  "", Task::kPose, 1, "yolo keypoints 4", "640x640 rgb letterbox 1 0"},
        KnownCase{"Segment",
                  Io({1, 3, 640, 640}, {{1, 116, 8400}, {1, 32, 160, 160}}, TaskOfMany("segment")),
                  "", Task::kSegment, 80, "yolo masks 32 of 1 /4", "640x640 rgb letterbox 1 0"},
        KnownCase{"SegmentWithOutputsSwapped",
                  Io({1, 3, 640, 640}, {{1, 32, 160, 160}, {1, 116, 8400}}, TaskOfMany("segment")),
                  "", Task::kSegment, 80, "yolo masks 32 of 0 /4", "640x640 rgb letterbox 1 0"},
        KnownCase{"SegmentWithoutMetadata",
                  Io({1, 3, 640, 640}, {{1, 116, 8400}, {1, 32, 160, 160}}), "", Task::kSegment, 80,
                  "yolo masks 32 of 1 /4", "640x640 rgb letterbox 1 0"},
        KnownCase{"SegmentEndToEnd",
                  Io({1, 3, 640, 640}, {{1, 300, 38}, {1, 32, 160, 160}}, TaskOfMany("segment")),
                  "", Task::kSegment, 80, "end2end masks 32 of 1 /4", "640x640 rgb letterbox 1 0"},
        KnownCase{"Obb",
                  Io({1, 3, 1024, 1024}, {{1, 20, 21504}}, {{"task", "obb"}, {"names", Names(15)}}),
                  "", Task::kObb, 15, "yolo angle", "1024x1024 rgb letterbox 1 0"},
        KnownCase{"ObbEndToEnd",
                  Io({1, 3, 1024, 1024}, {{1, 300, 7}}, {{"task", "obb"}, {"names", Names(15)}}),
                  "", Task::kObb, 15, "end2end angle", "1024x1024 rgb letterbox 1 0"},
        KnownCase{"Classify",
                  Io({1, 3, 224, 224}, {{1, 1000}}, {{"task", "classify"}, {"names", Names(1000)}}),
                  "", Task::kClassify, 1000, "classify", "224x224 rgb crop 1 0",
                  InputSizing::kFixed},
        KnownCase{"ClassifyByHead", Io({1, 3, kAny, kAny}, {{1, 10}}), "classify", Task::kClassify,
                  10, "classify", "224x224 rgb crop 1 0", InputSizing::kFixed},
        KnownCase{"P6", Io({1, 3, 1280, 1280}, {{1, 84, 34000}}), "", Task::kDetect, 80, "yolo",
                  "1280x1280 rgb letterbox 1 0"},
        KnownCase{"YoloV5", Io({1, 3, 640, 640}, {{1, 25200, 85}}), "", Task::kDetect, 80, "v5",
                  "640x640 rgb letterbox 1 0"},
        KnownCase{"YoloV5P6", Io({1, 3, 1280, 1280}, {{1, 102000, 85}}), "", Task::kDetect, 80,
                  "v5", "1280x1280 rgb letterbox 1 0"},
        KnownCase{"YoloV5WithNames",
                  Io({1, 3, 640, 640}, {{1, 25200, 9}}, {{"names", Names(4)}, {"stride", "32"}}),
                  "", Task::kDetect, 4, "v5", "640x640 rgb letterbox 1 0"},
        KnownCase{"YoloV5Segment", Io({1, 3, 640, 640}, {{1, 25200, 117}, {1, 32, 160, 160}}), "",
                  Task::kSegment, 80, "v5 masks 32 of 1 /4", "640x640 rgb letterbox 1 0"},
        KnownCase{"YoloV5OfOpenSize", Io({1, 3, kAny, kAny}, {{1, kAny, 8}}), "yolov5",
                  Task::kDetect, 3, "v5", "640x640 rgb letterbox 1 0"},
        KnownCase{"YoloV6", Io({1, 3, 640, 640}, {{1, 8400, 85}}), "yolov5", Task::kDetect, 80,
                  "v5", "640x640 rgb letterbox 1 0"},
        KnownCase{"YoloX", Io({1, 3, 416, 416}, {{1, 3549, 85}}), "yolox", Task::kDetect, 80,
                  "x strides 8,16,32", "416x416 bgr top_left 255 0", InputSizing::kFixed},
        KnownCase{"YoloXP6", Io({1, 3, 1280, 1280}, {{1, 34000, 85}}), "yolox", Task::kDetect, 80,
                  "x strides 8,16,32,64", "1280x1280 bgr top_left 255 0", InputSizing::kFixed},
        KnownCase{"YoloV4", Io({1, 416, 416, 3}, {{1, 10647, 80}, {1, 10647, 4}}), "yolov4",
                  Task::kDetect, 80, "v4 boxes 1", "416x416 rgb stretch 1 0", InputSizing::kFixed},
        KnownCase{"YoloV4OfOpenLength", Io({1, 416, 416, 3}, {{1, kAny, 4}, {1, kAny, 80}}),
                  "yolov4", Task::kDetect, 80, "v4 boxes 0", "416x416 rgb stretch 1 0",
                  InputSizing::kFixed},
        KnownCase{"NanoDet", NanoDetM(), "", Task::kDetect, 80,
                  "nanodet scores 1,2,0 distances 3,5,4 strides 8,16,32 centres bins 8",
                  "320x320 bgr warp 4.444 -1.804", InputSizing::kFixed},
        KnownCase{"NanoDetPlus", Io({1, 3, 416, 416}, {{1, 3598, 112}}), "nanodet", Task::kDetect,
                  80, "nanodet scores 0 distances  strides 8,16,32,64 corners bins 8",
                  "416x416 bgr stretch 4.444 -1.804", InputSizing::kFixed},
        KnownCase{"RtDetr", Io({kAny, 3, 640, 640}, {{kAny, 300, 80}, {kAny, 300, 4}}), "detr",
                  Task::kDetect, 80, "detr boxes 1 logits 0", "640x640 rgb stretch 1 0",
                  InputSizing::kFixed},
        KnownCase{"RfDetr", Io({1, 3, 560, 560}, {{1, 300, 4}, {1, 300, 91}}), "rfdetr",
                  Task::kDetect, 91, "detr boxes 0 logits 1", "560x560 rgb stretch 4.367 -2.118",
                  InputSizing::kFixed},
        KnownCase{"RtDetrOfUltralytics",
                  Io({1, 3, 640, 640}, {{1, 300, 84}}, {{"task", "detect"}, {"names", Names(80)}}),
                  "detr", Task::kDetect, 80, "detr boxes 0 logits 0 scores",
                  "640x640 rgb stretch 1 0", InputSizing::kFixed},
        KnownCase{"HalfOutputs", WithType(Yolov8n(), 0, ElementType::kF16), "", Task::kDetect, 80,
                  "yolo", "640x640 rgb letterbox 1 0"}),
    [](const auto& param) { return param.param.name; });

TEST(DescribeModel, ReadsTheModelsOfTheRepositorysManifests) {
  const auto described = [](const char* name, const ModelIo& io) {
    const auto manifest = ParseManifest(
        testing::ReadFile(testing::RepositoryFile(std::string("models/") + name + ".toml")));
    if (!manifest) return manifest.error().message;
    const auto spec = DescribeModel(io, &*manifest);
    if (!spec) return spec.error().message;
    return std::visit(HeadText{}, spec->head) + "; " + InputText(spec->input) + "; " +
           spec->names[79];
  };
  ModelIo yolox = Io({1, 3, 416, 416}, {{1, 3549, 85}});
  yolox.outputs[0].name = "output";
  EXPECT_EQ(described("yolox_nano", yolox),
            "x strides 8,16,32; 416x416 bgr top_left 255 0; toothbrush");
  ModelIo nanodet = NanoDetM();
  nanodet.inputs[0].name = "input.1";
  EXPECT_EQ(described("nanodet_m", nanodet),
            "nanodet scores 1,2,0 distances 3,5,4 strides 8,16,32 centres bins 8; 320x320 bgr "
            "warp 4.444 -1.804; toothbrush");
  EXPECT_EQ(described("yolov8n_int8", Yolov8n()), "yolo; 640x640 rgb letterbox 1 0; n79");
}

// MediaPipe's short-range face detector; 896 = 16 * 16 * 2 + 8 * 8 * 6.
TEST(DescribeModel, ReadsABlazeFaceByItsManifest) {
  const char text[] = R"(name = "face"
licence = "Apache-2.0"
file = "face.tflite"
[input]
width = 128
height = 128
layout = "nhwc"
[head]
kind = "blaze"
strides = [8, 16]
boxes_per_cell = [2, 6]
keypoints = 6
[classes]
names = ["face"]
)";
  const auto manifest = ParseManifest(text);
  ASSERT_TRUE(manifest) << manifest.error().message;
  const auto spec = DescribeModel(Io({1, 128, 128, 3}, {{1, 896, 1}, {1, 896, 16}}), &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::visit(HeadText{}, spec->head), "blaze boxes 1 scores 0 keypoints 6");
  EXPECT_EQ(spec->sizing, InputSizing::kFixed);
  EXPECT_TRUE(MakeHead(spec->head));
  const auto other = DescribeModel(Io({1, 128, 128, 3}, {{1, 897, 1}, {1, 897, 16}}), &*manifest);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("must have outputs [1, 896, 16] and [1, 896, 1]"));
}

// MediaPipe's 33 points of a body, and where its outputs are.
TEST(DescribeModel, ReadsLandmarksByTheirManifest) {
  const std::string text = R"(name = "body"
licence = "Apache-2.0"
file = "body.tflite"
[input]
width = 256
height = 256
layout = "nhwc"
fit = "letterbox_warp"
outside = "repeat"
[head]
kind = "landmarks"
points = 33
hidden = 2
columns = 5
activation = "none"
heatmaps = "out3"
conf = 0.5
[regions]
detector = "pose_detection"
[regions.found]
from = 0
to = 1
[regions.followed]
extent = "points"
from = 34
to = 33
angle = 0
scale = 1.5
[classes]
names = ["person"]
)";
  const auto manifest = ParseManifest(text);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->regions->detector, "pose_detection");
  ModelIo io =
      Io({1, 256, 256, 3}, {{1, 195}, {1, 1}, {1, 256, 256, 1}, {1, 64, 64, 39}, {1, 117}});
  for (std::size_t i = 0; i < io.outputs.size(); ++i)
    io.outputs[i].name = "out" + std::to_string(i);
  const auto spec = DescribeModel(io, &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::visit(HeadText{}, spec->head), "landmarks 0 presence 1 maps 3");
  EXPECT_EQ(spec->task, Task::kPose);
  EXPECT_EQ(spec->input.outside, Outside::kRepeat);
  EXPECT_EQ(spec->default_conf, 0.5f);
  EXPECT_EQ(spec->regions->found, (RegionRule{.from = 0, .to = 1}));
  EXPECT_EQ(spec->regions->followed, (RegionRule{.extent = RegionRule::Extent::kPoints,
                                                 .from = 34,
                                                 .to = 33,
                                                 .angle_degrees = 0,
                                                 .scale = 1.5f}));
  EXPECT_TRUE(MakeHead(spec->head));

  io.outputs[3].shape = {1, 64, 64, 34};
  EXPECT_THAT(DescribeModel(io, &*manifest).error().message, HasSubstr("[1, H, W, 35 or more]"));
  io.outputs[0].shape = {1, 100};
  EXPECT_THAT(DescribeModel(io, &*manifest).error().message, HasSubstr("175 or more values"));
}

std::string ManifestOf(const std::string& name) {
  return testing::ReadFile(testing::RepositoryFile("models/" + name + ".toml"));
}

// Outputs as the files of the mediapipe wheel have them (0.10.21, read with OpenVINO).
TEST(DescribeModel, ReadsAMeshOfFacesByItsManifest) {
  const auto manifest = ParseManifest(ManifestOf("face_landmark"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  const auto spec =
      DescribeModel(Io({1, 192, 192, 3}, {{1, 1, 1, 1404}, {1, 1, 1, 1}}), &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::visit(HeadText{}, spec->head), "face landmarks 0 presence 1 maps -1");
  const auto& head = std::get<LandmarkSpec>(spec->head);
  EXPECT_EQ(head.points + head.hidden, 468);
  EXPECT_EQ(head.columns, 3);
  EXPECT_EQ(head.presence, ScoreFunction::kSigmoid);
  EXPECT_EQ(spec->task, Task::kFaces);
  EXPECT_EQ(spec->input.layout, Layout::kNhwc);
  EXPECT_EQ(spec->names, std::vector<std::string>{"face"});
  ASSERT_TRUE(spec->regions);
  EXPECT_EQ(spec->regions->found, (RegionRule{.extent = RegionRule::Extent::kBox, .from = 0,
                                              .to = 1, .angle_degrees = 0, .scale = 1.5f}));
  EXPECT_EQ(spec->regions->followed.extent, RegionRule::Extent::kPoints);
  EXPECT_EQ(spec->regions->followed.from, 33);
  EXPECT_EQ(spec->regions->followed.to, 263);
  EXPECT_TRUE(MakeHead(spec->head));
}

TEST(DescribeModel, ReadsARefinedMeshByTheNamesOfItsParts) {
  const auto manifest = ParseManifest(ManifestOf("face_landmark_with_attention"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  ModelIo io = Io({1, 192, 192, 3}, {{1, 1, 1, 1404}, {1, 1, 1, 160}, {1, 1, 1, 142},
                                     {1, 1, 1, 142}, {1, 1, 1, 10}, {1, 1, 1, 10}, {1, 1, 1, 1}});
  const char* const names[] = {"output_mesh_identity", "output_lips", "output_left_eye",
                               "output_right_eye", "output_left_iris", "output_right_iris",
                               "conv_faceflag"};
  for (std::size_t i = 0; i < 7; ++i) io.outputs[i].name = names[i];
  const auto spec = DescribeModel(io, &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::visit(HeadText{}, spec->head), "face landmarks 0 presence 6 maps -1");
  const auto& head = std::get<LandmarkSpec>(spec->head);
  EXPECT_EQ(head.points, 478);
  EXPECT_EQ(head.refined_outputs, (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(spec->regions);
  EXPECT_TRUE(MakeHead(spec->head));
  io.outputs[4].name = "something";
  const auto other = DescribeModel(io, &*manifest);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("output_left_iris"));
}

TEST(DescribeModel, ReadsWhatPartsPeopleFromTheBackground) {
  const auto manifest = ParseManifest(ManifestOf("selfie_segmentation"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  const auto spec = DescribeModel(Io({1, 256, 256, 3}, {{1, 256, 256, 1}}), &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::visit(HeadText{}, spec->head), "foreground 0");
  EXPECT_EQ(spec->input.fit, Fit::kStretch);
  const auto other = DescribeModel(Io({1, 256, 256, 3}, {{1, 256, 256, 2}}), &*manifest);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("must be [1, H, W, 1]"));
}

TEST(DescribeModel, ReadsLandmarksOfTwoOutputsByTheirNames) {
  const auto manifest = ParseManifest(ManifestOf("iris_landmark"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  ModelIo io = Io({1, 64, 64, 3}, {{1, 15}, {1, 213}});
  io.outputs[0].name = "output_iris";
  io.outputs[1].name = "output_eyes_contours_and_brows";
  const auto spec = DescribeModel(io, &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::visit(HeadText{}, spec->head), "face landmarks 1 and 0 presence -1 maps -1");
  EXPECT_EQ(spec->task, Task::kFaces);
  EXPECT_FALSE(spec->regions) << "another model says where eyes are";
  EXPECT_EQ(spec->default_conf, 0.0f);
  EXPECT_TRUE(MakeHead(spec->head));

  io.outputs[0].name = "something";
  const auto other = DescribeModel(io, &*manifest);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("output_iris"));
  std::string text = ManifestOf("iris_landmark");
  const std::string named = "landmarks = \"output_eyes_contours_and_brows\"";
  text.replace(text.find(named), named.size(), "");
  const auto nameless = ParseManifest(text);
  ASSERT_TRUE(nameless) << nameless.error().message;
  const auto refused = DescribeModel(io, &*nameless);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("landmarks of two outputs must name both"));
}

}  // namespace
}  // namespace retinue
