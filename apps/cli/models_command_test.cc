// `retinue models` as users run it: the built program, a server on this machine,
// and scripts in the place of npm and pip.

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/command_test_support.h"
#include "apps/cli/loopback_server_test_support.h"
#include "tests/support/program.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using retinue::testing::HasProgram;
using retinue::testing::LoopbackServer;
using retinue::testing::ProgramOptions;
using retinue::testing::ProgramResult;
using retinue::testing::ReadFile;
using retinue::testing::RunProgram;
using retinue::testing::RunRetinue;
using retinue::testing::TemporaryFolder;
using retinue::testing::WriteFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Reply = LoopbackServer::Reply;
using Request = LoopbackServer::Request;
using Json = nlohmann::json;

namespace fs = std::filesystem;

/// sha256sum's word for it.
std::string Sha256Of(const std::string& path) {
  return RunProgram({"sha256sum", path}).out.substr(0, 64);
}

class ModelsCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_.File("known"));
    std::string bytes(200'000, '\0');
    testing::Random random(3);
    for (char& byte : bytes) byte = static_cast<char>(random.Below(256));
    WriteFile(folder_.File("original"), bytes);
    content_ = bytes;
    sha256_ = Sha256Of(folder_.File("original"));
    ASSERT_EQ(sha256_.size(), 64u);
  }

  ProgramResult Retinue(std::vector<std::string> arguments, ProgramOptions options = {}) {
    options.environment.emplace("RETINUE_CACHE", folder_.File("cache"));
    options.environment.emplace("RETINUE_MODELS", folder_.File("known"));
    options.environment.emplace("no_proxy", "127.0.0.1");
    return RunRetinue(std::move(arguments), folder_, std::move(options));
  }
  ProgramResult Pull(std::vector<std::string> more = {}, ProgramOptions options = {}) {
    more.insert(more.begin(), {"models", "pull", "mine"});
    return Retinue(more, std::move(options));
  }

  /// known/mine.toml
  void WriteManifest(const std::string& source, const std::string& more = "",
                     const std::string& licence = "Apache-2.0") {
    WriteFile(folder_.File("known/mine.toml"), "name = \"mine\"\nlicence = \"" + licence +
                                                   "\"\nfile = \"mine.onnx\"\n" + more +
                                                   "\n[source]\n" + source + "\n");
  }
  std::string Hash() const { return "sha256 = \"" + sha256_ + "\"\n"; }

  /// A program of this name that PATH finds first.
  ProgramOptions WithProgram(const std::string& name, const std::string& script) {
    fs::create_directories(folder_.File("bin"));
    const std::string path = folder_.File("bin/" + name);
    WriteFile(path, "#!/bin/sh\n" + script);
    fs::permissions(path, fs::perms::owner_all);
    ProgramOptions options;
    options.environment["PATH"] = folder_.File("bin") + ":" + std::getenv("PATH");
    return options;
  }

  std::string PulledFile() const { return folder_.File("cache/models/mine.onnx"); }
  /// What lies in the folder of pulled models.
  std::vector<std::string> Left() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder_.File("cache/models"), error)) {
      names.push_back(file.path().filename());
    }
    return names;
  }

  TemporaryFolder folder_;
  std::string content_, sha256_;
};

/// With all that pulling needs.
class ModelsPull : public ModelsCommand {
 protected:
  void SetUp() override {
#if !defined(RETINUE_WITH_CURL) || !defined(RETINUE_WITH_ARCHIVE) || !defined(RETINUE_WITH_GLIB)
    GTEST_SKIP() << "built without libcurl, libarchive or GLib";
#endif
    ModelsCommand::SetUp();
  }
};

TEST_F(ModelsPull, PullsByAddressSaysTheLicenceAndPrintsWhereItIs) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, PulledFile() + "\n");
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("Apache-2.0"), HasSubstr("sha256 is right"), Not(HasSubstr("AGPL"))));
  EXPECT_EQ(ReadFile(PulledFile()), content_);
  EXPECT_EQ(Left().size(), 1u);

  const ProgramResult again = Pull();
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("here already"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ModelsPull, PullFlagsTheAgplBeforeItAsksForAByte) {
  LoopbackServer server([&](const Request&) {
    Reply reply;
    reply.status = 404;
    return reply;
  });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash(), "AGPL-3.0");
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("warning: AGPL-3.0"), HasSubstr("404")));
  EXPECT_LT(run.err.find("warning: AGPL-3.0"), run.err.find("404"));
  EXPECT_TRUE(Left().empty());
}

TEST_F(ModelsPull, PullRefusesOtherBytesAndLeavesNothing) {
  LoopbackServer server(
      [&](const Request& r) { return LoopbackServer::Serve("these are not the bytes", r); });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 4) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr(sha256_), HasSubstr("removed")));
  EXPECT_TRUE(Left().empty());
}

TEST_F(ModelsPull, PullNeedsAHashAndASource) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"");
  const ProgramResult no_hash = Pull();
  EXPECT_EQ(no_hash.exit_code, 4);
  EXPECT_THAT(no_hash.err, HasSubstr("sha256"));
  EXPECT_TRUE(server.requests().empty());
  WriteFile(folder_.File("known/mine.toml"),
            "name = \"mine\"\nlicence = \"MIT\"\nfile = \"mine.onnx\"\n" + Hash());
  const ProgramResult no_source = Pull();
  EXPECT_EQ(no_source.exit_code, 4);
  EXPECT_THAT(no_source.err, HasSubstr("does not say where"));
  const ProgramResult unknown = Retinue({"models", "pull", "mien"});
  EXPECT_EQ(unknown.exit_code, 4);
  EXPECT_THAT(unknown.err, HasSubstr("the nearest is 'mine'"));
}

TEST_F(ModelsPull, OfflineTouchesNoNetwork) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  ProgramOptions by_environment;
  by_environment.environment["RETINUE_OFFLINE"] = "1";
  for (const ProgramResult& run : {Pull({"offline"}), Pull({}, by_environment)}) {
    EXPECT_EQ(run.exit_code, 4) << run.err;
    EXPECT_THAT(run.err, HasSubstr("offline=true forbids"));
  }
  EXPECT_TRUE(server.requests().empty());
  // A file on this machine is no network.
  WriteManifest("url = \"file://" + folder_.File("original") + "\"", Hash());
  EXPECT_EQ(Pull({"offline"}).exit_code, 0);
  EXPECT_EQ(ReadFile(PulledFile()), content_);
}

TEST_F(ModelsPull, PullGoesOnAfterARunThatFailed) {
  std::atomic<bool> broken = true;
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    if (broken) reply.cut = r.Header("range").empty() ? 80'000 : 0;
    return reply;
  });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  EXPECT_EQ(Pull().exit_code, 1);
  EXPECT_EQ(fs::file_size(PulledFile() + ".part"), 80'000u);
  EXPECT_FALSE(fs::exists(PulledFile()));
  broken = false;
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("going on where"));
  EXPECT_EQ(server.requests().back().Header("range"), "bytes=80000-");
  EXPECT_EQ(ReadFile(PulledFile()), content_);
  EXPECT_EQ(Left().size(), 1u);
}

TEST_F(ModelsPull, PullBeginsAgainWhenTheOlderPartDoesNotFit) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  const std::string url = server.Url("/m.onnx");
  WriteManifest("url = \"" + url + "\"", Hash());
  fs::create_directories(folder_.File("cache/models"));
  WriteFile(PulledFile() + ".part", std::string(1000, 'x'));
  WriteFile(PulledFile() + ".part.origin", url + " 0+0 \"one\"");
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("from the start again"));
  EXPECT_EQ(ReadFile(PulledFile()), content_);
}

TEST_F(ModelsPull, CtrlCKeepsThePart) {
  LoopbackServer server([&](const Request& r) {
    Reply reply = LoopbackServer::Serve(content_, r);
    reply.cut = 80'000;
    reply.hold = true;
    return reply;
  });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  ProgramOptions options;
  options.signal = SIGINT;
  options.signal_after = "mine: Apache-2.0";  // said before the connection is made
  const ProgramResult run = Pull({}, options);
  EXPECT_EQ(run.exit_code, 130) << run.err;
  EXPECT_THAT(run.err, HasSubstr("interrupted"));
  EXPECT_FALSE(fs::exists(PulledFile()));
}

TEST_F(ModelsPull, AFullDiskIsAnError) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  ProgramOptions options;
  options.file_size_limit = 4096;
  const ProgramResult run = Pull({}, options);
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("mine.onnx.part"));
  EXPECT_FALSE(fs::exists(PulledFile()));
}

TEST_F(ModelsPull, ReplacesAPulledFileOfOtherBytesButNoOther) {
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(content_, r); });
  WriteManifest("url = \"" + server.Url("/m.onnx") + "\"", Hash());
  fs::create_directories(folder_.File("cache/models"));
  WriteFile(PulledFile(), "old");
  EXPECT_EQ(Pull().exit_code, 0);
  EXPECT_EQ(ReadFile(PulledFile()), content_);
  WriteFile(folder_.File("known/mine.onnx"), "somebody's");
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.err, HasSubstr("remove the file"));
  EXPECT_EQ(ReadFile(folder_.File("known/mine.onnx")), "somebody's");
}

// --- packages ------------------------------------------------------------------

TEST_F(ModelsPull, PullsAPieceOfAMemberOfAnNpmPackage) {
  fs::create_directories(folder_.File("package/deep"));
  WriteFile(folder_.File("package/deep/assets.data"), "12345" + content_ + "tail");
  ASSERT_EQ(
      RunProgram({"tar", "-czf", folder_.File("a.tgz"), "-C", folder_.path(), "package"}).exit_code,
      0);
  WriteManifest(
      "npm = \"@who/what@1.2.3\"\nmember = \"package/deep/assets.data\"\noffset = 5\nlength = "
      "200000",
      Hash());
  const ProgramResult run =
      Pull({}, WithProgram("npm", "echo \"$@\" > " + folder_.File("said") + "\ncp " +
                                      folder_.File("a.tgz") + " who-what-1.2.3.tgz\n"));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(ReadFile(folder_.File("said")), "pack --silent --ignore-scripts @who/what@1.2.3\n");
  EXPECT_EQ(ReadFile(PulledFile()), content_);
  EXPECT_EQ(Left().size(), 1u) << "the package is gone";
}

TEST_F(ModelsPull, PullsAMemberOfAWheelOfThoseTags) {
  if (!HasProgram("python3")) GTEST_SKIP() << "program absent: python3";
  fs::create_directories(folder_.File("lib"));
  fs::copy_file(folder_.File("original"), folder_.File("lib/m.tflite"));
  const ProgramResult zip =
      RunProgram({"python3", "-m", "zipfile", "-c", folder_.File("a.whl"), "lib/"},
                 {.folder = folder_.path(), .environment = {}, .input = {}, .signal_after = {}});
  ASSERT_EQ(zip.exit_code, 0) << zip.err;
  WriteManifest(
      "pypi = \"what==0.1\"\nmember = \"lib/m.tflite\"\nwheel = "
      "\"cp311-abi3-manylinux_2_28_x86_64\"",
      Hash());
  const ProgramResult run =
      Pull({}, WithProgram("pip", "echo \"$@\" > " + folder_.File("said") +
                                      "\nwhile [ \"$1\" != --dest ]; do shift; done\ncp " +
                                      folder_.File("a.whl") + " \"$2\"/what-0.1.whl\n"));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(ReadFile(folder_.File("said")),
              AllOf(HasSubstr("download "), HasSubstr(" --no-deps --only-binary=:all: "),
                    HasSubstr(" --implementation cp --python-version 311 --abi abi3 --platform "
                              "manylinux_2_28_x86_64 what==0.1\n")));
  EXPECT_EQ(ReadFile(PulledFile()), content_);
}

TEST_F(ModelsPull, PullsAMemberOfAnArchiveAtAnAddress) {
  fs::create_directories(folder_.File("a"));
  fs::copy_file(folder_.File("original"), folder_.File("a/m.onnx"));
  ASSERT_EQ(RunProgram({"tar", "-czf", folder_.File("a.tgz"), "-C", folder_.path(), "a"}).exit_code,
            0);
  const std::string archive = ReadFile(folder_.File("a.tgz"));
  LoopbackServer server([&](const Request& r) { return LoopbackServer::Serve(archive, r); });
  const std::string url = "url = \"" + server.Url("/a.tgz") + "\"\n";
  WriteManifest(url + "member = \"a/m.onnx\"", Hash());
  const ProgramResult run = Pull();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(ReadFile(PulledFile()), content_);
  EXPECT_EQ(Left().size(), 1u);

  fs::remove(PulledFile());
  WriteManifest(url + "member = \"b/m.onnx\"", Hash());
  const ProgramResult absent = Pull();
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_THAT(absent.err, HasSubstr("no member b/m.onnx; it has a/m.onnx"));
  EXPECT_TRUE(Left().empty());
}

TEST_F(ModelsPull, APackageThatIsNoArchiveIsRefused) {
  WriteManifest("npm = \"what@1\"\nmember = \"package/m\"", Hash());
  const ProgramResult run = Pull({}, WithProgram("npm", "echo nonsense > what-1.tgz\n"));
  EXPECT_EQ(run.exit_code, 4) << run.err;
  EXPECT_THAT(run.err, HasSubstr("expected an archive"));
  EXPECT_TRUE(Left().empty());
}

TEST_F(ModelsPull, SaysWhatAClientSaidWhenItFails) {
  WriteManifest("npm = \"what@1\"\nmember = \"package/m\"", Hash());
  const ProgramResult run =
      Pull({}, WithProgram("npm", "echo one >&2\necho 'no such package' >&2\nexit 7\n"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("npm failed with exit code 7: no such package"));
}

TEST_F(ModelsPull, SaysThatAClientIsNotInstalled) {
  WriteManifest("npm = \"what@1\"\nmember = \"package/m\"", Hash());
  ProgramOptions options;
  options.environment["PATH"] = folder_.File("known");
  const ProgramResult run = Pull({}, options);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("npm is not installed"));
}

TEST_F(ModelsPull, CtrlCEndsAClientToo) {
  WriteManifest("npm = \"what@1\"\nmember = \"package/m\"", Hash());
  ProgramOptions options = WithProgram("npm", "while :; do sleep 0.05; done\n");
  options.signal = SIGINT;
  options.signal_after = "npm fetches";
  const ProgramResult run = Pull({}, options);
  EXPECT_EQ(run.exit_code, 130) << run.err;
  EXPECT_TRUE(Left().empty());
}

// --- list, info ------------------------------------------------------------------

TEST_F(ModelsCommand, ListsWhatIsKnownWithItsLicence) {
  WriteManifest("url = \"https://example.org/mine.onnx\"", Hash() + "ap = 0.373\nbytes = 12345678",
                "AGPL-3.0");
  WriteFile(folder_.File("known/broken.toml"), "name = ");
  const ProgramResult text = Retinue({"models", "list"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("ssd_mobilenet_v2_objectron *"), HasSubstr("Apache-2.0"),
                              HasSubstr("npm @mediapipe/objectron@")));
  EXPECT_THAT(text.out, AllOf(HasSubstr("AGPL-3.0 (!)"), HasSubstr("37.3"), HasSubstr("12.3"),
                              HasSubstr("https://example.org/mine.onnx")));
  EXPECT_THAT(text.out, HasSubstr("broken.toml: line 1"));
  const ProgramResult json = Retinue({"models", "list", "json=-"});
  const Json list = Json::parse(json.out);
  for (const Json& model : list["models"]) {
    if (model["name"] != "mine") continue;
    EXPECT_EQ(model["agpl"], true);
    EXPECT_EQ(model["bytes"], 12345678);
    EXPECT_NEAR(model["ap"].get<double>(), 0.373, 1e-6);
    EXPECT_TRUE(model["path"].is_null());
    return;
  }
  FAIL() << json.out;
}

TEST_F(ModelsCommand, AModelThatIsNotHereSaysHowToGetIt) {
  WriteManifest("url = \"https://example.org/mine.onnx\"", Hash());
  const ProgramResult run = Retinue({"detect", "test:people", "model=mine"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.err, HasSubstr("'retinue models pull mine' gets it"));
}

TEST_F(ModelsCommand, AFileOfOtherBytesThanItsManifestMeansIsRefused) {
  WriteManifest("url = \"https://example.org/mine.onnx\"", Hash());
  WriteFile(folder_.File("known/mine.onnx"), "other");
  for (const char* model : {"model=mine", "model=known/mine.onnx"}) {
    const ProgramResult run = Retinue({"detect", "test:people", model});
    EXPECT_EQ(run.exit_code, 4) << run.err;
    EXPECT_THAT(run.err,
                AllOf(HasSubstr(sha256_), HasSubstr(Sha256Of(folder_.File("known/mine.onnx")))));
  }
  // Remembered by size and time: another content is seen.
  WriteFile(folder_.File("known/mine.onnx"), content_);
  EXPECT_THAT(Retinue({"detect", "test:people", "model=mine"}).err, Not(HasSubstr("sha256")));
}

TEST_F(ModelsCommand, InfoPrintsWhatWasDecidedAndWhy) {
  RETINUE_FETCHED_OR_SKIP(model, "models/ssd_mobilenet_v2_objectron.tflite");
  const ProgramResult text = Retinue({"models", "info"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("ssd (boxes_output 0"), HasSubstr("23: bicycle, boot"),
                              HasSubstr("300x300 (this one only)"), HasSubstr("rgb nhwc f32"),
                              HasSubstr("fitted by     stretch"), HasSubstr("Apache-2.0"),
                              HasSubstr(Sha256Of(model))));
  const Json json = Json::parse(Retinue({"models", "info", model, "json=-"}).out);
  EXPECT_EQ(json["head"]["kind"], "ssd");
  EXPECT_EQ(json["input"]["size"], Json({300, 300}));
  EXPECT_EQ(json["names"].size(), 23u);
  EXPECT_EQ(json["outputs"][0]["shape"], Json({1, 1917, 4}));
}

TEST_F(ModelsCommand, InfoOfAModelThatIsNotUnderstoodPrintsWhatWasSeen) {
  RETINUE_TEST_DATA_OR_SKIP(embedder, "models/osnet_x0_25_msmt17.onnx");
  const ProgramResult run = Retinue({"models", "info", embedder, "json=info.json"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("inputs"), HasSubstr("outputs"), HasSubstr(Sha256Of(embedder))));
  EXPECT_FALSE(run.err.empty());
  EXPECT_THAT(
      run.err,
      HasSubstr(Json::parse(ReadFile(folder_.File("info.json")))["problem"].get<std::string>()));
}

TEST_F(ModelsCommand, NeedsToKnowWhat) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"models"},
                                                    {"models", "pul"},
                                                    {"models", "pull"},
                                                    {"models", "info", "a", "b"},
                                                    {"models", "list", "conf=1"}}) {
    const ProgramResult run = Retinue(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.err;
  }
  EXPECT_THAT(Retinue({"models", "pul"}).err, HasSubstr("the nearest is 'pull'"));
}

}  // namespace
}  // namespace retinue
