#include "retinue/eval/face_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;

template <typename T>
std::string ErrorOf(const Result<T>& result, ErrorCode code = ErrorCode::kDataLoss) {
  if (result) return "no error";
  EXPECT_EQ(result.error().code, code) << result.error().message;
  return result.error().message;
}

TEST(ParsePts, ReadsIbugsForm) {
  const auto points =
      ParsePts("version: 1\r\nn_points:  3\r\n{\r\n1.5 2\r\n  -3\t4e1  \r\n\r\n5 6\r\n}\r\n");
  ASSERT_TRUE(points) << points.error().message;
  EXPECT_THAT(*points, ::testing::ElementsAre(EvalPoint{1.5, 2, true}, EvalPoint{-3, 40, true},
                                              EvalPoint{5, 6, true}));
  EXPECT_TRUE(ParsePts("{\n}"));
  EXPECT_TRUE(ParsePts("\xef\xbb\xbfversion: 1.0\n{\n1 2\n}"));
}

TEST(ParsePts, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string text;
    const char* message;
  };
  for (const Case& c :
       {Case{"", "line 0: expected '{' before the points, got the end"},
        Case{"version: 1\n", "line 1: expected '{'"},
        Case{"PTS\n{\n}", "line 1: expected 'version:', 'n_points:' or '{', got 'PTS'"},
        Case{"n_points: many\n{\n}", "line 1: expected a number of points"},
        Case{"n_points: 2\n{\n1 2\n}", "line 4: expected as many points as n_points says, got 1"},
        Case{"{\n1 2\n12.5\n}", "line 3: expected a point, two numbers, got '12.5'"},
        Case{"{\n1 2 3\n}", "line 2: expected a point, two numbers, got '1 2 3'"},
        Case{"{\n1 nan\n}", "line 2: expected a point"},
        Case{"{\n1 1e8\n}", "line 2: expected a point"},
        Case{"{\n1 2\n", "line 2: expected '}' after the points, got the end"},
        Case{"{\n1 2\n}\nmore", "line 4: expected the end after '}', got 'more'"}}) {
    EXPECT_THAT(ErrorOf(ParsePts(c.text)), HasSubstr(c.message)) << c.text;
  }
}

TEST(ParsePts, KeepsToItsLimits) {
  EXPECT_THAT(
      ErrorOf(ParsePts("{\n1 2\n3 4\n}", {.max_corners = 1}), ErrorCode::kResourceExhausted),
      HasSubstr("line 3: expected at most 1 points"));
  EXPECT_THAT(ErrorOf(ParsePts("{\n}", {.max_bytes = 2}), ErrorCode::kResourceExhausted),
              HasSubstr("expected at most 2 bytes"));
}

TEST(FaceOf, IsTheBoxAroundTheLabelledPoints) {
  const EvalObject face = FaceOf({{9, 9, false}, {3, 4, true}, {1, 10, true}, {99, 0, false}});
  EXPECT_EQ(face.box, (EvalBox{1, 4, 2, 6}));
  EXPECT_EQ(face.area, 12);
  EXPECT_EQ(face.keypoints.size(), 4u);
  EXPECT_EQ(FaceOf({}).box, EvalBox{});
}

constexpr const char* kDlib = R"(<?xml version='1.0' encoding='ISO-8859-1'?>
<!DOCTYPE dataset>
<dataset>
<name>Faces &amp; <b>more</b></name><!-- <image file='no'> -->
<images>
  <image file='a&amp;b.jpg' width='500' height="375">
    <box top='90' left='-4' width='37' height='38'>
      <label>face<part name='0' x='9' y='9'/></label>
      <part name='00' x='201' y='107'/>
      <part name='02' x='203.5' y = '109'></part>
    </box>
    <box top='1' left='2' width='3' height='4' ignore='1'/>
  </image>
  <image file='b.jpg'/>
  <other><image file='c.jpg'/></other>
</images>
</dataset>
)";

TEST(ParseDlibLabels, ReadsImagesBoxesAndParts) {
  const auto labels = ParseDlibLabels(kDlib);
  ASSERT_TRUE(labels) << labels.error().message;
  ASSERT_EQ(labels->images.size(), 2u);
  EXPECT_EQ(labels->images[0].file_name, "a&b.jpg");
  EXPECT_EQ(labels->images[0].size, (Size{500, 375}));
  EXPECT_EQ(labels->images[1].id, 1);
  EXPECT_TRUE(labels->images[1].objects.empty());
  ASSERT_EQ(labels->images[0].objects.size(), 2u);
  const EvalObject& face = labels->images[0].objects[0];
  EXPECT_EQ(face.box, (EvalBox{-4, 90, 37, 38}));
  EXPECT_EQ(face.area, 37 * 38);
  EXPECT_THAT(face.keypoints,
              ::testing::ElementsAre(EvalPoint{201, 107, true}, EvalPoint{0, 0, false},
                                     EvalPoint{203.5, 109, true}));
  EXPECT_FALSE(face.is_crowd);
  EXPECT_TRUE(labels->images[0].objects[1].is_crowd);
  EXPECT_TRUE(labels->has_keypoints);
}

// kDlib with one place changed.
std::string With(std::string_view place, std::string_view other) {
  std::string text = kDlib;
  const std::size_t at = text.find(place);
  EXPECT_NE(at, std::string::npos) << place;
  return text.replace(at, place.size(), other);
}

TEST(ParseDlibLabels, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string text;
    const char* message;
  };
  const Case cases[] = {
      {"", "expected a <dataset> with <images>"},
      {"<images></images>", "expected a <dataset> with <images>"},
      {With("top='90'", "top='high'"), "line 7: expected a number as 'top' of <box>, got 'high'"},
      {With("top='90' ", ""), "line 7: expected a number as 'top' of <box>, got none"},
      {With("top='90'", "top='1e9'"), "line 7: expected a number as 'top'"},
      {With("width='37'", "width='-1'"), "line 7: expected a width and height of <box>"},
      {With("file='a&amp;b.jpg' ", ""), "line 6: expected a 'file' of <image>, got none"},
      {With("width='500'", "width='0'"),
       "line 6: expected a whole number from 1 to 65535 as 'width'"},
      {With(" height=\"375\"", ""), "line 6: expected a number as 'height' of <image>, got none"},
      {With("name='02'", "name='nose'"),
       "line 10: expected a number as 'name' of <part>, got 'nose'"},
      {With("name='02'", "name='0.5'"), "line 10: expected a whole number below 100000 as 'name'"},
      {With("name='02'", "name='0'"), "line 10: expected each part once, got '0' again"},
      {With("x='203.5'", "x='inf'"), "line 10: expected a number as 'x'"},
      {With("</box>", "</image>"), "line 11: expected '</box>', got '</image>'"},
      {With("</dataset>", ""), "line 18: expected '</dataset>' before the end"},
      {With("</images>\n</dataset>", "</images></dataset></x>"),
       "expected no more closing, got '</x>'"},
      {With("-->", ""), "line 4: expected a '-->' before the end"},
      {With("left='-4'", "left=-4"), "line 7: expected a value in quotes for 'left'"},
      {With("left='-4'", "left"), "line 7: expected an attribute, name='value', or '>' in '<box'"},
      {With("</dataset>\n", "</dataset>\n<a b='"),
       "expected the value of 'b' to end with its quote"},
      {With("</dataset>\n", "</dataset>\n<"), "line 18: expected an element's name after '<'"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ErrorOf(ParseDlibLabels(c.text)), HasSubstr(c.message)) << c.message;
  }
}

TEST(ParseDlibLabels, KeepsToItsLimits) {
  const auto error = [](const std::string& text, const LabelLimits& limits = {}) {
    return ErrorOf(ParseDlibLabels(text, limits), ErrorCode::kResourceExhausted);
  };
  EXPECT_THAT(error(kDlib, {.max_bytes = 99}), HasSubstr("at most 99 bytes"));
  EXPECT_THAT(error(kDlib, {.max_images = 1}), HasSubstr("line 14: expected at most 1 images"));
  // Two faces and three points, the middle of which is not listed.
  EXPECT_TRUE(ParseDlibLabels(kDlib, {.max_objects = 5}));
  EXPECT_THAT(error(kDlib, {.max_objects = 4}), HasSubstr("at most 4 faces and points"));
  std::string deep, wide = "<a";
  for (int i = 0; i < 17; ++i) deep += "<a>";
  for (int i = 0; i < 65; ++i) wide += " b='c'";
  EXPECT_THAT(error(deep), HasSubstr("at most 16 elements within each other"));
  EXPECT_THAT(error(wide + ">"), HasSubstr("at most 64 attributes"));
  EXPECT_THAT(error("<a b='" + std::string(5000, 'x') + "'>"), HasSubstr("at most 4096 bytes"));
}

TEST(ParseDlibLabels, OfWhateverBytesIsAnAnswer) {
  testing::Random random(9);
  const std::string text = kDlib;
  for (int i = 0; i < 3000; ++i) {
    std::string broken = text.substr(0, static_cast<std::size_t>(random.Below(800)));
    for (int k = random.Below(4); k > 0 && !broken.empty(); --k) {
      const auto at = static_cast<std::size_t>(random.Below(static_cast<int>(broken.size())));
      broken[at] = random.Below(2) == 0 ? "<>/='\"&!-? \n"[random.Below(12)]
                                        : static_cast<char>(random.Below(256));
    }
    const auto labels = ParseDlibLabels(broken);
    EXPECT_TRUE(labels || !labels.error().message.empty());
  }
}

TEST(CocoFaces, WithoutBoxesGetThatOfTheirPoints) {
  const char* json = R"({"images": [{"id": 1}], "categories": [{"id": 1, "name": "face"}],
      "annotations": [{"image_id": 1, "category_id": 1,
                       "keypoints": [9, 9, 0, 3, 4, 1, 1, 10, 2]}]})";
  EXPECT_THAT(ErrorOf(ParseCocoLabels(json)), HasSubstr("annotations[0].bbox must be"));
  const LabelParts parts{.masks = false, .keypoints = true, .boxes_from_keypoints = true};
  const auto labels = ParseCocoLabels(json, parts);
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_EQ(labels->images[0].objects[0].box, (EvalBox{1, 4, 2, 6}));
  EXPECT_EQ(labels->images[0].objects[0].area, 12);
  // One without either is still one too few.
  EXPECT_THAT(ErrorOf(ParseCocoLabels(R"({"images": [{"id": 1}], "categories": [{"id": 1,
      "name": "face"}], "annotations": [{"image_id": 1, "category_id": 1}]})",
                                      parts)),
              HasSubstr("annotations[0].bbox must be"));
}

// What python's json and xml modules read of the same files.
TEST(FaceLabels, OfTheTestDataAreRead) {
  RETINUE_TEST_DATA_OR_SKIP(dlib, "faces/dlib/training_with_face_landmarks.xml");
  RETINUE_TEST_DATA_OR_SKIP(pts, "faces/300vw/401/annot/000731.pts");
  const auto labels = ParseDlibLabels(testing::ReadFile(dlib));
  ASSERT_TRUE(labels) << labels.error().message;
  std::vector<std::size_t> faces;
  for (const LabelledImage& image : labels->images) {
    faces.push_back(image.objects.size());
    for (const EvalObject& face : image.objects) EXPECT_EQ(face.keypoints.size(), 68u);
  }
  EXPECT_THAT(faces, ::testing::ElementsAre(7, 6, 2, 3));
  EXPECT_EQ(labels->images[0].file_name, "2007_007763.jpg");
  EXPECT_EQ(labels->images[3].objects[2].keypoints[67], (EvalPoint{395, 227, true}));

  const auto points = ParsePts(testing::ReadFile(pts));
  ASSERT_TRUE(points) << points.error().message;
  ASSERT_EQ(points->size(), 68u);
  EXPECT_EQ(points->front(), (EvalPoint{354.326810, 277.170196, true}));
  EXPECT_EQ(points->back(), (EvalPoint{463.901645, 377.165623, true}));
}

TEST(FaceLabels, OfMmposeAreRead) {
  struct File {
    const char* name;
    std::size_t images, points;
  };
  const LabelParts parts{.masks = false, .keypoints = true, .boxes_from_keypoints = true};
  for (const File& file :
       {File{"faces/300vw/anno_300vw.json", 3, 68}, File{"faces/300w/test_300w.json", 2, 68},
        File{"faces/aflw/test_aflw.json", 2, 19}}) {
    RETINUE_TEST_DATA_OR_SKIP(path, file.name);
    const auto labels = ParseCocoLabels(testing::ReadFile(path), parts);
    ASSERT_TRUE(labels) << labels.error().message;
    ASSERT_EQ(labels->images.size(), file.images);
    for (const LabelledImage& image : labels->images) {
      ASSERT_EQ(image.objects.size(), 1u);
      EXPECT_EQ(image.objects[0].keypoints.size(), file.points);
      EXPECT_GT(image.objects[0].box.width, 50);
    }
  }
}

}  // namespace
}  // namespace retinue
