#include "retinue/model/model_spec.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/model/test_models.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;
using testing::Io;
using testing::kAny;
using testing::Names;
using testing::Yolov8n;

ModelIo DefaultSsd() {
  ModelIo io;
  io.inputs = {{"normalized_input_image_tensor", ElementType::kF32, {1, 300, 300, 3}}};
  io.outputs = {{"raw_outputs/class_predictions", ElementType::kF32, {1, 1917, 24}},
                {"raw_outputs/box_encodings", ElementType::kF32, {1, 1917, 4}}};
  return io;
}

Manifest DefaultManifest() {
  return *ParseManifest(
      testing::ReadFile(testing::RepositoryFile("models/ssd_mobilenet_v2_objectron.toml")));
}

TEST(DescribeModel, ReadsAnUltralyticsExport) {
  const auto spec = DescribeModel(Yolov8n(), nullptr);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->task, Task::kDetect);
  EXPECT_EQ(spec->input_name, "images");
  EXPECT_EQ(spec->input, (InputSpec{.size = {640, 640}}));  // the defaults are the YOLO family's
  EXPECT_EQ(spec->stride, 32);
  EXPECT_EQ(spec->sizing, InputSizing::kStride);
  const auto& head = std::get<YoloSpec>(spec->head);
  EXPECT_EQ(head.class_count, 80);
  EXPECT_EQ(head.layout, YoloLayout::kChannelsFirst);
  EXPECT_EQ(spec->names.size(), 80u);
  EXPECT_EQ(spec->names[79], "n79");
  EXPECT_THAT(spec->licence, HasSubstr("AGPL-3.0"));
  EXPECT_FALSE(spec->default_conf);
  EXPECT_THAT(spec->evidence, HasSubstr("80 class names from the metadata"));
}

TEST(DescribeModel, ReadsADynamicExport) {
  ModelIo io = Yolov8n();
  io.inputs[0].shape = {kAny, 3, kAny, kAny};
  io.outputs[0].shape = {kAny, 84, kAny};
  io.metadata["imgsz"] = "[384, 640]";
  const auto spec = DescribeModel(io, nullptr);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->input.size, (Size{640, 384}));
  io.metadata.erase("imgsz");
  EXPECT_EQ(DescribeModel(io, nullptr)->input.size, (Size{640, 640}));
  io.outputs[0].shape = {kAny, kAny, kAny};
  EXPECT_EQ(std::get<YoloSpec>(DescribeModel(io, nullptr)->head).class_count, 80);
}

TEST(DescribeModel, TakesTheTypeFromTheModel) {
  ModelIo io = Yolov8n();
  io.inputs[0].type = ElementType::kF16;
  EXPECT_EQ(DescribeModel(io, nullptr)->input.type, ElementType::kF16);
  io.inputs[0].type = ElementType::kU8;
  EXPECT_THAT(DescribeModel(io, nullptr).error().message, HasSubstr("what a byte of the input"));
}

TEST(DescribeModel, ReadsAGrayModel) {
  ModelIo io = Yolov8n();
  io.inputs[0].shape = {1, 1, 640, 640};
  io.metadata["channels"] = "1";
  EXPECT_EQ(DescribeModel(io, nullptr)->input.order, ChannelOrder::kGray);
}

TEST(DescribeModel, TakesImgszIfTheStrideAllowsIt) {
  EXPECT_EQ(DescribeModel(Yolov8n(), nullptr, {.imgsz = Size{640, 384}, .head = "", .names = ""})
                ->input.size,
            (Size{640, 384}));
  const auto wrong =
      DescribeModel(Yolov8n(), nullptr, {.imgsz = Size{17, 17}, .head = "", .names = ""});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(wrong.error().message, HasSubstr("got 17; nearest is 32"));
}

TEST(DescribeModel, ReadsTheTransposedLayoutOnlyByNames) {
  const auto turned = Io({1, 3, 640, 640}, {{1, 8400, 84}}, {{"names", Names(80)}});
  EXPECT_EQ(std::get<YoloSpec>(DescribeModel(turned, nullptr)->head).layout,
            YoloLayout::kAnchorsFirst);
  EXPECT_FALSE(DescribeModel(Io({1, 3, 640, 640}, {{1, 8400, 84}}), nullptr));
  EXPECT_FALSE(DescribeModel(Io({1, 3, 640, 640}, {{1, 8400, 84}}), nullptr,
                             {.imgsz = {}, .head = "yolo", .names = ""}));
}

TEST(DescribeModel, ReadsTheShapeOfCocoModelsWithoutMetadata) {
  const auto spec = DescribeModel(Io({1, 3, 640, 640}, {{1, 84, 8400}}), nullptr);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->names.front(), "class 0");
  EXPECT_FALSE(DescribeModel(Io({1, 3, 640, 640}, {{1, 84, 8000}}), nullptr))
      << "8000 is not the number of cells of strides 8, 16 and 32";
}

TEST(DescribeModel, BelievesTheUser) {
  const auto io = Io({1, 3, 640, 640}, {{1, 7, 8400}});
  EXPECT_FALSE(DescribeModel(io, nullptr));
  const auto by_head = DescribeModel(io, nullptr, {.imgsz = {}, .head = "yolo", .names = ""});
  ASSERT_TRUE(by_head) << by_head.error().message;
  EXPECT_EQ(by_head->names, (std::vector<std::string>{"class 0", "class 1", "class 2"}));
  const auto by_names = DescribeModel(io, nullptr, {.imgsz = {}, .head = "", .names = "a,b,c"});
  ASSERT_TRUE(by_names) << by_names.error().message;
  EXPECT_EQ(by_names->names[2], "c");
}

TEST(DescribeModel, ReadsEndToEndExports) {
  const auto is_end2end = [](const ModelIo& io, const Overrides& overrides, int classes) {
    const auto spec = DescribeModel(io, nullptr, overrides);
    if (!spec) return spec.error().message;
    const auto* head = std::get_if<YoloEnd2EndSpec>(&spec->head);
    return head != nullptr && head->class_count == classes ? std::string() : spec->evidence;
  };
  const Shape input{1, 3, 640, 640}, list{1, 300, 6};
  // As `yolo26n.onnx` is exported by Ultralytics 8.4; YOLOv10 and nms=True leave end2end out.
  EXPECT_EQ(is_end2end(Io(input, {list}, {{"task", "detect"}, {"end2end", "True"},
                                          {"names", Names(80)}}), {}, 80), "");
  EXPECT_EQ(is_end2end(Io(input, {list}, {{"task", "detect"}, {"names", Names(80)}}), {}, 80), "");
  EXPECT_EQ(is_end2end(Io(input, {{1, kAny, 6}}, {{"task", "detect"}, {"names", Names(3)}}), {}, 3),
            "");
  EXPECT_EQ(is_end2end(Io(input, {list}, {{"task", "detect"}, {"names", Names(2)}}), {}, 2), "")
      << "300 is no grid of two classes";
  const Overrides said{.imgsz = {}, .head = "yolo_end2end", .names = "a,b"};
  EXPECT_EQ(is_end2end(Io(input, {list}), said, 2), "");
  EXPECT_EQ(is_end2end(Io({1, 3, kAny, kAny}, {{1, kAny, 6}}), said, 2), "");
}

TEST(DescribeModel, RefusesMetadataThatSaysEndToEndOfAGrid) {
  const auto io =
      Io({1, 3, 640, 640}, {{1, 84, 8400}}, {{"end2end", "True"}, {"names", Names(80)}});
  const auto spec = DescribeModel(io, nullptr);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(spec.error().message, HasSubstr("an end-to-end head must be [1, K, 6]"));
  EXPECT_TRUE(DescribeModel(io, nullptr, {.imgsz = {}, .head = "yolo", .names = ""}));
}

TEST(DescribeModel, ReadsAnEndToEndModelByItsManifest) {
  const auto manifest = ParseManifest(
      "name = 'm'\nlicence = 'x'\nfile = 'm.onnx'\n[head]\nkind = 'yolo_end2end'\n"
      "output = 'boxes'\nconf = 0.4\n[classes]\nnames = ['a', 'b']\n");
  ASSERT_TRUE(manifest) << manifest.error().message;
  ModelIo io = Io({1, 3, 640, 640}, {{1, 8}, {1, 300, 6}});
  io.outputs[1].name = "boxes";
  const auto spec = DescribeModel(io, &*manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::get<YoloEnd2EndSpec>(spec->head).output, 1);
  EXPECT_EQ(spec->default_conf, 0.4f);
  EXPECT_THAT(spec->evidence, HasSubstr("end-to-end YOLO by the manifest, 2 class names"));
  EXPECT_THAT(spec->evidence, HasSubstr("input 640x640 of the model"));
}

TEST(DescribeModel, ReadsTheDefaultModelByItsManifest) {
  const Manifest manifest = DefaultManifest();
  const auto spec = DescribeModel(DefaultSsd(), &manifest);
  ASSERT_TRUE(spec) << spec.error().message;
  const auto& head = std::get<SsdSpec>(spec->head);
  EXPECT_EQ(head.class_count, 23);
  EXPECT_EQ(head.boxes_output, 1);
  EXPECT_EQ(head.classes_output, 0);
  EXPECT_EQ(spec->sizing, InputSizing::kFixed);
  EXPECT_EQ(spec->input.layout, Layout::kNhwc);
  EXPECT_EQ(spec->names[3], "person");
  EXPECT_EQ(spec->default_conf, 0.25f);
  EXPECT_EQ(spec->default_iou, 0.5f);
  EXPECT_EQ(InputShape(spec->input), (Shape{1, 300, 300, 3}));
  EXPECT_TRUE(MakeHead(spec->head));
}

TEST(DescribeModel, HoldsAManifestAgainstTheModel) {
  const Manifest manifest = DefaultManifest();
  ModelIo io = DefaultSsd();
  io.outputs[0].shape = {1, 1917, 91};
  EXPECT_THAT(DescribeModel(io, &manifest).error().message, HasSubstr("scores [1, 1917, 24]"));
  io = DefaultSsd();
  io.outputs[1].shape = {1, 1000, 4};
  EXPECT_FALSE(DescribeModel(io, &manifest));
  io = DefaultSsd();
  io.outputs[1].name = "boxes";
  EXPECT_THAT(DescribeModel(io, &manifest).error().message,
              HasSubstr("'raw_outputs/box_encodings' must be one of the model's"));
  io = DefaultSsd();
  io.inputs[0].shape = {1, 320, 320, 3};
  EXPECT_THAT(DescribeModel(io, &manifest).error().message, HasSubstr("must agree with"));
}

TEST(DescribeModel, LetsNamesReplaceThoseOfTheModel) {
  const auto wrong =
      DescribeModel(Yolov8n(), nullptr, {.imgsz = {}, .head = "", .names = "a\nb\nc"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(wrong.error().message, HasSubstr("3 class names"));
  const auto right =
      DescribeModel(Yolov8n(), nullptr, {.imgsz = {}, .head = "", .names = Names(80)});
  EXPECT_TRUE(right) << right.error().message;
}

TEST(DescribeModel, TakesTheWordForTheNamesOfCoco) {
  const auto spec = DescribeModel(Io({1, 3, 640, 640}, {{1, 84, 8400}}), nullptr,
                                  {.imgsz = {}, .head = "", .names = "coco"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->names[0], "person");
  EXPECT_EQ(spec->names[79], "toothbrush");
}

TEST(DescribeModel, LetsImgszChooseTheSizeOfAnOpenInput) {
  const auto spec = DescribeModel(Io({1, 3, kAny, kAny}, {{1, kAny, 85}}), nullptr,
                                  {.imgsz = Size{416, 416}, .head = "yolox", .names = ""});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(std::get<YoloXSpec>(spec->head).input, (Size{416, 416}));
  EXPECT_EQ(spec->input.size, (Size{416, 416}));
  EXPECT_THAT(spec->evidence, HasSubstr("YOLOX by head=, 80 class names unknown, numbered; input "
                                        "416x416 of imgsz=, pixels as is usual for YOLOX"));
}

TEST(DescribeModel, NeverPrintsControlCharactersOfAModel) {
  ModelIo io = Yolov8n();
  io.outputs[0].name = "out\x1b[31m\nput";
  io.outputs[0].shape = {1, 5};
  const auto spec = DescribeModel(io, nullptr);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error().message, HasSubstr("out?[31m?put"));
}

TEST(DescribeModel, RefusesAnUnknownHead) {
  const auto spec = DescribeModel(Yolov8n(), nullptr, {.imgsz = {}, .head = "rcnn", .names = ""});
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace retinue
