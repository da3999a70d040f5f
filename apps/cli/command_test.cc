// The command as users run it: the built program, real files, exit codes and
// sentences of the contract.

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "apps/cli/command_test_support.h"
#include "tests/support/json_schema.h"
#include "tests/support/program.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using retinue::testing::HasProgram;
using retinue::testing::ProgramOptions;
using retinue::testing::ProgramResult;
using retinue::testing::ReadFile;
using retinue::testing::RunProgram;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Command : public ::testing::Test {
 protected:
  /// Runs `retinue ARGUMENTS` in this test's folder.
  ProgramResult Retinue(std::vector<std::string> arguments, ProgramOptions options = {}) {
    return RunRetinue(std::move(arguments), folder_, std::move(options));
  }

  std::string File(const std::string& name) const { return folder_.File(name); }
  bool Exists(const std::string& name) const { return fs::exists(File(name)); }
  std::string Read(const std::string& name) const { return ReadFile(File(name)); }

  static std::vector<Json> Lines(const std::string& text) {
    std::vector<Json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  static Json Schema(const std::string& name) {
    return Json::parse(
        ReadFile(testing::RepositoryFile("docs/schema/" + name + ".v1.schema.json")));
  }

  /// ffprobe's answer, or empty.
  std::string Probe(const std::string& name, const std::vector<std::string>& what) {
    std::vector<std::string> command = {"ffprobe", "-v", "error"};
    command.insert(command.end(), what.begin(), what.end());
    command.push_back(File(name));
    return RunProgram(command).out;
  }

  TemporaryFolder folder_;
};

#define DEFAULT_MODEL_OR_SKIP() \
  RETINUE_FETCHED_OR_SKIP(default_model, "models/ssd_mobilenet_v2_objectron.tflite")
#define FFMPEG_OR_SKIP() \
  if (!HasProgram("ffmpeg")) GTEST_SKIP() << "program absent: ffmpeg"

// --- talking -----------------------------------------------------------------

TEST_F(Command, HelpNamesTheVerbs) {
  const ProgramResult run = Retinue({"help"});
  EXPECT_EQ(run.exit_code, 0);
  for (const char* verb : {"track", "detect", "bench", "devices"}) {
    EXPECT_THAT(run.out, HasSubstr(verb));
  }
}

TEST_F(Command, HelpOfAVerbListsItsOptions) {
  const ProgramResult run = Retinue({"track", "--help"});
  EXPECT_EQ(run.exit_code, 0);
  for (const char* key : {"conf", "imgsz", "tracker", "save", "overwrite"}) {
    EXPECT_THAT(run.out, HasSubstr(key));
  }
}

TEST_F(Command, WrongUsageIsTwoAndNamesWhatIsNear) {
  struct Case {
    std::vector<std::string> arguments;
    const char* sentence;
  };
  const Case cases[] = {
      {{"trak", "a.mp4"}, "the nearest is 'track'"},
      {{"track", "a.mp4", "cnof=0.5"}, "the nearest is 'conf'"},
      {{"track", "a.mp4", "--over-write"}, "the nearest is 'overwrite'"},
      {{"track", "a.mp4", "conf=2"}, "conf"},
      {{"track", "a.mp4", "conf=high"}, "conf"},
      {{"track", "a.mp4", "runtime=tensorrt"}, "runtime"},
      {{"track", "a.mp4", "tracker=deepsort"}, "tracker"},
      {{"track", "a.mp4", "vid_stride=0"}, "vid_stride"},
      {{"track", "a.mp4", "--conf"}, "needs a value"},
      {{"track"}, "no source"},
      {{"track", "0"}, "needs an output"},
      {{"bench", "a.mp4"}, "bench run"},
  };
  for (const Case& one : cases) {
    const ProgramResult run = Retinue(one.arguments);
    SCOPED_TRACE(run.err);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr(one.sentence));
    EXPECT_EQ(run.out, "");
  }
}

TEST_F(Command, OptionsThatTheModelContradictsAreWrongUsage) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(picture, "images/bus.jpg");
  RETINUE_TEST_DATA_OR_SKIP(yolo, "models/derived_f32/yolov8n_f32.onnx");
  const ProgramResult classes = Retinue({"detect", picture, "classes=perzon"});
  EXPECT_EQ(classes.exit_code, 2) << classes.err;
  EXPECT_THAT(classes.err, HasSubstr("nearest is 'person'"));
  const ProgramResult size = Retinue({"detect", picture, "model=" + yolo, "imgsz=17"});
  EXPECT_EQ(size.exit_code, 2) << size.err;
  EXPECT_THAT(size.err, HasSubstr("32"));
}

TEST_F(Command, ConfigIsOverEnvironmentAndUnderTheCommandLine) {
  DEFAULT_MODEL_OR_SKIP();
  WriteFile(File("retinue.toml"), "conf = 0.4\nmax-det = 7\n");
  const ProgramOptions environment{.folder = {},
                                   .environment = {{"RETINUE_IOU", "0.3"}, {"RETINUE_CONF", "0.9"}},
                                   .input = {},
                                   .signal_after = {}};
  const ProgramResult run = Retinue(
      {"detect", "test:people", "config=retinue.toml", "dry_run", "max_det=9"}, environment);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("conf 0.4 iou 0.3 max_det 9"));
  WriteFile(File("wrong.toml"), "conff = 0.4\n");
  const ProgramResult wrong = Retinue({"detect", "test:people", "config=wrong.toml"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err,
              HasSubstr("wrong.toml: line 1: unknown option 'conff'; the nearest is 'conf'"));
}

TEST_F(Command, DryRunSaysWhatItWouldDoAndDoesNothing) {
  DEFAULT_MODEL_OR_SKIP();
  const ProgramResult run =
      Retinue({"track", "test:people", "save=x.mp4", "json=x.jsonl", "dry_run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  for (const char* part : {"source", "ssd_mobilenet_v2_objectron", "openvino", "300x300",
                           "bytetrack", "x.mp4", "x.jsonl"}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// --- sources -----------------------------------------------------------------

TEST_F(Command, SourcesThatCannotBeOpenedAreThree) {
  DEFAULT_MODEL_OR_SKIP();
  WriteFile(File("empty.mp4"), "");
  WriteFile(File("notes.txt.mp4"), std::string(4096, 'x'));
  fs::create_directory(File("nothing"));
  for (const std::string source :
       {"missing.mp4", "empty.mp4", "notes.txt.mp4", "nothing", "no*.mkv"}) {
    const ProgramResult run = Retinue({"track", source});
    SCOPED_TRACE(run.err);
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.err, HasSubstr(source));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
  }
  for (const auto& left : fs::directory_iterator(folder_.path())) {
    EXPECT_THAT(left.path().filename().string(), Not(HasSubstr(".out."))) << "left behind";
  }
}

TEST_F(Command, AudioWithoutVideoIsThree) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(audio, "videos/derived/audio_only.m4a");
  const ProgramResult run = Retinue({"track", audio});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("audio"));
}

TEST_F(Command, ATruncatedFileYieldsWhatCanBeDecodedAndAWarning) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/derived/walk2s_truncated.mp4");
  const ProgramResult run = Retinue({"track", video, "json=-"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("truncated"));
  EXPECT_GT(Lines(run.out).size(), 10u);
}

TEST_F(Command, ABadEntryOfAListDoesNotStopTheOthers) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(bus, "images/bus.jpg");
  RETINUE_TEST_DATA_OR_SKIP(zidane, "images/zidane.jpg");
  WriteFile(File("all.txt"), bus + "\nmissing.jpg\n" + zidane + "\n");
  const ProgramResult run = Retinue({"detect", "all.txt", "json=-"});
  EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_THAT(run.err, HasSubstr("missing.jpg"));
  const std::vector<Json> lines = Lines(run.out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["stream"], bus);
  EXPECT_EQ(lines[1]["stream"], zidane);
  EXPECT_FALSE(lines[0]["objects"].empty());
}

// Videos that have to wait are not open meanwhile.
TEST_F(Command, ManyVideosTakeNoMoreMemoryThanAFew) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/derived/walk2s.mp4");
  const auto peak_mb = [&](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += video + "\n";
    WriteFile(File("many.txt"), list);
    const ProgramResult run = Retinue({"track", "many.txt", "json=many.jsonl", "stats=many.json",
                                       "max_frames=2", "overwrite", "quiet"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(Lines(Read("many.jsonl")).size(), static_cast<std::size_t>(2 * count));
    return Json::parse(Read("many.json"))["peak_mb"].get<double>();
  };
  // An open video takes some 15 MB.
  EXPECT_LT(peak_mb(24), peak_mb(4) + 100);
}

TEST_F(Command, ReadsY4mFromStandardInput) {
  DEFAULT_MODEL_OR_SKIP();
  FFMPEG_OR_SKIP();
  const std::string y4m = RunProgram({"ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                                      "testsrc=duration=0.4:size=321x201:rate=25", "-f",
                                      "yuv4mpegpipe", "-pix_fmt", "yuv420p", "-"})
                              .out;
  const ProgramResult run =
      Retinue({"detect", "-", "json=-"},
              {.folder = {}, .environment = {}, .input = y4m, .signal_after = {}});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> lines = Lines(run.out);
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines[9]["pts_ns"], 360'000'000);
  EXPECT_EQ(lines[9]["width"], 321);
}

TEST_F(Command, ARotatedVideoIsUprightInResultsAndPicture) {
  DEFAULT_MODEL_OR_SKIP();
  FFMPEG_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/derived/walk2s_rot90.mp4");
  const ProgramResult run = Retinue({"track", video, "json=r.jsonl", "save=r.mp4", "max_frames=5"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> lines = Lines(Read("r.jsonl"));
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0]["width"], 720);
  EXPECT_EQ(lines[0]["height"], 1280);
  EXPECT_THAT(Probe("r.mp4", {"-select_streams", "v", "-show_entries", "stream=width,height", "-of",
                              "csv=p=0"}),
              HasSubstr("720,1280"));
}

// --- models and machines -------------------------------------------------------

TEST_F(Command, ModelsThatCannotBeUnderstoodAreFour) {
  RETINUE_TEST_DATA_OR_SKIP(embedder, "models/osnet_x0_25_msmt17.onnx");
  WriteFile(File("text.onnx"), "this is not a network\n");
  WriteFile(File("empty.onnx"), "");
  for (const std::string runtime : {"openvino", "onnxruntime"}) {
    for (const std::string& model :
         {std::string("text.onnx"), std::string("empty.onnx"), std::string("missing.onnx"),
          std::string("yolov99"), embedder}) {
      const ProgramResult run =
          Retinue({"detect", "test:people", "model=" + model, "runtime=" + runtime});
      SCOPED_TRACE(model + " on " + runtime + ": " + run.err);
      EXPECT_EQ(run.exit_code, 4);
      EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
    }
  }
}

TEST_F(Command, ATfliteModelOnOnnxRuntimeIsRefusedHonestly) {
  DEFAULT_MODEL_OR_SKIP();
  const ProgramResult run = Retinue({"detect", "test:people", "runtime=onnxruntime"});
  EXPECT_EQ(run.exit_code, 4) << run.err;
  EXPECT_THAT(run.err, HasSubstr("openvino"));
}

TEST_F(Command, ADeviceThatIsNotThereIsFiveAndSaysWhatIs) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(yolo, "models/derived_f32/yolov8n_f32.onnx");
  for (const std::string runtime : {"openvino", "onnxruntime"}) {
    const ProgramResult run =
        Retinue({"detect", "test:people", "device=cuda:7", "runtime=" + runtime, "model=" + yolo});
    EXPECT_EQ(run.exit_code, 5) << run.err;
    EXPECT_THAT(run.err, HasSubstr("cpu"));
  }
}

TEST_F(Command, BothRuntimesSeeTheSame) {
  RETINUE_TEST_DATA_OR_SKIP(v8, "models/derived_f32/yolov8n_f32.onnx");
  RETINUE_TEST_DATA_OR_SKIP(end2end, "models/derived_f32/yolo26n_e2e_f32.onnx");
  RETINUE_TEST_DATA_OR_SKIP(bus, "images/bus.jpg");
  for (const std::string& model : {v8, end2end}) {
    SCOPED_TRACE(model);
    std::vector<Json> found;
    for (const std::string runtime : {"openvino", "onnxruntime"}) {
      const ProgramResult run = Retinue({"detect", bus, "json=-", "rect=false", "precision=f32",
                                         "model=" + model, "runtime=" + runtime});
      ASSERT_EQ(run.exit_code, 0) << run.err;
      found.push_back(Lines(run.out).at(0)["objects"]);
    }
    ASSERT_EQ(found[0].size(), found[1].size());
    ASSERT_GE(found[0].size(), 4u);  // a bus and three people at least stand in that picture
    for (std::size_t i = 0; i < found[0].size(); ++i) {
      const Json& a = found[0][i];
      const Json& b = found[1][i];
      EXPECT_EQ(a["label"], b["label"]);
      EXPECT_NEAR(a["score"].get<double>(), b["score"].get<double>(), 1e-3);
      // Two orders of summation in f32 over 200 layers.
      for (int k = 0; k < 4; ++k)
        EXPECT_NEAR(a["box"][k].get<double>(), b["box"][k].get<double>(), 0.5);
    }
  }
}

// --- outputs -----------------------------------------------------------------

TEST_F(Command, WithoutOutputsItWritesItsOwnNamesAndSaysSo) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(bus, "images/bus.jpg");
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/derived/walk2s.mp4");
  for (int again = 0; again < 2; ++again) {  // its own names it may replace
    const ProgramResult picture = Retinue({"detect", bus});
    EXPECT_EQ(picture.exit_code, 0) << picture.err;
    EXPECT_THAT(picture.err, HasSubstr("wrote bus.out.jpg"));
    EXPECT_TRUE(Exists("bus.out.jpg"));
    const ProgramResult run = Retinue({"track", video, "max_frames=3"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_TRUE(Exists("walk2s.out.mp4"));
    EXPECT_EQ(Lines(Read("walk2s.out.jsonl")).size(), 3u);
    EXPECT_EQ(run.out, "") << "data only where it was asked for";
  }
}

TEST_F(Command, RefusesToReplaceAndToGuessFolders) {
  DEFAULT_MODEL_OR_SKIP();
  WriteFile(File("old.jsonl"), "mine");
  const ProgramResult exists = Retinue({"detect", "test:people", "json=old.jsonl", "max_frames=1"});
  EXPECT_EQ(exists.exit_code, 2);
  EXPECT_THAT(exists.err, HasSubstr("overwrite=true"));
  EXPECT_EQ(Read("old.jsonl"), "mine");
  const ProgramResult folder =
      Retinue({"detect", "test:people", "save=no/where.mp4", "max_frames=1"});
  EXPECT_EQ(folder.exit_code, 2) << folder.err;
  EXPECT_THAT(folder.err, HasSubstr("does not exist"));
  const ProgramResult replaced =
      Retinue({"detect", "test:people", "json=old.jsonl", "max_frames=1", "overwrite"});
  EXPECT_EQ(replaced.exit_code, 0) << replaced.err;
  EXPECT_EQ(Lines(Read("old.jsonl")).size(), 1u);
}

TEST_F(Command, MakesTheFolderThatPicturesGoInto) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(bus, "images/bus.jpg");
  for (const std::string folder : {"one/", "two"}) {
    std::vector<std::string> arguments = {"detect", bus, "save=" + folder};
    if (folder == "two") arguments.insert(arguments.begin() + 1, "test:");
    arguments.insert(arguments.end(), {"max_frames=3", "quiet"});
    const ProgramResult run = Retinue(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_TRUE(fs::exists(File(fs::path(folder) / "bus.jpg"))) << folder;
  }
  const ProgramResult no_parent = Retinue({"detect", bus, "save=no/such/"});
  EXPECT_EQ(no_parent.exit_code, 2);
  EXPECT_THAT(no_parent.err, HasSubstr("output folder 'no' does not exist"));
}

TEST_F(Command, RefusesTwoOutputsOfOneName) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(bus, "images/bus.jpg");
  for (const char* other : {"csv=a.x", "stats=a.x"}) {
    const ProgramResult run = Retinue({"detect", bus, "json=a.x", other});
    EXPECT_EQ(run.exit_code, 2) << other;
    EXPECT_THAT(run.err, HasSubstr("two outputs have the same name, a.x"));
  }
}

TEST_F(Command, AllTextOutputsAtOnce) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_FETCHED_OR_SKIP(video, "samples/vtest.avi");
  const ProgramResult run =
      Retinue({"track", video, "max_frames=20", "json=a.jsonl", "mot=a.txt", "coco=a.json",
               "csv=a.csv", "txt=labels", "crops=crops", "stats=stats.json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<Json> lines = Lines(Read("a.jsonl"));
  ASSERT_EQ(lines.size(), 20u);
  const Json results = Schema("results");
  std::size_t objects = 0;
  std::set<long> ids;
  for (const Json& line : lines) {
    EXPECT_EQ(testing::JsonSchema(results).Check(line), "");
    for (const Json& object : line["objects"]) {
      ++objects;
      ids.insert(object["id"].get<long>());
      EXPECT_GE(object["box"][0].get<double>(), 0);
      EXPECT_LE(object["box"][0].get<double>() + object["box"][2].get<double>(), 768.01);
    }
  }
  EXPECT_GT(objects, 20u) << "people walk through every frame of that video";
  const auto line_count = [](const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  };
  EXPECT_EQ(line_count(Read("a.txt")), objects);
  EXPECT_EQ(line_count(Read("a.csv")), objects + 1);
  EXPECT_EQ(Json::parse(Read("a.json")).size(), objects);
  std::size_t labels = 0, crops = 0;
  for (const auto& file : fs::directory_iterator(File("labels")))
    labels += file.path().extension() == ".txt";
  for (const auto& file : fs::recursive_directory_iterator(File("crops")))
    crops += file.path().extension() == ".jpg";
  EXPECT_EQ(labels, 20u);
  EXPECT_EQ(crops, objects);
  const Json stats_schema = Schema("stats");  // held by the validator
  const Json stats = Json::parse(Read("stats.json"));
  EXPECT_EQ(testing::JsonSchema(stats_schema).Check(stats), "");
  EXPECT_EQ(stats["frames"], 20);
  EXPECT_EQ(stats["tracks"], ids.size());
  EXPECT_GT(stats["peak_mb"].get<double>(), 10);
  for (const char* stage :
       {"decode_wait", "preprocess", "inference", "head", "track", "draw", "encode_wait"}) {
    EXPECT_TRUE(stats["stages"][stage].contains("p99_ms")) << stage;
  }
}

TEST_F(Command, TheSameFileGivesTheSameResultsEveryTime) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_FETCHED_OR_SKIP(video, "samples/vtest.avi");
  const auto look = [&](const std::string& threads) {
    const ProgramResult run =
        Retinue({"track", video, "max_frames=60", "json=-", "threads=" + threads});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.out;
  };
  const std::string once = look("2");
  EXPECT_FALSE(once.empty());
  EXPECT_EQ(once, look("2"));
}

TEST_F(Command, TheVideoKeepsTimesAndAudio) {
  DEFAULT_MODEL_OR_SKIP();
  FFMPEG_OR_SKIP();
  RETINUE_TEST_DATA_OR_SKIP(video, "videos/walking_720p.mp4");
  const ProgramResult run = Retinue({"track", video, "save=w.mp4", "quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  const auto probe = [](const std::string& path, std::vector<std::string> what) {
    std::vector<std::string> command = {"ffprobe", "-v", "error"};
    command.insert(command.end(), what.begin(), what.end());
    command.push_back(path);
    return RunProgram(command).out;
  };
  const std::vector<std::string> times = {"-select_streams", "v",   "-show_entries",
                                          "frame=pts_time",  "-of", "csv=p=0"};
  // ffprobe adds a comma where a frame carries side data.
  const auto numbers = [](std::string text) {
    std::erase(text, ',');
    std::vector<double> values;
    std::istringstream stream(text);
    for (double value = 0; stream >> value;) values.push_back(value);
    return values;
  };
  EXPECT_EQ(numbers(probe(video, times)).size(), 341u);
  EXPECT_EQ(numbers(probe(File("w.mp4"), times)), numbers(probe(video, times)));
  const auto audio = [](const std::string& path) {
    return RunProgram(
               {"ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f", "md5", "-"})
        .out;
  };
  EXPECT_THAT(audio(video), HasSubstr("MD5="));
  EXPECT_EQ(audio(File("w.mp4")), audio(video));
  const std::string bytes = Read("w.mp4").substr(0, 4096);
  EXPECT_THAT(bytes, HasSubstr("moov")) << "the index must come before the media";
}

TEST_F(Command, AFullDiskIsAnErrorAndLeavesNoFileAsIfWhole) {
  DEFAULT_MODEL_OR_SKIP();
  RETINUE_FETCHED_OR_SKIP(video, "samples/vtest.avi");
  for (const std::string output : {"save=full.mp4", "json=full.jsonl"}) {
    const ProgramResult run =
        Retinue({"track", video, output, "max_frames=60"}, {.folder = {},
                                                            .environment = {},
                                                            .input = {},
                                                            .signal_after = {},
                                                            .file_size_limit = 4096});
    SCOPED_TRACE(run.err);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_FALSE(Exists(output.substr(5)));
  }
}

TEST_F(Command, CtrlCFinishesTheFiles) {
  DEFAULT_MODEL_OR_SKIP();
  FFMPEG_OR_SKIP();
  RETINUE_FETCHED_OR_SKIP(video, "samples/vtest.avi");
  // The first line of results on standard output is what "it is running" looks like.
  const ProgramResult run = Retinue(
      {"track", video, "save=c.mp4", "json=c.jsonl", "verbose"},
      {.folder = {}, .environment = {}, .input = {}, .signal = SIGINT, .signal_after = "running"});
  EXPECT_EQ(run.exit_code, 130) << run.err;
  const std::size_t frames = Lines(Read("c.jsonl")).size();
  EXPECT_LT(frames, 795u);
  if (frames > 0) {
    EXPECT_EQ(Probe("c.mp4", {"-count_frames", "-select_streams", "v", "-show_entries",
                              "stream=nb_read_frames", "-of", "csv=p=0"}),
              std::to_string(frames) + "\n");
  }
  EXPECT_FALSE(Exists("c.mp4.part"));
}

TEST_F(Command, LogsAsJsonWhenAsked) {
  DEFAULT_MODEL_OR_SKIP();
  const ProgramResult run =
      Retinue({"detect", "test:people", "max_frames=2", "json=x.jsonl", "log_format=json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  for (const Json& record : Lines(run.err)) EXPECT_TRUE(record.contains("message"));
}

}  // namespace
}  // namespace retinue
