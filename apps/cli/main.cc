// retinue: follows people and things in video. This file picks the verb.

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/options.h"
#include "retinue/model/class_names.h"

namespace {

using retinue::cli::ExitCode;
using retinue::cli::Verb;

constexpr const char* kHelp =
    "retinue: follows people and things in video\n"
    "\n"
    "  retinue track  SOURCE ... [key=value ...]   find things and follow them\n"
    "  retinue detect SOURCE ... [key=value ...]   find things\n"
    "  retinue faces  SOURCE ... [key=value ...]   find faces and their landmarks\n"
    "  retinue effect SOURCE ... program=FILE      draw faces anew by a small program\n"
    "  retinue effects fmt FILE                    such a program as it is written best\n"
    "  retinue bench run SOURCE  [key=value ...]   a whole run beside its bound\n"
    "  retinue bench forward|stages [key=value ...] the network alone, and all but it\n"
    "  retinue eval detect IMAGES LABELS           how right a model is: COCO AP\n"
    "  retinue eval faces IMAGES LABELS            how right landmarks are: NME\n"
    "  retinue models list|pull|info|verify        known models and your own\n"
    "  retinue devices                             what can be used here\n"
    "  retinue VERB --help                         every option of a verb\n"
    "  retinue --version\n"
    "\n"
    "A SOURCE is a video, a picture, a folder, a glob, a list (.txt, .streams), a camera (0,\n"
    "/dev/video0), an address (rtsp://...), gst:DESCRIPTION, test:, test:people, or - for y4m\n"
    "on standard input. key=value and --key value are the same.\n"
    "\n"
    "  retinue track people.mp4                    writes people.out.mp4 and people.out.jsonl\n"
    "  retinue track 0 show                        the first camera in a window, q ends\n"
    "  retinue detect photos/ csv=found.csv classes=person\n"
    "  retinue effect talk.mp4 -e 'face: pixelate(8)' save=hidden.mp4\n";

// A verb of two words has a line for each second word.
struct VerbName {
  const char* name;
  const char* second;  // May be null.
  Verb verb;
};
constexpr VerbName kVerbs[] = {{"track", nullptr, Verb::kTrack},
                               {"detect", nullptr, Verb::kDetect},
                               {"faces", nullptr, Verb::kFaces},
                               {"effect", nullptr, Verb::kEffect},
                               {"effects", "fmt", Verb::kEffectsFmt},
                               {"bench", "run", Verb::kBenchRun},
                               {"bench", "forward", Verb::kBenchForward},
                               {"bench", "stages", Verb::kBenchStages},
                               {"models", "list", Verb::kModelsList},
                               {"models", "pull", Verb::kModelsPull},
                               {"models", "info", Verb::kModelsInfo},
                               {"models", "verify", Verb::kModelsVerify},
                               {"eval", "detect", Verb::kEvalDetect},
                               {"eval", "faces", Verb::kEvalFaces},
                               {"devices", nullptr, Verb::kDevices}};

int Run(Verb verb, const std::vector<std::string>& arguments) {
  const auto line = retinue::cli::ParseOptions(verb, arguments);
  if (!line) {
    fmt::print(stderr, "retinue: error: {}\n", line.error().message);
    return line.error().code;
  }
  if (line->help) {
    fmt::print("{}", line->help_text);
    return retinue::cli::kExitDone;
  }
  switch (verb) {
    case Verb::kEffect:
      if (!line->options.check.empty()) return retinue::cli::CheckProgram(line->options);
      return retinue::cli::RunLook(verb, line->options);
    case Verb::kEffectsFmt: return retinue::cli::FormatPrograms(line->options);
    case Verb::kDetect:
    case Verb::kFaces:
    case Verb::kTrack: return retinue::cli::RunLook(verb, line->options);
    case Verb::kBenchRun: return retinue::cli::RunBench(line->options);
    case Verb::kBenchForward: return retinue::cli::RunBenchForward(line->options);
    case Verb::kBenchStages: return retinue::cli::RunBenchStages(line->options);
    case Verb::kEvalFaces: return retinue::cli::RunEvalFaces(line->options);
    case Verb::kEvalDetect: return retinue::cli::RunEvalDetect(line->options);
    case Verb::kDevices: return retinue::cli::RunDevices(line->options);
    case Verb::kModelsList:
    case Verb::kModelsPull:
    case Verb::kModelsInfo:
    case Verb::kModelsVerify: return retinue::cli::RunModels(verb, line->options);
  }
  return retinue::cli::kExitFailed;
}

// `retinue models` and the like: help, or what should have followed.
int ComplainSecond(const std::string& word, const std::vector<std::string>& seconds,
                   const std::vector<std::string>& arguments) {
  const bool help = !arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h");
  std::string list;
  for (const std::string& second : seconds) {
    list += help ? fmt::format("  retinue {} {} --help\n", word, second)
                 : fmt::format("{}'retinue {} {}'", list.empty() ? "" : ", ", word, second);
  }
  if (help) {
    fmt::print("{}", list);
    return retinue::cli::kExitDone;
  }
  const auto near = arguments.empty() ? std::nullopt
                                      : retinue::NearestName(arguments[0], seconds);
  fmt::print(stderr, "retinue: error: {} needs to know what: {}{}\n", word, list,
             near ? fmt::format("; the nearest is '{}'", *near) : "");
  return retinue::cli::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  // A full disk and a reader that went away are errors with a sentence, not the
  // end of the process, also for what third parties write.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string word = arguments.empty() ? "help" : arguments.front();
  if (word == "help" || word == "--help" || word == "-h") {
    fmt::print("{}", kHelp);
    return retinue::cli::kExitDone;
  }
  if (word == "--version") {
    fmt::print("retinue {}\n", retinue::cli::Version());
    return retinue::cli::kExitDone;
  }
  arguments.erase(arguments.begin());
  std::vector<std::string> seconds;
  for (const VerbName& known : kVerbs) {
    if (word != known.name) continue;
    if (known.second == nullptr) return Run(known.verb, arguments);
    if (!arguments.empty() && arguments[0] == known.second) {
      arguments.erase(arguments.begin());
      return Run(known.verb, arguments);
    }
    seconds.emplace_back(known.second);
  }
  if (!seconds.empty()) return ComplainSecond(word, seconds, arguments);
  std::vector<std::string> names;
  for (const VerbName& known : kVerbs) names.emplace_back(known.name);
  const auto near = retinue::NearestName(word, names);
  fmt::print(stderr, "retinue: error: unknown verb '{}'; {}\n", word,
             near ? fmt::format("the nearest is '{}'", *near) : "see retinue help");
  return retinue::cli::kExitUsage;
}
