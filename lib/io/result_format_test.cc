#include "retinue/io/result_format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "retinue/io/bytes.h"
#include "retinue/io/result_output.h"

// Expected texts are written by hand from the formats' definitions in
// result_format.h (the command line's contract), never by running the code.

namespace retinue {
namespace {

StreamInfo Video(const std::string& name = "a.mp4") {
  StreamInfo stream;
  stream.name = name;
  stream.size = {1280, 720};
  stream.class_names = {"person", "bicycle"};
  return stream;
}

FrameResult TwoObjects() {
  FrameResult result;
  result.frame = 4;
  result.pts = Nanoseconds(133'466'667);
  result.size = {1280, 720};
  result.objects = {
      {.box = {10.5f, 20.25f, 100, 200.125f}, .score = 0.913f, .class_id = 0, .track_id = 3},
      {.box = {0, 0, 1280, 720}, .score = 0.25f, .class_id = 1}};
  return result;
}

std::string Format(const ResultFormat& format, const StreamInfo& stream, const FrameResult& result,
                   int place = 0) {
  std::string out;
  EXPECT_EQ(format.ForStream(stream, place)->AppendFrame(result, out), 0);
  return out;
}

Detection At(float x, float score = 0.5f) {
  return {.box = {x, 2, 3, 4}, .score = score, .class_id = 0, .track_id = 1};
}

TEST(JsonLines, WritesTheFieldsInTheOrderOfTheContract) {
  EXPECT_EQ(Format(*JsonLinesFormat(), Video(), TwoObjects()),
            R"({"v":1,"stream":"a.mp4","frame":4,"pts_ns":133466667,"width":1280,"height":720,)"
            R"("objects":[{"id":3,"label":"person","class":0,"score":0.913,)"
            R"("box":[10.5,20.25,100,200.13]},)"
            R"({"label":"bicycle","class":1,"score":0.25,"box":[0,0,1280,720]}]})"
            "\n");
}

TEST(JsonLines, WritesALineForAFrameWithoutObjects) {
  FrameResult result;
  result.size = {2, 3};
  EXPECT_EQ(Format(*JsonLinesFormat(), Video(), result),
            "{\"v\":1,\"stream\":\"a.mp4\",\"frame\":0,\"pts_ns\":0,\"width\":2,\"height\":3,"
            "\"objects\":[]}\n");
}

// One object with a body of two points and a mask of the 2 x 3 picture's left column, and one of
// its lower right pixel.
FrameResult WithDetails() {
  FrameResult result;
  result.size = {2, 3};
  result.objects = {{.box = {0, 0, 1, 3}, .score = 0.5f, .detail = 1},
                    {.box = {1, 2, 1, 1}, .score = 0.25f, .detail = 0}};
  result.keypoint_count = 2;
  result.keypoints = {{1, 2, 0.5f}, {0, 0, 0}, {0.125f, 1, 0.75f}, {-1, 3, 1}};
  for (const std::uint32_t run : {5, 1}) result.masks.AddRun(run);
  result.masks.EndMask();
  for (const std::uint32_t run : {0, 3, 3}) result.masks.AddRun(run);
  result.masks.EndMask();
  return result;
}

// The texts of the masks are pycocotools' encode() of those pictures: b'51' and b'033'.
TEST(JsonLines, WritesBodiesAndMasksOfTheObjectTheyBelongTo) {
  const std::string line = Format(*JsonLinesFormat(), Video(), WithDetails());
  EXPECT_NE(line.find(R"("box":[0,0,1,3],"keypoints":[[0.13,1,0.75],[-1,3,1]],)"
                      R"("mask":{"size":[3,2],"counts":"033"}},)"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("box":[1,2,1,1],"keypoints":[[1,2,0.5],[0,0,0]],)"
                      R"("mask":{"size":[3,2],"counts":"51"}}]})"),
            std::string::npos)
      << line;
}

TEST(Coco, WritesBodiesAndMasksOfTheObjectTheyBelongTo) {
  const auto json =
      nlohmann::json::parse("[" + Format(*CocoFormat(), Video(), WithDetails()) + "]");
  EXPECT_EQ(json[0]["keypoints"], nlohmann::json::parse("[0.125, 1, 0.75, -1, 3, 1]"));
  EXPECT_EQ(json[0]["segmentation"], nlohmann::json::parse(R"({"size": [3, 2], "counts": "033"})"));
  EXPECT_EQ(json[1]["keypoints"][1], 2);
}

TEST(JsonLines, StaysValidWhereAMaskHoldsABackslash) {
  // A run of 44 is the letter 48 + 44 = 92, a backslash, by COCO's code: (44 & 31 | 32), then 1.
  FrameResult result;
  result.size = {10, 10};
  result.objects = {{.box = {0, 0, 10, 10}, .score = 0.5f, .detail = 0}};
  for (const std::uint32_t run : {44, 56}) result.masks.AddRun(run);
  result.masks.EndMask();
  std::string text;
  AppendMaskText(result.MaskOf(result.objects[0]), text);
  ASSERT_NE(text.find('\\'), std::string::npos) << text;
  const auto json = nlohmann::json::parse(Format(*JsonLinesFormat(), Video(), result));
  EXPECT_EQ(json["objects"][0]["mask"]["counts"], text);
}

TEST(JsonLines, WritesOrientedBoxesAndClasses) {
  FrameResult result;
  result.size = {100, 100};
  result.objects = {{.box = {1, 2, 3, 4}, .score = 0.5f, .detail = 0}};
  result.turned = {{{50.5f, 20}, 30, 10, 1.25f}};
  result.classes = {{1, 0.75f}, {9, 0.125f}};
  const std::string line = Format(*JsonLinesFormat(), Video(), result);
  EXPECT_NE(line.find(R"("obb":[50.5,20,30,10,1.25]}],"classes":[)"
                      R"({"label":"bicycle","class":1,"score":0.75},)"
                      R"({"label":"9","class":9,"score":0.125}]})"),
            std::string::npos)
      << line;
}

TEST(JsonLines, LeavesOutAnObjectWithAPointThatIsNoNumber) {
  FrameResult result = WithDetails();
  result.keypoints[0].x = std::nanf("");
  std::string out;
  EXPECT_EQ(JsonLinesFormat()->ForStream(Video(), 0)->AppendFrame(result, out), 1);
}

// A followed face with landmarks, one of a still picture, and one that is only held.
FrameResult WithFaces() {
  FrameResult result;
  result.size = {20, 30};
  result.landmark_count = 2;
  result.landmarks = {{5, 6, 0.5f}, {7, 8, 9}, {1, 2.125f, -3}, {-4, 5, 0}};
  result.faces = {{.id = 7, .score = 0.98766f, .box = {1, 2, 3, 4.5f}, .detail = 1, .yaw = -12.345f,
                   .pitch = 1, .roll = 180, .mouth_open = 0.25f, .leye_open = 1, .smile = 0.5f},
                  {.score = 1, .box = {5, 6, 2, 2}, .detail = 0},
                  {.id = 9, .box = {0, 0, 9, 9}}};
  return result;
}

TEST(JsonLines, WritesFacesWithTheirLandmarksAndMeasures) {
  EXPECT_EQ(Format(*JsonLinesFormat(), Video(), WithFaces()),
            R"({"v":1,"stream":"a.mp4","frame":0,"pts_ns":0,"width":20,"height":30,"objects":[],)"
            R"("faces":[{"id":7,"score":0.9877,"box":[1,2,3,4.5],)"
            R"("landmarks":[[1,2.13,-3],[-4,5,0]],"yaw":-12.35,"pitch":1,"roll":180,)"
            R"("mouth_open":0.25,"leye_open":1,"reye_open":0,"smile":0.5},)"
            R"({"score":1,"box":[5,6,2,2],"landmarks":[[5,6,0.5],[7,8,9]],"yaw":0,"pitch":0,)"
            R"("roll":0,"mouth_open":0,"leye_open":0,"reye_open":0,"smile":0},)"
            R"({"id":9,"score":0,"box":[0,0,9,9]}]})"
            "\n");
}

// A program that looks for faces says so where there are none too.
TEST(JsonLines, WritesAnEmptyListWhereFacesWereLookedFor) {
  FrameResult result;
  result.landmark_count = 468;
  EXPECT_NE(Format(*JsonLinesFormat(), Video(), result).find(R"("objects":[],"faces":[]})"),
            std::string::npos);
}

TEST(JsonLines, LeavesOutFacesWithANumberThatIsNone) {
  const auto left_out = [](auto change) {
    FrameResult result = WithFaces();
    change(result);
    std::string line;
    const int count = JsonLinesFormat()->ForStream(Video(), 0)->AppendFrame(result, line);
    EXPECT_EQ(nlohmann::json::parse(line)["faces"].size(), 3u - static_cast<std::size_t>(count));
    return count;
  };
  const float nan = std::nanf("");
  EXPECT_EQ(left_out([](FrameResult&) {}), 0);
  EXPECT_EQ(left_out([&](FrameResult& r) { r.landmarks[3].z = nan; }), 1);
  EXPECT_EQ(left_out([&](FrameResult& r) { r.faces[1].smile = nan; }), 1);
  EXPECT_EQ(left_out([&](FrameResult& r) { r.faces[2].box.x = nan; }), 1);
}

TEST(JsonLines, WritesAnUnknownTimeAsNull) {
  FrameResult result;
  result.pts = kNoTime;
  const std::string line = Format(*JsonLinesFormat(), Video(), result);
  EXPECT_NE(line.find("\"pts_ns\":null,"), std::string::npos) << line;
}

TEST(JsonLines, StaysValidForStrangeNames) {
  StreamInfo stream = Video("a\"b\\\n\xff.mp4");
  stream.class_names = {"per\"son\xc3"};
  FrameResult result;
  result.objects = {At(1)};
  result.objects[0].class_id = 0;
  const auto json = nlohmann::json::parse(Format(*JsonLinesFormat(), stream, result));
  EXPECT_EQ(json["stream"], "a\"b\\\n\xef\xbf\xbd.mp4");
  EXPECT_EQ(json["objects"][0]["label"], "per\"son\xef\xbf\xbd");
}

TEST(JsonLines, NamesAClassWithoutNameByItsNumber) {
  FrameResult result;
  result.objects = {At(1), At(1)};
  result.objects[0].class_id = 7;
  result.objects[1].class_id = -1;
  const auto json = nlohmann::json::parse(Format(*JsonLinesFormat(), Video(), result));
  EXPECT_EQ(json["objects"][0]["label"], "7");
  EXPECT_EQ(json["objects"][0]["class"], 7);
  EXPECT_EQ(json["objects"][1]["label"], "-1");
}

TEST(EveryFormat, LeavesOutObjectsWithoutFiniteNumbersAndCountsThem) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  FrameResult result;
  result.size = {10, 10};
  result.objects = {At(std::nanf("")), At(1),    At(2, std::nanf("")),
                    At(-kInfinity),    At(3e9f), At(5)};
  result.objects.push_back({.box = {9e8f, 0, 9e8f, 1}, .score = 0.5f, .track_id = 1});
  for (const auto& format :
       {JsonLinesFormat(), MotFormat(MotRows::kTracked), CsvFormat(), CocoFormat()}) {
    SCOPED_TRACE(format->name());
    std::string out;
    EXPECT_EQ(format->ForStream(Video(), 0)->AppendFrame(result, out), 5);
    EXPECT_EQ(out.find("nan"), std::string::npos);
    EXPECT_EQ(out.find("inf"), std::string::npos);
    FrameResult finite = result;
    finite.objects = {At(1), At(5)};
    EXPECT_EQ(out, Format(*format, Video(), finite));
  }
}

TEST(Mot, WritesTrackedObjectsWithFramesFromOne) {
  EXPECT_EQ(Format(*MotFormat(MotRows::kTracked), Video(), TwoObjects()),
            "5,3,10.5,20.25,100,200.13,0.913,0,-1,-1\n");
}

TEST(Mot, WritesDetectionsWithIdMinusOne) {
  FrameResult result = TwoObjects();
  result.frame = 0;
  EXPECT_EQ(Format(*MotFormat(MotRows::kDetections), Video(), result),
            "1,-1,10.5,20.25,100,200.13,0.913,0,-1,-1\n"
            "1,-1,0,0,1280,720,0.25,1,-1,-1\n");
}

TEST(Csv, WritesCornersAndSecondsUnderTheHeader) {
  const auto format = CsvFormat();
  EXPECT_EQ(format->head(),
            "stream,frame,pts,x_min,y_min,x_max,y_max,class_id,class_name,confidence,"
            "tracker_id\n");
  EXPECT_EQ(Format(*format, Video(), TwoObjects()),
            "a.mp4,4,0.133466667,10.5,20.25,110.5,220.38,0,person,0.913,3\n"
            "a.mp4,4,0.133466667,0,0,1280,720,1,bicycle,0.25,\n");
}

TEST(Csv, QuotesNamesWithCommasAndQuotes) {
  StreamInfo stream = Video("a,b.mp4");
  stream.class_names = {"the \"one\""};
  FrameResult result;
  result.objects = {At(1)};
  EXPECT_EQ(Format(*CsvFormat(), stream, result),
            "\"a,b.mp4\",0,0,1,2,4,6,0,\"the \"\"one\"\"\",0.5,1\n");
}

// The names in COCO's usual order and, from the published list of 91, the
// numbers that no annotation uses; so the expected ids come from counting.
const std::vector<std::string> kNames = {"person",        "bicycle",      "car",
                                         "motorcycle",    "airplane",     "bus",
                                         "train",         "truck",        "boat",
                                         "traffic light", "fire hydrant", "stop sign",
                                         "parking meter", "bench",        "bird",
                                         "cat",           "dog",          "horse",
                                         "sheep",         "cow",          "elephant",
                                         "bear",          "zebra",        "giraffe",
                                         "backpack",      "umbrella",     "handbag",
                                         "tie",           "suitcase",     "frisbee",
                                         "skis",          "snowboard",    "sports ball",
                                         "kite",          "baseball bat", "baseball glove",
                                         "skateboard",    "surfboard",    "tennis racket",
                                         "bottle",        "wine glass",   "cup",
                                         "fork",          "knife",        "spoon",
                                         "bowl",          "banana",       "apple",
                                         "sandwich",      "orange",       "broccoli",
                                         "carrot",        "hot dog",      "pizza",
                                         "donut",         "cake",         "chair",
                                         "couch",         "potted plant", "bed",
                                         "dining table",  "toilet",       "tv",
                                         "laptop",        "mouse",        "remote",
                                         "keyboard",      "cell phone",   "microwave",
                                         "oven",          "toaster",      "sink",
                                         "refrigerator",  "book",         "clock",
                                         "vase",          "scissors",     "teddy bear",
                                         "hair drier",    "toothbrush"};
constexpr int kUnusedIds[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91};

nlohmann::json CocoOf(const StreamInfo& stream, const FrameResult& result, int place = 0) {
  return nlohmann::json::parse("[" + Format(*CocoFormat(), stream, result, place) + "]");
}

TEST(Coco, MapsTheEightyClassesToTheIdsOfTheAnnotations) {
  StreamInfo stream = Video();
  stream.class_names = kNames;
  FrameResult result;
  std::vector<int> expected;
  for (int id = 1; id <= 91; ++id) {
    if (std::find(std::begin(kUnusedIds), std::end(kUnusedIds), id) == std::end(kUnusedIds)) {
      expected.push_back(id);
    }
  }
  ASSERT_EQ(expected.size(), 80u);
  for (int i = 0; i < 80; ++i) {
    result.objects.push_back(At(1));
    result.objects.back().class_id = i;
  }
  const auto json = CocoOf(stream, result);
  for (std::size_t i = 0; i < 80; ++i) EXPECT_EQ(json[i]["category_id"], expected[i]) << kNames[i];

  stream.class_names[3] = "motorbike";  // Darknet's spelling
  stream.class_names[58] = "pottedplant";
  EXPECT_EQ(CocoOf(stream, result)[79]["category_id"], 90);
}

TEST(Coco, KeepsTheNumbersOfOtherModels) {
  StreamInfo stream = Video();
  stream.class_names = kNames;
  stream.class_names[79] = "tooth brush";
  FrameResult result;
  result.objects = {At(1)};
  result.objects[0].class_id = 79;
  EXPECT_EQ(CocoOf(stream, result)[0]["category_id"], 79);
  EXPECT_EQ(CocoOf(Video(), result)[0]["category_id"], 79);
}

TEST(Coco, TakesTheImageIdFromANumericPictureName) {
  StreamInfo stream = Video("val2017/000000000139.jpg");
  stream.is_image = true;
  FrameResult result;
  result.objects = {At(1)};
  EXPECT_EQ(CocoOf(stream, result, 5)[0]["image_id"], 139);
  stream.is_image = false;  // a video that happens to be called so
  EXPECT_EQ(CocoOf(stream, result)[0]["image_id"], 1);
  stream.is_image = true;
  stream.name = "139_cropped.jpg";
  EXPECT_EQ(CocoOf(stream, result)[0]["image_id"], 1);
}

TEST(Coco, NumbersFramesOfSeveralStreamsApart) {
  FrameResult result;
  result.objects = {At(1)};
  result.frame = 7;
  EXPECT_EQ(CocoOf(Video(), result, 0)[0]["image_id"], 8);
  EXPECT_EQ(CocoOf(Video(), result, 2)[0]["image_id"], 2'000'008);
}

TEST(Coco, WritesAnArrayWhateverComes) {
  StreamInfo stream = Video();
  stream.class_names = kNames;
  auto bytes = std::make_unique<MemoryBytes>();
  const MemoryBytes& written = *bytes;
  const auto file = ResultFile::Create(std::move(bytes), CocoFormat());
  const auto sink = *file->NewSink("a.mp4");
  ASSERT_TRUE(sink->Begin(stream));
  FrameResult empty;
  ASSERT_TRUE(sink->Write({}, empty));
  FrameResult two = TwoObjects();
  two.objects[0].score = 0.913425f;
  ASSERT_TRUE(sink->Write({}, two));
  ASSERT_TRUE(sink->Write({}, empty));
  two.frame = 5;
  two.objects.resize(1);
  ASSERT_TRUE(sink->Write({}, two));
  ASSERT_TRUE(sink->Finish());
  ASSERT_TRUE(file->Close());
  EXPECT_EQ(written.text(),
            "[\n"
            "{\"image_id\":5,\"category_id\":1,\"bbox\":[10.5,20.25,100,200.125],"
            "\"score\":0.91343},\n"
            "{\"image_id\":5,\"category_id\":2,\"bbox\":[0,0,1280,720],\"score\":0.25},\n"
            "{\"image_id\":6,\"category_id\":1,\"bbox\":[10.5,20.25,100,200.125],"
            "\"score\":0.91343}\n"
            "]\n");

  auto nothing = std::make_unique<MemoryBytes>();
  const MemoryBytes& of_nothing = *nothing;
  const auto empty_file = ResultFile::Create(std::move(nothing), CocoFormat());
  ASSERT_TRUE(empty_file->Close());
  EXPECT_EQ(nlohmann::json::parse(of_nothing.text()), nlohmann::json::array());
}

}  // namespace
}  // namespace retinue
