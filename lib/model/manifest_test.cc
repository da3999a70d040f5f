#include "retinue/model/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "retinue/model/class_names.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::HasSubstr;

const char kSmall[] = R"(name = "small"
licence = "MIT"
file = "small.onnx"
)";

const char kSsd[] = R"(name = "ssd"
licence = "MIT"
file = "ssd.tflite"
[input]
width = 320
height = 256
[head]
kind = "ssd"
boxes = "b"
scores = "c"
[head.anchors]
layers = [2]
min_scale = 0.2
max_scale = 0.9
aspect_ratios = [1.0]
)";

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Manifest, OfTheDefaultModelIsReadWhole) {
  const auto manifest = ParseManifest(
      testing::ReadFile(testing::RepositoryFile("models/ssd_mobilenet_v2_objectron.toml")));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->name, "ssd_mobilenet_v2_objectron");
  EXPECT_EQ(manifest->task, Task::kDetect);
  EXPECT_EQ(manifest->licence, "Apache-2.0");
  EXPECT_EQ(manifest->sha256.size(), 64u);
  ASSERT_TRUE(manifest->source);
  EXPECT_EQ(manifest->source->offset, 184u);
  EXPECT_EQ(manifest->source->length, 9987728u);  // design.md: bytes 184…9987911
  ASSERT_TRUE(manifest->input);
  const InputSpec& input = manifest->input->spec;
  EXPECT_EQ(input.size, (Size{300, 300}));
  EXPECT_EQ(input.layout, Layout::kNhwc);
  EXPECT_EQ(input.fit, Fit::kStretch);
  EXPECT_NEAR(input.scale[2], 2.0 / 255, 1e-9);
  EXPECT_EQ(input.offset[0], -1.0f);
  const auto& head = std::get<ManifestSsdHead>(manifest->head);
  EXPECT_EQ(head.boxes, "raw_outputs/box_encodings");
  EXPECT_EQ(head.classes, "raw_outputs/class_predictions");
  EXPECT_TRUE(head.spec.has_background);
  EXPECT_EQ(head.spec.input, (Size{300, 300}));
  EXPECT_EQ(head.spec.anchors.layers, (std::vector<int>{19, 10, 5, 3, 2, 1}));
  EXPECT_EQ(head.spec.anchors.aspect_ratios.size(), 5u);
  EXPECT_TRUE(head.spec.anchors.reduce_lowest);
  EXPECT_EQ(head.spec.box_scales, (std::array<float, 4>{10, 10, 5, 5}));
  EXPECT_EQ(manifest->conf, 0.25f);
  EXPECT_EQ(manifest->iou, 0.5f);
  ASSERT_EQ(manifest->names.size(), 23u);
  EXPECT_EQ(manifest->names[3], "person");
}

TEST(Manifest, NeedsLittle) {
  const auto manifest = ParseManifest(kSmall);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_FALSE(manifest->source);
  EXPECT_FALSE(manifest->input);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(manifest->head));
  EXPECT_TRUE(manifest->names.empty());
}

TEST(Manifest, TakesAMemberOfAWheelWithSizeAndAccuracy) {
  const auto manifest = ParseManifest(Replace(
      kSmall, "file",
      "bytes = 5478690\nap = 0.258\nsource = { pypi = \"mediapipe==0.10.21\", member = "
      "\"mediapipe/modules/a.tflite\", wheel = \"cp311-cp311-manylinux_2_28_x86_64\" }\nfile"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->bytes, 5478690u);
  EXPECT_FLOAT_EQ(manifest->ap.value(), 0.258f);
  EXPECT_EQ(manifest->source->pypi, "mediapipe==0.10.21");
  EXPECT_EQ(manifest->source->wheel, "cp311-cp311-manylinux_2_28_x86_64");
  EXPECT_EQ(manifest->source->member, "mediapipe/modules/a.tflite");
}

TEST(Manifest, TakesFactorsForAllChannelsOrForEach) {
  const std::string one = std::string(kSmall) + "[input]\nwidth = 8\nheight = 4\nscale = 2\n";
  EXPECT_EQ(ParseManifest(one)->input->spec.scale, (std::array<float, 3>{2, 2, 2}));
  EXPECT_EQ(ParseManifest(one + "offset = [1, 2, 3]")->input->spec.offset,
            (std::array<float, 3>{1, 2, 3}));
  EXPECT_FALSE(ParseManifest(one + "offset = [1, 2]"));
  EXPECT_EQ(ParseManifest(one)->input->spec.size, (Size{8, 4}));
}

TEST(Manifest, DescribesAYoloHead) {
  const auto manifest = ParseManifest(std::string(kSmall) +
                                      "[head]\nkind = \"yolo\"\noutput = \"out\"\n"
                                      "layout = \"anchors_first\"\nconf = 0.4\n");
  ASSERT_TRUE(manifest) << manifest.error().message;
  const auto& head = std::get<ManifestYoloHead>(manifest->head);
  EXPECT_EQ(head.output, "out");
  EXPECT_EQ(head.layout, YoloLayout::kAnchorsFirst);
  EXPECT_EQ(manifest->conf, 0.4f);
}

TEST(Manifest, DescribesEveryKindOfHead) {
  const auto head = [](const char* text) {
    auto manifest = ParseManifest(std::string(kSmall) + "[head]\n" + text);
    EXPECT_TRUE(manifest) << manifest.error().message;
    return manifest ? *std::move(manifest) : Manifest{};
  };
  const Manifest pose = head("kind = 'yolo'\nkeypoints = 4\nkeypoint_scores = false\n");
  EXPECT_EQ(pose.task, Task::kPose);
  const auto& points =
      std::get<KeypointColumns>(std::get<ManifestYoloHead>(pose.head).extra.columns);
  EXPECT_EQ(points.count, 4);
  EXPECT_FALSE(points.has_score);

  const Manifest masks = head("kind = 'yolov5'\nmasks = 16\nprototypes = 'p'\n");
  EXPECT_EQ(masks.task, Task::kSegment);
  const auto& v5 = std::get<ManifestYoloV5Head>(masks.head);
  EXPECT_EQ(std::get<MaskColumns>(v5.extra.columns).coefficients, 16);
  EXPECT_EQ(v5.extra.prototypes, "p");

  EXPECT_EQ(head("kind = 'yolo_end2end'\nangle = true\n").task, Task::kObb);
  const auto x = std::get<ManifestYoloXHead>(head("kind = 'yolox'\nstrides = [8, 64]\n").head);
  EXPECT_EQ(x.strides, (std::vector<int>{8, 64}));
  const auto v4 =
      std::get<ManifestYoloV4Head>(head("kind = 'yolov4'\nboxes = 'b'\nscores = 's'\n").head);
  EXPECT_EQ(v4.scores, "s");
  const auto nanodet = std::get<ManifestNanoDetHead>(
      head("kind = 'nanodet'\nscores = ['a']\nstrides = [8, 16]\ncell_offset = 0.25\n").head);
  EXPECT_EQ(nanodet.cell_offset, 0.25f);
  const auto detr = std::get<ManifestDetrHead>(
      head("kind = 'detr'\nboxes = 'b'\nlogits = 'l'\ntop = 100\nactivation = 'none'\n").head);
  EXPECT_EQ(detr.top, 100);
  EXPECT_EQ(detr.score, ScoreFunction::kNone);
  const Manifest classify = head("kind = 'classify'\nactivation = 'softmax'\n");
  EXPECT_EQ(classify.task, Task::kClassify);
  EXPECT_TRUE(std::get<ManifestClassifyHead>(classify.head).softmax);
}

TEST(Manifest, TakesTheWordForTheNamesOfCoco) {
  const auto manifest = ParseManifest(std::string(kSmall) + "[classes]\nnames = 'coco'\n");
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->names, CocoNames());
  EXPECT_EQ(manifest->names.size(), 80u);
  EXPECT_EQ(manifest->names[16], "dog");
}

struct BadCase {
  const char* name;
  std::string text;
  const char* sentence;
  ErrorCode code = ErrorCode::kDataLoss;
};

class BadManifests : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadManifests, AreRefusedWithTheLine) {
  const auto manifest = ParseManifest(GetParam().text);
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, GetParam().code);
  EXPECT_THAT(manifest.error().message, HasSubstr(GetParam().sentence));
}

std::string Small(const std::string& more) { return kSmall + more; }

// A model of landmarks, whose [head] and what follows goes on with `rest`.
std::string Landmarks(const std::string& rest) {
  return Small("[input]\nwidth = 64\nheight = 64\n[head]\nkind = \"landmarks\"\n" + rest);
}
std::string Dots(int parts) {
  std::string key = "a";
  for (int i = 1; i < parts; ++i) key += ".a";
  return key;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadManifests,
    ::testing::Values(
        BadCase{"Empty", "", "name must be given"},
        BadCase{"NotToml", "name = \"a\"\nthis is no TOML", "line 2: TOML must be well-formed"},
        BadCase{"NotUtf8", "name = \"a\"\nfile = \"\xff\xfe\"", "line 2: TOML must be UTF-8"},
        // Where toml++ 3.3 ran into __builtin_unreachable() or an assertion; found by fuzzing.
        BadCase{"LetterOutsideAString", "\xC3\xA9 = 1", "line 1: TOML must be well-formed"},
        BadCase{"LetterInAStringInAWord", "a = 12\"\xC3\xA9\"", "line 1: TOML must be well-formed"},
        BadCase{"LetterAfterABackslash", "a = \"\"\"\\\xC3\xA9\"\"\"", "line 1: TOML must be"},
        BadCase{"HeaderWithoutALetter", "[[$t]]", "line 1: TOML must be well-formed"},
        BadCase{"NoLicence", "name = \"a\"\nfile = \"a\"", "licence must be given"},
        BadCase{"NumberAsName", "name = 3", "line 1: name must be a string, got a number"},
        BadCase{"PathAsFile", Replace(kSmall, "small.onnx", "../up.onnx"),
                "line 3: file must be letters, digits"},
        BadCase{"HiddenFile", Replace(kSmall, "small.onnx", ".."), "file must be letters"},
        BadCase{"ShortHash", Small("sha256 = \"abc\""), "64 lower-case hexadecimal digits"},
        BadCase{"UnknownTask", Small("task = \"detekt\""),
                "line 4: task must be one of \"detect\", \"segment\""},
        BadCase{"SlipInAKey", Small("licens = \"MIT\""),
                "line 4: no key 'licens' in a manifest; nearest is 'licence'"},
        BadCase{"SlipInATable", Small("[input]\nwidth=1\nheight=1\nhieght=1"),
                "line 7: no key 'input.hieght' in a manifest; nearest is 'input.height'"},
        BadCase{"TableAsNumber", Small("input = 3"), "line 4: input must be a table, got a number"},
        BadCase{"NoHeight", Small("[input]\nwidth = 640"), "input.height must be given"},
        BadCase{"HugeWidth", Small("[input]\nwidth = 99999\nheight = 1"),
                "line 5: input.width must be a whole number between 1 and 16384, got 99999"},
        BadCase{"ScaleZero", Small("[input]\nwidth = 1\nheight = 1\nscale = 0.0"),
                "line 7: input.scale must not be 0"},
        BadCase{"OffsetNan", Small("[input]\nwidth = 1\nheight = 1\noffset = nan"),
                "input.offset must be a list of 1 to 3 numbers"},
        BadCase{"UrlOfAnotherKind", Small("[source]\nurl = \"ftp://example.org/m.onnx\""),
                "line 5: source.url must begin with https://, http:// or file:///"},
        BadCase{"NoSourceInSource", Small("[source]\noffset = 1"), "must be given, one of them"},
        BadCase{"NpmWithoutVersion", Small("[source]\nnpm = \"@a\"\nmember = \"m\""),
                "source.npm must be package@version"},
        BadCase{"NpmWithoutMember", Small("[source]\nnpm = \"a@1\""), "source.member"},
        BadCase{"NpmOfARepository", Small("[source]\nnpm = \"user/a@1\"\nmember = \"m\""),
                "source.npm must be package@version"},
        BadCase{"NpmOfAPath", Small("[source]\nnpm = \"../a@1\"\nmember = \"m\""),
                "source.npm must be package@version"},
        BadCase{"PypiThatIsAnOption", Small("[source]\npypi = \"-r==1\"\nmember = \"m\""),
                "source.pypi must be package==version"},
        BadCase{"PypiWithoutVersion", Small("[source]\npypi = \"a\"\nmember = \"m\""),
                "source.pypi must be package==version"},
        BadCase{"TwoSources", Small("[source]\nnpm = \"a@1\"\npypi = \"a==1\"\nmember = \"m\""),
                "one of them"},
        BadCase{"WheelWithoutPypi",
                Small("[source]\nnpm = \"a@1\"\nmember = \"m\"\nwheel = \"py3-none-any\""),
                "source.wheel"},
        BadCase{"WheelOfTwoTags",
                Small("[source]\npypi = \"a==1\"\nmember = \"m\"\nwheel = \"py3-none\""),
                "source.wheel"},
        BadCase{"ApInPercent", Small("ap = 34.0"), "ap must be a number between 0 and 1"},
        BadCase{"NoBytes", Small("bytes = 0"), "bytes must be a whole number"},
        BadCase{"UnknownHead", Small("[head]\nkind = \"rcnn\""),
                "line 5: head.kind must be one of \"yolo\", \"yolo_end2end\", \"yolov5\", "},
        BadCase{"KeypointsAndMasks", Small("[head]\nkind = \"yolo\"\nkeypoints = 17\nmasks = 32"),
                "must come with one of keypoints, masks and angle"},
        BadCase{"ScoresOfNoKeypoints", Small("[head]\nkind = \"yolo\"\nkeypoint_scores = true"),
                "line 6: head.keypoint_scores must come with keypoints"},
        BadCase{"PrototypesOfNoMasks", Small("[head]\nkind = \"yolov5\"\nprototypes = \"p\""),
                "line 6: head.prototypes must come with masks"},
        BadCase{"TaskOfAnotherHead", Small("task = \"pose\"\n[head]\nkind = \"yolox\""),
                "line 4: task must be \"detect\", as [head] has it, got \"pose\""},
        BadCase{"HalfAStride", Small("[head]\nkind = \"yolox\"\nstrides = [8.5]"),
                "line 6: head.strides must be whole numbers between 1 and 1024"},
        BadCase{"DistancesWithoutScores",
                Small("[head]\nkind = \"nanodet\"\nscores = [\"a\", \"b\"]\ndistances = [\"c\"]"),
                "head.distances must name as many outputs as scores"},
        BadCase{"IouWithoutSuppression", Small("[head]\nkind = \"detr\"\niou = 0.5"),
                "no key 'head.iou'"},
        BadCase{"ConfOfAClassifier", Small("[head]\nkind = \"classify\"\nconf = 0.5"),
                "no key 'head.conf'"},
        BadCase{"SigmoidOfAClassifier",
                Small("[head]\nkind = \"classify\"\nactivation = \"sigmoid\""),
                "must be one of \"softmax\", \"none\", got \"sigmoid\""},
        BadCase{"UnknownWordForNames", Small("[classes]\nnames = \"voc\""),
                "line 5: classes.names must be a list of names or \"coco\""},
        BadCase{"UnknownFit", Small("[input]\nwidth = 1\nheight = 1\nfit = \"crop\""),
                "\"letterbox_warp\", \"stretch\", \"center_crop\", got \"crop\""},
        BadCase{"NoKind", Small("[head]\nconf = 0.5"), "head.kind must be given"},
        BadCase{"ConfAboveOne", Small("[head]\nkind = \"yolo\"\nconf = 2"),
                "line 6: head.conf must be a number between 0 and 1, got 2"},
        BadCase{"BlazeWithoutInput",
                std::string(kSsd).substr(0, std::string(kSsd).find("[input]")) +
                    "[head]\nkind = \"blaze\"\nstrides = [8]\nboxes_per_cell = [2]\n",
                "must come with a table [input]"},
        BadCase{"BlazeWithoutBoxes",
                std::string(kSsd).substr(0, std::string(kSsd).find("[head]")) +
                    "[head]\nkind = \"blaze\"\nstrides = [8, 16]\nboxes_per_cell = [2]\n",
                "head.boxes_per_cell must be one for each of strides"},
        BadCase{"LandmarksWithoutPoints", Landmarks("columns = 5\n"), "head.points must be given"},
        BadCase{"LandmarksOfFourColumns", Landmarks("points = 9\ncolumns = 4\n"),
                "head.columns must be 3 or 5"},
        BadCase{"LandmarksWithAnEvenWindow", Landmarks("points = 9\nwindow = 6\n"),
                "head.window must be odd"},
        BadCase{"LandmarksOfAStranger", Landmarks("points = 9\nof = \"hand\"\n"),
                "head.of must be one of \"body\", \"face\", got \"hand\""},
        BadCase{"LandmarksRefinedInPart",
                Landmarks("points = 478\nof = \"face\"\nrefined = [\"a\", \"b\"]\n"),
                "head.refined must be the five parts of a face of 478 points"},
        BadCase{"RegionsWithoutDetector", Landmarks("points = 9\n[regions]\n"),
                "regions.detector must be given"},
        BadCase{"RegionsWithoutARule", Landmarks("points = 9\n[regions]\ndetector = \"a\"\n"),
                "regions.found.from must be given"},
        BadCase{"RegionsByAPointThatIsNotThere",
                Landmarks("points = 9\nhidden = 2\n[regions]\ndetector = \"a\"\n"
                          "[regions.found]\nfrom = 0\nto = 1\n"
                          "[regions.followed]\nfrom = 10\nto = 11\n"),
                "regions.followed.to must be a whole number between 0 and 10, got 11"},
        BadCase{"RegionsByOnePoint",
                Landmarks("points = 9\n[regions]\ndetector = \"a\"\n"
                          "[regions.found]\nfrom = 1\nto = 1\n"),
                "regions.found.to must be another point than from"},
        BadCase{"RegionsOfADetector",
                Small("[head]\nkind = \"yolo\"\n[regions]\ndetector = \"a\"\n"),
                "regions.detector must come with [head] kind = \"landmarks\""},
        BadCase{"SsdWithoutInput", Replace(kSsd, "[input]\nwidth = 320\nheight = 256\n", ""),
                "must come with a table [input]"},
        BadCase{"SsdWithoutAnchors", Replace(kSsd, "[head.anchors]", "[other]"),
                "head.anchors must be given"},
        BadCase{"SsdWithoutScores", Replace(kSsd, "scores = \"c\"\n", ""),
                "head.scores must be given"},
        BadCase{"HalfACell", Replace(kSsd, "[2]", "[2.5]"), "line 12: head.anchors.layers"},
        BadCase{"NegativeRatio", Replace(kSsd, "[1.0]", "[-1.0]"), "head.anchors.aspect_ratios"},
        BadCase{"BackgroundFive", Replace(kSsd, "scores", "background = 5\nscores"),
                "between -1 and 0, got 5"},
        BadCase{"ThreeBoxScales", Replace(kSsd, "scores", "box_scales = [1, 2, 3]\nscores"),
                "box_scales must be 4 numbers"},
        BadCase{"UnknownActivation", Replace(kSsd, "scores", "activation = \"softmax\"\nscores"),
                "must be one of \"sigmoid\", \"none\", got \"softmax\""},
        BadCase{"EmptyName", Small("[classes]\nnames = [\"a\", \"\"]"), "line 5: classes.names"},
        BadCase{"NumberInNames", Small("[classes]\nnames = [1]"), "line 5: classes.names"},
        BadCase{"DeepKey", Small((Dots(17) + " = 1").c_str()),
                "line 4: a key must have at most 16 parts", ErrorCode::kResourceExhausted},
        BadCase{"VeryDeepKey", Dots(100000) + " = 1", "line 1: a key",
                ErrorCode::kResourceExhausted},
        BadCase{"DeepKeyBehindAString", "x = \"\"\"\n#\"\"\"\n" + Dots(40) + " = 1",
                "line 3: a key", ErrorCode::kResourceExhausted},
        BadCase{"DeepList", "x = " + std::string(40, '[') + std::string(40, ']'),
                "line 1: TOML must be well-formed"},
        BadCase{"Huge", std::string(kMaxManifestBytes + 1, '#'), "at most 262144 bytes",
                ErrorCode::kResourceExhausted}),
    [](const auto& param) { return param.param.name; });

TEST(Manifest, LimitsTheNumberOfNames) {
  std::string list = "[classes]\nnames = [";
  for (std::size_t i = 0; i < kMaxNames + 1; ++i) list += "\"a\",";
  const auto manifest = ParseManifest(kSmall + list + "]");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, ErrorCode::kResourceExhausted);
}

TEST(Manifest, AllowsLettersBeyondAsciiInStringsAndComments) {
  const auto manifest = ParseManifest("\xEF\xBB\xBF# d\xC3\xA9tecteur\n" + std::string(kSmall) +
                                      "description = \"\"\"\\\n  caf\xC3\xA9 \xE4\xBA\xBA\"\"\"\n"
                                      "[classes]\nnames = [\"v\xC3\xA9lo\", '\xE3\x81\x82']\n");
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->description, "caf\xC3\xA9 \xE4\xBA\xBA");
  EXPECT_EQ(manifest->names[0], "v\xC3\xA9lo");
}

TEST(Manifest, AllowsManyDotsWhereTheyAreNoKeys) {
  std::string text = kSmall;
  text += "description = '" + std::string(100, '.') + "'  # " + std::string(100, '.') + "\n";
  text += "[classes]\nnames = [\"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r\"]\n";
  const auto manifest = ParseManifest(text);
  EXPECT_TRUE(manifest) << manifest.error().message;
}

}  // namespace
}  // namespace retinue
