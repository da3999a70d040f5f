// `eval detect` as users run it, and which class of a model a class of labels is.

#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "apps/cli/command_test_support.h"
#include "apps/cli/eval_labels.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using cli::MatchClasses;
using retinue::testing::ProgramResult;
using retinue::testing::ReadFile;
using retinue::testing::RunRetinue;
using retinue::testing::WriteFile;

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EvalDetect : public ::testing::Test {
 protected:
  ProgramResult Eval(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"eval", "detect"});
    return RunRetinue(std::move(arguments), folder_);
  }
  std::string File(const std::string& name) const { return folder_.File(name); }
  Json ReadJson(const std::string& name) const { return Json::parse(ReadFile(File(name))); }

  /// A folder of pictures that nobody will decode, and labels of the first.
  void MakeData(const std::string& label) {
    fs::create_directory(File("pictures"));
    fs::create_directory(File("labels"));
    WriteFile(File("pictures/a.jpg"), "no picture");
    WriteFile(File("labels/a.txt"), label);
  }

  testing::TemporaryFolder folder_;
};

#define DEFAULT_MODEL_OR_SKIP() \
  RETINUE_FETCHED_OR_SKIP(default_model, "models/ssd_mobilenet_v2_objectron.tflite")

TEST_F(EvalDetect, ResultsGetTheScoresOfPycocotools) {
  // Made by lib/eval/golden/average_precision.py.
  const Json golden = Json::parse(
      ReadFile(testing::RepositoryFile("lib/eval/golden/average_precision.json")))[0];
  WriteFile(File("results.json"), golden["results"].dump());
  WriteFile(File("labels.json"), golden["truth"].dump());
  const ProgramResult run = Eval({"results.json", "labels.json", "json=scores.json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("keypoints"));
  const Json scores = ReadJson("scores.json");
  EXPECT_EQ(scores["iou_type"], "keypoints");
  EXPECT_EQ(scores["images"], golden["truth"]["images"].size());
  for (const std::string shape : {"keypoints", "segm", "bbox"}) {
    const std::string before = shape == "keypoints" ? "" : shape + "_";
    for (const auto& [name, value] : golden["expected"][shape].items()) {
      if (name == "categories") continue;
      EXPECT_NEAR(scores.at(before + name).get<double>(), value.get<double>(), 1e-9)
          << shape << " " << name;
    }
  }
}

TEST_F(EvalDetect, AModelsScoresAreThoseOfTheResultsItWrites) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(images, "images/coco128_val2017/images");
  RETINUE_TEST_DATA_OR_SKIP(labels, "images/coco128_val2017/labels_box");
  struct Picture {
    std::int64_t id;
    int width, height;
  };
  // Sizes as ffprobe gives them.
  const std::array<Picture, 3> pictures = {{{139, 640, 426}, {885, 640, 427}, {1268, 640, 427}}};
  const std::vector<std::string> names = {"person", "bicycle", "car"};  // COCO's first three
  Json truth = {{"images", Json::array()}, {"annotations", Json::array()},
                {"categories", Json::array()}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    truth["categories"].push_back({{"id", i}, {"name", names[i]}});
  }
  std::vector<std::string> words;
  for (const Picture& picture : pictures) {
    const std::string number = std::to_string(picture.id);
    const std::string stem = std::string(12 - number.size(), '0') + number;
    words.push_back(images + "/" + stem + ".jpg");
    truth["images"].push_back({{"id", picture.id}, {"file_name", stem + ".jpg"},
                               {"width", picture.width}, {"height", picture.height}});
    std::istringstream lines(ReadFile(labels + "/" + stem + ".txt"));
    double c = 0, x = 0, y = 0, w = 0, h = 0;
    while (lines >> c >> x >> y >> w >> h) {
      if (c > 2) continue;
      truth["annotations"].push_back(
          {{"id", truth["annotations"].size() + 1}, {"image_id", picture.id}, {"iscrowd", 0},
           {"category_id", static_cast<int>(c)}, {"area", w * picture.width * h * picture.height},
           {"bbox", {(x - w / 2) * picture.width, (y - h / 2) * picture.height, w * picture.width,
                     h * picture.height}}});
    }
  }
  WriteFile(File("truth.json"), truth.dump());

  // By YOLO text, by COCO JSON, and by what was found at the first of them.
  auto by_text = words, by_json = words;
  by_text.insert(by_text.end(), {labels, "label_names=coco", "classes=person,bicycle,car",
                                 "json=text.json", "coco=found.json"});
  by_json.insert(by_json.end(), {"truth.json", "json=json.json"});
  const ProgramResult text_run = Eval(by_text), json_run = Eval(by_json);
  ASSERT_EQ(text_run.exit_code, 0) << text_run.err;
  ASSERT_EQ(json_run.exit_code, 0) << json_run.err;
  const ProgramResult again = Eval({"found.json", "truth.json", "json=again.json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const Json text = ReadJson("text.json"), json = ReadJson("json.json");
  const Json last = ReadJson("again.json");
  EXPECT_EQ(text["images"], 3);
  EXPECT_EQ(text["labelled"], truth["annotations"].size());
  EXPECT_GT(text["AP"], 0.02);
  for (const char* name : {"AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR100"}) {
    EXPECT_NEAR(text[name].get<double>(), json[name].get<double>(), 1e-9) << name;
    EXPECT_NEAR(text[name].get<double>(), last[name].get<double>(), 1e-9) << name;
  }
}

struct Wrong {
  const char* name;
  const char* label;  // text of labels/a.txt
  std::vector<std::string> arguments;
  int exit_code;
  const char* says;
};

TEST_F(EvalDetect, WhatCannotBeScoredIsOneSentence) {
  DEFAULT_MODEL_OR_SKIP();
  const char* const fine = "0 0.5 0.5 0.1 0.1\n";
  const std::vector<Wrong> cases = {
      {"nothing", fine, {}, 2, "eval detect needs pictures and their labels"},
      {"no labels", fine, {"pictures"}, 2, "eval detect needs pictures and their labels"},
      {"no such folder", fine, {"pictures", "nowhere"}, 3, "nowhere"},
      {"no such folder of pictures", fine, {"nowhere/", "labels"}, 2, "looks at pictures"},
      {"no pictures", fine, {"nowhere/*.jpg", "labels"}, 3, "nowhere"},
      {"a video", fine, {"a.mp4", "labels"}, 2, "looks at pictures, a.mp4 is none"},
      {"labels elsewhere", fine, {"pictures", "pictures"}, 3, "none of the pictures has labels"},
      {"bad line", "0 0.5 0.5\n", {"pictures", "labels"}, 3, "labels/a.txt: line 1: expected 5"},
      {"unknown class", "79 0.5 0.5 0.1 0.1\n", {"pictures", "labels"}, 2,
       "class 79 is none of the model's 23"},
      {"unknown class of names", "85 0.5 0.5 0.1 0.1\n", {"pictures", "labels", "label_names=coco"},
       2, "class 85 is none of the 80 of label_names=coco"},
      {"no file of names", fine, {"pictures", "labels", "label_names=nowhere"}, 2,
       "label_names must be coco, coco91 or a file of names"},
      {"no JSON", fine, {"pictures", "labels/a.txt"}, 3, "labels/a.txt: not JSON"},
      {"results and a model", fine, {"r.json", "l.json", "model=x"}, 2, "holds results already"},
      {"no results", fine, {"r.json", "l.json"}, 3, "l.json"},
      {"nothing decodes", fine, {"pictures", "labels"}, 3, "a.jpg"},
      {"an option of others", fine, {"pictures", "labels", "tracker=sort"}, 2, "tracker"},
  };
  for (const Wrong& c : cases) {
    MakeData(c.label);
    const ProgramResult run = Eval(c.arguments);
    EXPECT_EQ(run.exit_code, c.exit_code) << c.name << ": " << run.err;
    EXPECT_THAT(run.err, HasSubstr(c.says)) << c.name;
    EXPECT_THAT(run.out, IsEmpty()) << c.name;
  }
}

TEST_F(EvalDetect, FilesThatAreThereAreKept) {
  WriteFile(File("scores.json"), "mine");
  const ProgramResult run = Eval({"r.json", "l.json", "json=scores.json"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(ReadFile(File("scores.json")), "mine");
}

// ---------------------------------------------------------------- classes

using Names = std::vector<std::string>;
using Categories = std::vector<EvalCategory>;

TEST(MatchClasses, GoesByNameWhateverTheOrder) {
  const auto map = MatchClasses(Names{"cat", "Traffic_Light"},
                                Categories{{10, "traffic light"}, {17, "cat"}});
  ASSERT_TRUE(map);
  EXPECT_THAT(map->of_class, ElementsAre(17, 10));
  EXPECT_THAT(map->notes, IsEmpty());
}

TEST(MatchClasses, KnowsDarknetsNames) {
  const auto map = MatchClasses(Names{"sofa", "person"}, Categories{{63, "couch"}});
  ASSERT_TRUE(map);
  EXPECT_THAT(map->of_class, ElementsAre(63, std::nullopt));
  EXPECT_THAT(map->notes, IsEmpty());
}

TEST(MatchClasses, LeavesOutWhatTheModelDoesNotKnowAndSaysSo) {
  const auto map = MatchClasses(Names{"dog", "cat"}, Categories{{1, "cat"}, {2, "gnu"}});
  ASSERT_TRUE(map);
  EXPECT_THAT(map->categories, ElementsAre(EvalCategory{1, "cat"}));
  EXPECT_THAT(map->notes, ElementsAre(HasSubstr("1 of 2 labelled classes are unknown")));
}

TEST(MatchClasses, GoesByOrderWhenNamesAllow) {
  const auto map = MatchClasses(Names{"Katze", "dog"}, Categories{{1, "cat"}, {2, "dog"}});
  ASSERT_TRUE(map);
  EXPECT_THAT(map->of_class, ElementsAre(1, 2));
  EXPECT_THAT(map->notes, ElementsAre(HasSubstr("does not name 'cat'")));
}

TEST(MatchClasses, IsAnErrorWhenNothingFits) {
  const auto map = MatchClasses(Names{"Katze", "Hund", "Maus"}, Categories{{1, "cat"}, {2, "dog"}});
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error().code, cli::kExitUsage);
  EXPECT_THAT(map.error().message, HasSubstr("'cat', 'dog' there, 'Katze', 'Hund', 'Maus' here"));
}

}  // namespace
}  // namespace retinue
