#include "apps/cli/outputs.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "apps/cli/media.h"
#include "retinue/files/files.h"
#include "retinue/io/result_format.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

Existing Replace(bool may) { return may ? Existing::kReplace : Existing::kRefuse; }

// An output that cannot be is wrong usage when the user can say something else,
// and a failure when the machine refuses.
tl::unexpected<Failure> ExitFromOutput(const Error& error) {
  const bool is_usage = error.code == ErrorCode::kAlreadyExists ||
                        error.code == ErrorCode::kNotFound ||
                        error.code == ErrorCode::kInvalidArgument;
  const bool exists = error.code == ErrorCode::kAlreadyExists;
  return Exit(is_usage ? kExitUsage : kExitFailed,
              error.message + (exists && error.message.find("overwrite") == std::string::npos
                                   ? "; overwrite=true replaces it"
                                   : ""));
}

bool IsFolderName(const std::string& path) {
  std::error_code ignored;
  return path.ends_with('/') || fs::is_directory(path, ignored);
}

}  // namespace

Outputs::Outputs(const Options& options, Verb verb, const std::vector<SourceEntry>& sources,
                 std::stop_token stop, std::function<void()> on_quit)
    : options_(options),
      verb_(verb),
      sources_(sources),
      stop_(std::move(stop)),
      on_quit_(std::move(on_quit)) {}

Outcome<std::unique_ptr<Outputs>> Outputs::Create(const Options& options, Verb verb,
                                                  const std::vector<SourceEntry>& sources,
                                                  std::stop_token stop,
                                                  std::function<void()> on_quit) {
  std::unique_ptr<Outputs> outputs(
      new Outputs(options, verb, sources, std::move(stop), std::move(on_quit)));
  if (auto chosen = outputs->ChooseNames(); !chosen) return PassOn(chosen);
  if (auto may = outputs->CheckShared(); !may) return PassOn(may);
  return outputs;
}

// `save` alone, or nothing at all, means names that retinue chooses; those it
// may also replace.
Outcome<void> Outputs::ChooseNames() {
  Options& o = options_;
  const bool nothing = o.save.empty() && o.json.empty() && o.mot.empty() && o.coco.empty() &&
                       o.csv.empty() && o.txt.empty() && o.crops.empty() && !o.show &&
                       o.stats.empty();
  const bool all_live = std::all_of(sources_.begin(), sources_.end(), [](const SourceEntry& s) {
    return s.kind == SourceKind::kLive;
  });
  if (nothing && all_live) {
    return Exit(kExitUsage, "a live source needs an output: show, save=FILE or json=FILE");
  }
  default_names_ = nothing;
  if (nothing) {
    o.save = "true";
    if (verb_ != Verb::kEffect) {  // Of an effect the picture is what is wanted.
      o.json = sources_.size() == 1 ? sources_[0].stem + ".out.jsonl" : "retinue.out.jsonl";
    }
  }
  picture_paths_.assign(sources_.size(), "");
  return o.save.empty() ? Outcome<void>() : ChoosePictureNames();
}

Outcome<void> Outputs::ChoosePictureNames() {
  const Options& o = options_;
  const bool own_names = o.save == "true";
  save_is_folder_ = !own_names && (sources_.size() > 1 || IsFolderName(o.save));
  if (save_is_folder_ && !IsFolderName(o.save) && !fs::path(o.save).extension().empty()) {
    return Exit(kExitUsage, fmt::format("save={} is one file for {} sources; name a folder",
                                        o.save, sources_.size()));
  }
  if (save_is_folder_) {
    if (auto may = CheckWritableFolder(o.save, Existing::kReplace); !may) {
      return ExitFromOutput(may.error());
    }
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    picture_paths_[i] = PicturePath(i);
    if (!sources_[i].problem.empty()) continue;
    const bool is_picture = IsPictureName(picture_paths_[i]);
    if (is_picture && sources_[i].kind != SourceKind::kImage) {
      return Exit(kExitUsage, fmt::format("save={} is a picture, but {} is a video", o.save,
                                          sources_[i].name));
    }
    std::error_code ignored;
    if (save_is_folder_ && !fs::exists(o.save, ignored)) continue;  // Open() makes it
    if (auto may = CheckWritable(picture_paths_[i], Replace(own_names || o.overwrite)); !may) {
      return ExitFromOutput(may.error());
    }
  }
  return {};
}

std::string Outputs::PicturePath(std::size_t index) const {
  const SourceEntry& source = sources_[index];
  const char* extension = source.kind == SourceKind::kImage ? ".jpg" : ".mp4";
  if (options_.save == "true") return source.stem + ".out" + extension;
  if (save_is_folder_) return (fs::path(options_.save) / (source.stem + extension)).string();
  return options_.save;
}

std::vector<Outputs::Text> Outputs::Texts() const {
  const MotRows rows =
      verb_ == Verb::kDetect ? MotRows::kDetections : MotRows::kTracked;
  std::vector<Text> texts;
  texts.push_back({options_.json, JsonLinesFormat()});
  texts.push_back({options_.mot, MotFormat(rows)});
  texts.push_back({options_.coco, CocoFormat()});
  texts.push_back({options_.csv, CsvFormat()});
  std::erase_if(texts, [](const Text& text) { return text.path.empty(); });
  return texts;
}

Outcome<void> Outputs::CheckShared() const {
  const Existing existing = Replace(options_.overwrite);
  std::set<std::string> used(picture_paths_.begin(), picture_paths_.end());
  for (const Text& text : Texts()) {
    if (!used.insert(text.path).second) {
      return Exit(kExitUsage, fmt::format("two outputs have the same name, {}", text.path));
    }
    if (!text.format->TakesSeveralStreams() && sources_.size() > 1) {
      return Exit(kExitUsage, fmt::format("{} holds one stream, but there are {} sources",
                                          text.path, sources_.size()));
    }
    if (text.path == "-") continue;
    if (auto may = CheckWritable(text.path, Replace(default_names_ || options_.overwrite)); !may) {
      return ExitFromOutput(may.error());
    }
  }
  for (const std::string* folder : {&options_.txt, &options_.crops}) {
    if (folder->empty()) continue;
    if (auto may = CheckWritableFolder(*folder, existing); !may) return ExitFromOutput(may.error());
  }
  if (!options_.stats.empty()) {
    if (!used.insert(options_.stats).second) {
      return Exit(kExitUsage, fmt::format("two outputs have the same name, {}", options_.stats));
    }
    if (auto may = CheckWritable(options_.stats, existing); !may) {
      return ExitFromOutput(may.error());
    }
  }
  return {};
}

Outcome<void> Outputs::Open() {
  for (Text& text : Texts()) {
    auto bytes =
        CreateFile(text.path, {.existing = Replace(default_names_ || options_.overwrite)});
    if (!bytes) return ExitFromOutput(bytes.error());
    shared_.push_back(ResultFile::Create(*std::move(bytes), std::move(text.format)));
    if (text.path != "-") files_.push_back(text.path);
  }
  if (!options_.txt.empty()) {
    auto folder = CreateFolder(options_.txt, Replace(options_.overwrite));
    if (!folder) return ExitFromOutput(folder.error());
    shared_.push_back(YoloTxtFolder::Create(*std::move(folder)));
    files_.push_back(options_.txt);
  }
  if (!options_.crops.empty()) {
    make_crops_sink_ = CropsSinkMaker(options_.crops);
    files_.push_back(options_.crops);
  }
  if (save_is_folder_) {
    if (auto folder = CreateFolder(options_.save, Existing::kReplace); !folder) {
      return ExitFromOutput(folder.error());
    }
  }
  return {};
}

Outcome<StreamOutputs> Outputs::SinksFor(std::size_t index) {
  const SourceEntry& source = sources_[index];
  StreamOutputs outputs;
  for (const auto& output : shared_) {
    auto sink = output->NewSink(source.name);
    if (!sink) return ExitFromOutput(sink.error());
    outputs.sinks.push_back(*std::move(sink));
  }
  if (make_crops_sink_) {
    auto sink = make_crops_sink_();
    if (!sink) return ExitFromOutput(sink.error());
    outputs.sinks.push_back(*std::move(sink));
  }
  if (!picture_paths_[index].empty()) {
    auto picture = MakeSaveSink(picture_paths_[index], source);
    if (!picture) return ExitFromOutput(picture.error());
    outputs.sinks.push_back(std::move(picture->sink));
    outputs.notes = std::move(picture->notes);
    files_.push_back(picture_paths_[index]);
  }
  if (options_.show) {
    auto window = MakeWindow(stop_, on_quit_);
    if (!window) return Exit(kExitFailed, window.error());
    outputs.sinks.push_back(*std::move(window));
  }
  return outputs;
}

std::vector<std::string> Outputs::Plan() const {
  std::vector<std::string> plan;
  for (const std::string* path : {&options_.json, &options_.mot, &options_.coco, &options_.csv,
                                  &options_.txt, &options_.crops, &options_.stats}) {
    if (!path->empty()) plan.push_back(*path == "-" ? "standard output" : *path);
  }
  for (const std::string& path : picture_paths_) {
    if (!path.empty()) plan.push_back(path);
  }
  if (options_.show) plan.emplace_back("a window");
  return plan;
}

Outcome<void> Outputs::Close() {
  Outcome<void> outcome;
  for (const auto& output : shared_) {
    if (auto closed = output->Close(); !closed && outcome) {
      outcome = Exit(kExitFailed, closed.error());
    }
  }
  // A stream that failed before its first frame has left nothing under its name.
  std::erase_if(files_, [](const std::string& path) {
    std::error_code ignored;
    return !fs::exists(path, ignored);
  });
  return outcome;
}

}  // namespace retinue::cli
