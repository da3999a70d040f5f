#include "apps/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "apps/cli/keys.h"
#include "apps/cli/settings.h"
#include "apps/cli/verification.h"
#include "retinue/model/class_names.h"

namespace retinue::cli {
namespace {

std::vector<std::string> KeyNames(Verb verb) {
  std::vector<std::string> names;
  for (const Key* key : KeysOf(verb)) names.emplace_back(key->name);
  return names;
}

Outcome<const Key*> KnownKey(Verb verb, const std::string& name, const std::string& where) {
  if (const Key* key = FindKey(verb, name)) return key;
  const auto near = NearestName(name, KeyNames(verb));
  return Exit(kExitUsage, fmt::format("{}unknown option '{}'{}", where, name,
                                      near ? fmt::format("; the nearest is '{}'", *near)
                                           : std::string("; see --help")));
}

std::string Underscored(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

// `key=value`: what stands before the first '=' must look like a key, so that
// paths, addresses and gst: descriptions with a '=' stay sources.
bool LooksLikeAssignment(const std::string& argument) {
  const auto equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  return std::all_of(argument.begin(), argument.begin() + static_cast<std::ptrdiff_t>(equals),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; }) &&
         std::isalpha(static_cast<unsigned char>(argument[0]));
}

// A switch's bare name (`show`) is that switch, unless a file is called so.
bool IsBareSwitch(Verb verb, const std::string& argument) {
  const Key* key = FindKey(verb, Underscored(argument));
  std::error_code ignored;
  return key != nullptr && IsSwitch(*key) && !std::filesystem::exists(argument, ignored);
}

/// Turns every spelling into `--key=value`; sources go to `sources`.
Outcome<void> ReadArguments(Verb verb, std::span<const std::string> arguments,
                            std::vector<std::string>& options, std::vector<std::string>& sources,
                            bool& help) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool bare = IsBareSwitch(verb, arguments[i]);
    // The one short option: -e 'TEXT'.
    const bool is_short = arguments[i] == "-e" && FindKey(verb, "e") != nullptr;
    const std::string argument = bare ? "--" + arguments[i] : is_short ? "--e" : arguments[i];
    const bool dashed = argument.size() > 2 && argument.starts_with("--");
    if (argument == "--help" || argument == "-h") {
      help = true;
      return {};
    }
    if (!dashed && !LooksLikeAssignment(argument)) {
      if (argument.size() > 1 && argument[0] == '-') {
        return Exit(
            kExitUsage,
            fmt::format("unknown option '{}'; options are key=value or --key value", argument));
      }
      sources.push_back(argument);
      continue;
    }
    const std::string body = dashed ? argument.substr(2) : argument;
    const auto equals = body.find('=');
    const std::string name = Underscored(body.substr(0, equals));
    const auto key = KnownKey(verb, name, "");
    if (!key) return PassOn(key);
    std::string value;
    if (equals != std::string::npos) {
      value = body.substr(equals + 1);
    } else if (IsSwitch(**key)) {
      value = "true";
      // A lone true or false after a switch is its value, never a source.
      if (i + 1 < arguments.size() && (arguments[i + 1] == "true" || arguments[i + 1] == "false")) {
        value = arguments[++i];
      }
    } else if (name == "save" &&
               (i + 1 == arguments.size() || arguments[i + 1].starts_with("--"))) {
      value = "true";
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    }
    if (value.empty()) return Exit(kExitUsage, fmt::format("option '{}' needs a value", name));
    options.push_back("--" + name + "=" + value);
  }
  return {};
}

Outcome<void> ReadConfig(Verb verb, const std::string& path, std::vector<std::string>& options,
                         std::vector<std::string>& sources) {
  const auto settings = ReadSettings(path);
  if (!settings) return PassOn(settings);
  const bool has_sources = !sources.empty();  // then the command line wins
  for (const Setting& setting : *settings) {
    if (setting.key == "source" || setting.key == "sources") {
      if (!has_sources) {
        sources.insert(sources.end(), setting.values.begin(), setting.values.end());
      }
      continue;
    }
    const std::string where = fmt::format("{}: line {}: ", path, setting.line);
    const auto key = KnownKey(verb, setting.key, where);
    if (!key) return PassOn(key);
    const std::string value = Joined(setting);
    if (value.empty()) {
      return Exit(kExitUsage, fmt::format("{}option '{}' needs a value", where, setting.key));
    }
    options.push_back("--" + setting.key + "=" + value);
  }
  return {};
}

void ReadEnvironment(Verb verb, std::vector<std::string>& options) {
  for (const Key* key : KeysOf(verb)) {
    std::string variable = std::string("RETINUE_") + key->name;
    std::transform(variable.begin(), variable.end(), variable.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    // As in a shell, a variable set to nothing is not set.
    if (const char* value = std::getenv(variable.c_str()); value != nullptr && *value != '\0') {
      options.push_back(std::string("--") + key->name + "=" + value);
    }
  }
}

// The help speaks of keys as they are written.
class KeyFormatter final : public CLI::Formatter {
 public:
  KeyFormatter() { column_width(34); }
  std::string make_usage(const CLI::App*, std::string) const override { return {}; }
  std::string make_option_name(const CLI::Option* option, bool) const override {
    return option->get_lnames().front() + "=" + option->get_type_name();
  }
  std::string make_option_opts(const CLI::Option*) const override { return {}; }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string standard = option->get_default_str();
    return option->get_description() + (standard.empty() ? "" : " [" + standard + "]");
  }
};

// What is said in the help when nothing is given.
template <typename T>
std::string DefaultOf(const T& value) {
  if constexpr (std::is_same_v<T, std::optional<float>>)
    return {};
  else
    return fmt::format("{}", value);
}

void AddKey(CLI::App& app, const Key& key, Options& options) {
  const std::string flag = std::string("--") + key.name;
  std::visit(
      [&](auto member) {
        app.add_option(flag, options.*member, key.help)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
            ->group(key.group)
            ->default_str(DefaultOf(options.*member))
            ->type_name(Placeholder(key))
            ->check([&key](const std::string& value) { return ProblemWith(key, value); });
      },
      key.target);
}

const char* Usage(Verb verb) {
  switch (verb) {
    case Verb::kDetect:
      return "retinue detect SOURCE ... [key=value ...]\nFinds things in pictures and video.";
    case Verb::kTrack:
      return "retinue track SOURCE ... [key=value ...]\n"
             "Finds things and follows them: an id each, within the stream.";
    case Verb::kFaces:
      return "retinue faces SOURCE ... [key=value ...]\n"
             "Finds faces and follows them: a box, 468 landmarks, where the head looks, how far "
             "eyes\n"
             "and mouth are open.";
    case Verb::kEffect:
      return "retinue effect SOURCE ... program=FILE [key=value ...]\n"
             "retinue effect --check FILE\n"
             "Draws faces anew as a program says (docs/effects-language.md); sound is kept.";
    case Verb::kEffectsFmt:
      return "retinue effects fmt FILE ...\n"
             "Prints effects programs as they are written best.";
    case Verb::kBenchRun:
      return "retinue bench run SOURCE [key=value ...]\n"
             "Measures a whole run beside its bound: cores / (CPU seconds of a bare forward pass\n"
             "+ of decoding a frame [+ of encoding one]).";
    case Verb::kBenchForward:
      return "retinue bench forward model=NAME|FILE [key=value ...]\n"
             "Bare forward passes, nothing before or after them, on noise: every runtime, "
             "precision,\n"
             "number in flight and batch asked for. What cannot run here is listed with the "
             "reason.";
    case Verb::kBenchStages:
      return "retinue bench stages [key=value ...]\n"
             "What surrounds the network, each stage alone on one core, on made-up input: "
             "preprocess,\n"
             "head, NMS, tracker, drawing.";
    case Verb::kModelsList:
      return "retinue models list [key=value ...]\n"
             "The models that retinue knows: what they do, their licence, where they are from, "
             "and\n"
             "whether their files are here. AP is COCO's, as their makers state it.";
    case Verb::kModelsPull:
      return "retinue models pull NAME ... [key=value ...]\n"
             "Gets the file of a known model into the cache folder ($RETINUE_CACHE). Its sha256 "
             "is\n"
             "checked; a run that was interrupted goes on where it stopped.";
    case Verb::kModelsInfo:
      return "retinue models info NAME|FILE [key=value ...]\n"
             "What a model is, what goes in and comes out, and how that is known.";
    case Verb::kModelsVerify:
      return "retinue models verify NAME|FILE [key=value ...]\n"
             "Runs a few frames in the runtime and precision asked for and, in f32 on the CPU, in\n"
             "the reference, and says how far boxes, scores and raw outputs are apart. Exit code "
             "1\n"
             "beyond the tolerance:";
    case Verb::kEvalDetect:
      return "retinue eval detect IMAGES ... LABELS [key=value ...]\n"
             "retinue eval detect RESULTS.json LABELS.json\n"
             "Average precision as COCO defines it, of a model on labelled pictures or of results "
             "that\n"
             "are there already. LABELS is a folder of YOLO text, a file a picture, or COCO's "
             "JSON;\n"
             "what is compared is what the model finds: boxes, masks, or keypoints.";
    case Verb::kEvalFaces:
      return "retinue eval faces IMAGES LABELS [key=value ...]\n"
             "Normalised mean error of the landmarks of labelled faces, as 68 points, and how "
             "many\nfaces are found. LABELS is dlib's XML, COCO's JSON, or a folder of .pts; "
             "pictures are\nlooked for in the folder IMAGES.";
    case Verb::kDevices:
      return "retinue devices\nWhat this program was built with and can use here.";
  }
  return "";
}

// The environment, then the config file, then the command line: later wins.
Outcome<std::vector<std::string>> AllOptions(Verb verb, const std::vector<std::string>& given,
                                             std::vector<std::string>& sources) {
  std::vector<std::string> all;
  ReadEnvironment(verb, all);
  std::string config;
  for (const auto* list : {&std::as_const(all), &given}) {
    for (const std::string& option : *list) {
      if (option.starts_with("--config=")) config = option.substr(9);
    }
  }
  if (!config.empty()) {
    if (auto read = ReadConfig(verb, config, all, sources); !read) {
      return PassOn(read);
    }
  }
  all.insert(all.end(), given.begin(), given.end());
  return all;
}

}  // namespace

Outcome<CommandLine> ParseOptions(Verb verb, std::span<const std::string> arguments) {
  CommandLine line;
  std::vector<std::string> given, sources;
  if (auto read = ReadArguments(verb, arguments, given, sources, line.help); !read) {
    return PassOn(read);
  }

  CLI::App app(Usage(verb) + (verb == Verb::kModelsVerify ? "\n" + TolerancesText() : ""));
  app.formatter(std::make_shared<KeyFormatter>());
  app.set_help_flag();
  for (const Key* key : KeysOf(verb)) AddKey(app, *key, line.options);
  if (line.help) {
    line.help_text = app.help();
    return line;
  }
  auto all = AllOptions(verb, given, sources);
  if (!all) return PassOn(all);
  std::reverse(all->begin(), all->end());  // CLI11 reads from the back
  try {
    app.parse(*std::move(all));
  } catch (const CLI::ValidationError& error) {
    const std::string text = error.what();  // "--conf: " and then ProblemWith()
    const auto colon = text.find(": ");
    return Exit(kExitUsage, colon == std::string::npos ? text : text.substr(colon + 2));
  } catch (const CLI::ParseError& error) {
    return Exit(kExitUsage, error.what());
  }
  line.options.sources = std::move(sources);
  return line;
}

}  // namespace retinue::cli
