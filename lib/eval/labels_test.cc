#include "retinue/eval/labels.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "retinue/results/mask.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// ---------------------------------------------------------------- YOLO

TEST(YoloLabels, BoxesBecomePixels) {
  const auto objects = ParseYoloLabels("3 0.5 0.5 0.25 0.5\r\n\n 0\t0.1 0.2 0.2 0.4 ", {200, 100});
  ASSERT_TRUE(objects) << objects.error().message;
  ASSERT_THAT(*objects, SizeIs(2));
  EXPECT_EQ((*objects)[0].category, 3);
  EXPECT_EQ((*objects)[0].box, (EvalBox{75, 25, 50, 50}));
  EXPECT_EQ((*objects)[0].area, 2500);
  EXPECT_EQ((*objects)[1].box, (EvalBox{0, 0, 40, 40}));
}

TEST(YoloLabels, AnEmptyTextIsAPictureOfNothing) {
  EXPECT_TRUE(ParseYoloLabels("", {10, 10})->empty());
  EXPECT_TRUE(ParseYoloLabels("\xef\xbb\xbf \n\r\n", {10, 10})->empty());
}

TEST(YoloLabels, OutlinesBecomeBoundsMaskAndArea) {
  const std::string triangle = "1 0.1 0.1 0.9 0.1 0.9 0.9";
  const auto objects = ParseYoloLabels(triangle, {20, 10});
  ASSERT_TRUE(objects) << objects.error().message;
  const EvalObject& object = objects->front();
  EXPECT_NEAR(object.box.x, 2, 1e-12);
  EXPECT_NEAR(object.box.y, 1, 1e-12);
  EXPECT_NEAR(object.box.width, 16, 1e-12);
  EXPECT_NEAR(object.box.height, 8, 1e-12);
  EXPECT_EQ(object.mask, MaskFromPolygon(std::vector<double>{2, 1, 18, 1, 18, 9}, {20, 10}));
  EXPECT_EQ(object.area, static_cast<double>(MaskArea(object.mask)));

  const auto without = ParseYoloLabels(triangle, {20, 10}, {.keypoints = 0, .masks = false});
  EXPECT_TRUE(without->front().mask.empty());
  EXPECT_EQ(without->front().area, object.area);
}

TEST(YoloLabels, KeypointsMayHaveAVisibility) {
  const YoloLabelOptions two{.keypoints = 2, .masks = false};
  const auto seen = ParseYoloLabels("0 0.5 0.5 1 1 0.1 0.2 2 0.3 0.4 0", {100, 10}, two);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_THAT(seen->front().keypoints,
              ElementsAre(EvalPoint{10, 2, true}, EvalPoint{30, 4, false}));
  const auto plain = ParseYoloLabels("0 0.5 0.5 1 1 0.1 0.2 0 0", {100, 10}, two);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_THAT(plain->front().keypoints,
              ElementsAre(EvalPoint{10, 2, true}, EvalPoint{0, 0, false}));
}

struct BadLabels {
  const char* name;
  std::string text;
  std::string says;
  YoloLabelOptions options{};
  ErrorCode code = ErrorCode::kDataLoss;
};

TEST(YoloLabels, LinesThatAreNoLabelsAreErrorsThatNameTheLine) {
  const std::string fine = "0 0.5 0.5 0.1 0.1\n";
  const std::vector<BadLabels> cases = {
      {"four numbers", fine + "0 0.5 0.5 0.1", "line 2: expected 5 numbers, or 7, 9, 11"},
      {"with a score", "0 0.5 0.5 0.1 0.1 0.9", "line 1: expected 5 numbers, or 7, 9, 11"},
      {"even outline", "0 .1 .1 .2 .2 .3 .3 .4", "got 8"},
      {"a word", fine + "\nperson 0.5 0.5 0.1 0.1", "line 3: expected a number, got 'person'"},
      {"half a number", "0 0.5x 0.5 0.1 0.1", "got '0.5x'"},
      {"commas", "0,0.5,0.5,0.1,0.1", "expected a number"},
      {"endless", "0 inf 0.5 0.1 0.1", "got 'inf'"},
      {"not a number", "0 nan 0.5 0.1 0.1", "got 'nan'"},
      {"pixels", "0 320 240 64 48", "expected fractions of the picture, 0 to 1"},
      {"negative", "0 -0.5 0.5 0.1 0.1", "expected fractions"},
      {"half a class", "0.5 0.5 0.5 0.1 0.1", "expected a class number"},
      {"negative class", "-1 0.5 0.5 0.1 0.1", "expected a class number"},
      {"a control character", "\x01", "got '?'"},
      {"too few points", fine, "expected 11 or 9 numbers for 2 keypoints, got 5", {2, false}},
      {"too many objects", fine + fine + fine + fine, "line 4: expected at most 3 objects", {},
       ErrorCode::kResourceExhausted},
      {"too many corners", "0" + std::string(30, ' ') + std::string("0 0 1 1 0 1 0 0 1 1 0 1 "),
       "at most 11 numbers", {}, ErrorCode::kResourceExhausted},
      {"too long", std::string(300, ' '), "at most 200 bytes", {}, ErrorCode::kResourceExhausted},
  };
  LabelLimits limits;
  limits.max_objects = 3;
  limits.max_corners = 5;
  limits.max_bytes = 200;
  for (const BadLabels& c : cases) {
    const auto objects = ParseYoloLabels(c.text, {64, 48}, c.options, limits);
    ASSERT_FALSE(objects) << c.name;
    EXPECT_EQ(objects.error().code, c.code) << c.name;
    EXPECT_THAT(objects.error().message, HasSubstr(c.says)) << c.name;
  }
}

TEST(YoloLabels, AnOutlineThatWouldTakeForEverIsAnError) {
  std::string line = "0";
  for (int i = 0; i < 3000; ++i) line += i % 2 == 0 ? " 0 0" : " 1 1";
  const auto objects = ParseYoloLabels(line, {100, 100});
  ASSERT_FALSE(objects);
  EXPECT_THAT(objects.error().message, HasSubstr("line 1: expected an outline of at most 1000"));
}

// ---------------------------------------------------------------- COCO

constexpr const char* kImages =
    R"("images": [{"id": 5, "file_name": "a.jpg", "width": 10, "height": 8},
                  {"id": 2, "file_name": "b.jpg"}])";
constexpr const char* kCategories =
    R"("categories": [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}])";

std::string Coco(const std::string& annotations) {
  return std::string("{") + kImages + "," + kCategories + ", \"annotations\": [" + annotations +
         "]}";
}

TEST(CocoLabels, PicturesCategoriesAndObjectsAreRead) {
  const auto labels = ParseCocoLabels(Coco(
      R"({"image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4], "iscrowd": 1, "area": 5.5},
         {"image_id": 2, "category_id": 7, "bbox": [1, 2, 3, 4]},
         {"image_id": 99, "category_id": 7, "bbox": [1, 2, 3, 4]},
         {"image_id": 5, "category_id": 99, "bbox": [1, 2, 3, 4]})"));
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_THAT(labels->categories, ElementsAre(EvalCategory{3, "dog"}, EvalCategory{7, "cat"}));
  ASSERT_THAT(labels->images, SizeIs(2));
  EXPECT_EQ(labels->images[0].id, 5);
  EXPECT_EQ(labels->images[0].size, (Size{10, 8}));
  EXPECT_EQ(labels->images[1].file_name, "b.jpg");
  ASSERT_THAT(labels->images[0].objects, SizeIs(1));
  EXPECT_TRUE(labels->images[0].objects[0].is_crowd);
  EXPECT_EQ(labels->images[0].objects[0].area, 5.5);
  ASSERT_THAT(labels->images[1].objects, SizeIs(1));
  EXPECT_EQ(labels->images[1].objects[0].area, 12);
  EXPECT_FALSE(labels->has_masks);
  EXPECT_FALSE(labels->has_keypoints);
}

TEST(CocoLabels, MasksMayBeOutlinesCountsOrText) {
  const auto labels = ParseCocoLabels(Coco(
      R"({"image_id": 5, "category_id": 3, "bbox": [0,0,4,4], "segmentation": [[0,0,4,0,4,4,0,4]]},
         {"image_id": 5, "category_id": 3, "bbox": [0,0,1,8],
          "segmentation": {"size": [8, 10], "counts": [0, 8, 72]}},
         {"image_id": 5, "category_id": 3, "bbox": [0,0,1,8],
          "segmentation": {"size": [8, 10], "counts": "08X2"}},
         {"image_id": 5, "category_id": 3, "bbox": [0,0,1,8]})"));
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_TRUE(labels->has_masks);
  const auto& objects = labels->images[0].objects;
  EXPECT_EQ(objects[0].area, 16);
  EXPECT_THAT(objects[1].mask, ElementsAre(0, 8, 72));
  EXPECT_EQ(objects[2].mask, objects[1].mask);
  EXPECT_THAT(objects[3].mask, ElementsAre(80));
}

TEST(CocoLabels, WhereSomeHaveKeypointsAllDo) {
  const auto labels = ParseCocoLabels(Coco(
      R"({"image_id": 5, "category_id": 3, "bbox": [0,0,4,4], "keypoints": [1, 2, 2, 3, 4, 0]},
         {"image_id": 5, "category_id": 3, "bbox": [0,0,4,4]})"));
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_TRUE(labels->has_keypoints);
  EXPECT_THAT(labels->images[0].objects[0].keypoints,
              ElementsAre(EvalPoint{1, 2, true}, EvalPoint{3, 4, false}));
  EXPECT_THAT(labels->images[0].objects[1].keypoints,
              ElementsAre(EvalPoint{0, 0, false}, EvalPoint{0, 0, false}));
}

struct BadJson {
  const char* name;
  std::string text;
  std::string says;
  ErrorCode code = ErrorCode::kDataLoss;
};

std::string Nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

TEST(CocoLabels, WhatIsNotCocoIsAnErrorThatSaysWhere) {
  const std::string box = R"("bbox": [1, 2, 3, 4])";
  const std::string object = R"({"image_id": 5, "category_id": 3, )" + box;
  const std::vector<BadJson> cases = {
      {"empty", "", "not JSON: it goes wrong at byte 1"},
      {"cut off", R"({"images": [)", "goes wrong at byte 13"},
      {"a list", "[]", "expected an object with 'images'"},
      {"no images", R"({"annotations": [], "categories": []})", "expected a list 'images'"},
      {"no annotations",
       std::string("{") + kImages + "," + kCategories + "}", "list 'annotations'"},
      {"deep", Nested(1000), "16 levels", ErrorCode::kResourceExhausted},
      {"number for an object", Coco("5"), "annotations[0] must be an object"},
      {"no image", Coco(R"({"category_id": 3, "bbox": [1,2,3,4]})"),
       "annotations[0].image_id must be a whole number"},
      {"no box", Coco(R"({"image_id": 5, "category_id": 3})"),
       "annotations[0].bbox must be 4 finite numbers"},
      {"negative box", Coco(R"({"image_id": 5, "category_id": 3, "bbox": [1,2,-3,4]})"),
       "the last two not negative"},
      {"negative area", Coco(object + R"(, "area": -1})"), "annotations[0].area must be 0 or more"},
      {"two corners", Coco(object + R"(, "segmentation": [[1,2,3,4]]})"),
       "annotations[0].segmentation: expected an outline of 3 or more corners"},
      {"words", Coco(object + R"(, "segmentation": [["a"]]})"), "a list of finite numbers"},
      {"flat outline", Coco(object + R"(, "segmentation": [1,2,3,4,5,6]})"), "list of numbers"},
      {"mask of another size",
       Coco(object + R"(, "segmentation": {"size": [10, 8], "counts": "0"}})"),
       "segmentation.size must be that of the picture, [8, 10]"},
      {"mask that is too short",
       Coco(object + R"(, "segmentation": {"size": [8, 10], "counts": [3]}})"), "got 3"},
      {"negative count",
       Coco(object + R"(, "segmentation": {"size": [8, 10], "counts": [-3, 83]}})"), "got -1"},
      {"mask without picture size",
       Coco(R"({"image_id": 2, "category_id": 3, "bbox": [0,0,1,1],
                 "segmentation": [[0,0,1,0,1,1]]})"),
       "of a picture with a width and height"},
      {"two and a half points", Coco(object + R"(, "keypoints": [1, 2, 3, 4]})"),
       "keypoints must be 3 numbers a point"},
      {"other number of points",
       Coco(object + R"(, "keypoints": [1, 2, 2]}, )" + object +
            R"(, "keypoints": [1,2,2,1,2,2]})"),
       "annotations[1].keypoints must be as many as of those before, 1 points; got 2"},
      {"a picture twice",
       R"({"images": [{"id": 1}, {"id": 1}], "categories": [], "annotations": []})",
       "images[1].id must be another"},
      {"a class twice",
       R"({"images": [], "categories": [{"id":1,"name":"a"},{"id":1,"name":"b"}],
           "annotations": []})",
       "categories[1].id must be another"},
      {"a huge picture",
       R"({"images": [{"id":1,"width":99999999,"height":1}], "categories": [], "annotations": []})",
       "images[0].width and height must be whole numbers from 1 to 65535"},
      {"an endless number", Coco(R"({"image_id": 1e999})"), "not JSON"},
  };
  for (const BadJson& c : cases) {
    const auto labels = ParseCocoLabels(c.text);
    ASSERT_FALSE(labels) << c.name;
    EXPECT_EQ(labels.error().code, c.code) << c.name;
    EXPECT_THAT(labels.error().message, HasSubstr(c.says)) << c.name;
  }
}

TEST(CocoLabels, LimitsHold) {
  LabelLimits limits;
  limits.max_images = 1;
  EXPECT_THAT(ParseCocoLabels(Coco(""), {}, limits).error().message,
              HasSubstr("at most 1 images, got 2"));
  limits = {};
  limits.max_bytes = 20;
  EXPECT_THAT(ParseCocoLabels(Coco(""), {}, limits).error().message, HasSubstr("at most 20 bytes"));
}

// ---------------------------------------------------------------- results

LabelledImages TwoPictures() {
  LabelledImages labels;
  labels.categories = {{3, "dog"}};
  labels.images.resize(2);
  labels.images[0].id = 5;
  labels.images[0].size = {10, 8};
  labels.images[1].id = 2;
  return labels;
}

TEST(CocoResults, WhatIsWrittenIsReadTheSame) {
  EvalObject object;
  object.category = 3;
  object.box = {0.1, 1e-9, 3.25, 1.0 / 3};
  object.score = 0.123456789012345;
  // 92 stands for a backslash in COCO's text: the count 44 of 80.
  object.mask = {44, 3, 33};
  object.keypoints = {{1.5, 2.25}, {-3, 0.1}};
  std::string text = "[";
  AppendCocoResult(5, object, {10, 8}, text);
  EXPECT_THAT(text, HasSubstr("\\\\"));
  const auto found = ParseCocoResults(text + "]", TwoPictures());
  ASSERT_TRUE(found) << found.error().message;
  object.area = object.box.width * object.box.height;
  ASSERT_THAT(found->found[0], SizeIs(1));
  EXPECT_EQ(found->found[0][0], object);
  EXPECT_TRUE(found->has_boxes && found->has_masks && found->has_keypoints);
}

TEST(CocoResults, WhatIsMissingIsMadeAsByTheFirstEntry) {
  // With boxes: areas are theirs, a missing mask is the box. @source pycocotools, COCO.loadRes
  const auto boxes = ParseCocoResults(
      R"([{"image_id": 5, "category_id": 3, "score": 1, "bbox": [2, 1, 3, 4],
           "segmentation": {"size": [8, 10], "counts": "08X2"}},
          {"image_id": 5, "category_id": 3, "score": 0.5, "bbox": [2, 1, 3, 4]}])",
      TwoPictures());
  ASSERT_TRUE(boxes) << boxes.error().message;
  EXPECT_EQ(boxes->found[0][0].area, 12);
  EXPECT_EQ(MaskArea(boxes->found[0][1].mask), 12);
  // With masks only: areas and boxes are theirs.
  const auto masks = ParseCocoResults(
      R"([{"image_id": 5, "category_id": 3, "score": 1,
           "segmentation": {"size": [8, 10], "counts": "08X2"}}])",
      TwoPictures());
  ASSERT_TRUE(masks) << masks.error().message;
  EXPECT_EQ(masks->found[0][0].area, 8);
  EXPECT_EQ(masks->found[0][0].box, (EvalBox{0, 0, 1, 8}));
  // With keypoints only: their extent.
  const auto points = ParseCocoResults(
      R"([{"image_id": 2, "category_id": 3, "score": 1, "keypoints": [1, 2, 1, 4, 7, 1]}])",
      TwoPictures());
  ASSERT_TRUE(points) << points.error().message;
  EXPECT_EQ(points->found[1][0].box, (EvalBox{1, 2, 3, 5}));
  EXPECT_EQ(points->found[1][0].area, 15);
}

TEST(CocoResults, AnEmptyListIsNothingFound) {
  const auto found = ParseCocoResults("[]", TwoPictures());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->count, 0);
  EXPECT_THAT(found->found, SizeIs(2));
}

TEST(CocoResults, WhatAreNoResultsIsAnErrorThatSaysWhere) {
  const std::vector<BadJson> cases = {
      {"an object", "{}", "expected a list of results"},
      {"a number", "[5]", "results[0] must be an object"},
      {"nothing found", R"([{"image_id": 5, "category_id": 3, "score": 1}])", "results[0].bbox"},
      {"no score", R"([{"image_id": 5, "category_id": 3, "bbox": [1,2,3,4]}])", "results[0].score"},
      {"unknown picture", R"([{"image_id": 6, "category_id": 3, "score": 1, "bbox": [1,2,3,4]}])",
       "results[0].image_id must be that of a labelled picture, got 6"},
      {"second without a box",
       R"([{"image_id": 5, "category_id": 3, "score": 1, "bbox": [1,2,3,4]},
           {"image_id": 5, "category_id": 3, "score": 1}])",
       "results[1].bbox"},
  };
  for (const BadJson& c : cases) {
    const auto found = ParseCocoResults(c.text, TwoPictures());
    ASSERT_FALSE(found) << c.name;
    EXPECT_EQ(found.error().code, c.code) << c.name;
    EXPECT_THAT(found.error().message, HasSubstr(c.says)) << c.name;
  }
}

}  // namespace
}  // namespace retinue
