#include "apps/cli/model_commands.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/model_files.h"
#include "apps/cli/model_pull.h"
#include "lib/model/text.h"
#include "retinue/files/files.h"
#include "retinue/model/task.h"

namespace retinue::cli {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t FileSize(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

std::string InputOf(const Manifest& manifest) {
  if (!manifest.input) return "-";
  const Size size = manifest.input->spec.size;
  return fmt::format("{}x{}", size.width, size.height);
}

std::uint64_t BytesOf(const KnownModel& known) {
  return known.manifest->bytes > 0 ? known.manifest->bytes : FileSize(known.path);
}

using Row = std::array<std::string, 8>;

Row RowOf(const KnownModel& known) {
  const Manifest& manifest = *known.manifest;
  const std::uint64_t bytes = BytesOf(known);
  const bool is_flagged = !LicenceNote(manifest.licence).empty();
  return {known.name + (known.name == kDefaultModel ? " *" : ""),
          std::string(ToString(manifest.task)),
          InputOf(manifest),
          manifest.licence + (is_flagged ? " (!)" : ""),
          manifest.ap ? fmt::format("{:.1f}", *manifest.ap * 100) : "-",
          bytes > 0 ? fmt::format("{:.1f}", static_cast<double>(bytes) * 1e-6) : "-",
          known.path.empty() ? "no" : "yes",
          Origin(manifest)};
}

std::string Table(const std::vector<Row>& rows) {
  std::array<std::size_t, 8> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      const bool is_number = i == 4 || i == 5;
      text += is_number ? fmt::format("{:>{}}  ", row[i], widths[i])
                        : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += row.back() + "\n";
  }
  return text;
}

Json JsonOf(const KnownModel& known) {
  if (!known.manifest) return {{"name", known.name}, {"problem", known.problem}};
  const Manifest& manifest = *known.manifest;
  const std::uint64_t bytes = BytesOf(known);
  return {{"name", known.name},
          {"task", ToString(manifest.task)},
          {"description", manifest.description},
          {"input", manifest.input ? Json({manifest.input->spec.size.height,
                                           manifest.input->spec.size.width})
                                   : Json()},
          {"licence", manifest.licence},
          {"agpl", !LicenceNote(manifest.licence).empty()},
          {"ap", manifest.ap ? Json(*manifest.ap) : Json()},
          {"bytes", bytes > 0 ? Json(bytes) : Json()},
          {"source", Origin(manifest)},
          {"sha256", manifest.sha256},
          {"default", known.name == kDefaultModel},
          {"path", known.path.empty() ? Json() : Json(known.path)}};
}

Outcome<void> ListModels(const Options& options) {
  std::vector<Row> rows = {{"name", "task", "input", "licence", "AP", "MB", "here", "from"}};
  Json models = Json::array();
  std::string problems;
  bool has_agpl = false;
  for (const KnownModel& known : ListKnownModels()) {
    models.push_back(JsonOf(known));
    if (!known.manifest) {
      problems += known.problem + "\n";
      continue;
    }
    rows.push_back(RowOf(known));
    has_agpl = has_agpl || !LicenceNote(known.manifest->licence).empty();
  }
  std::string text = Table(rows) + problems;
  text += "* the default. AP: COCO val2017, as stated by the makers, in per cent.\n";
  if (has_agpl) text += "(!) " + LicenceNote("AGPL-3.0") + "\n";
  return Print(options, text, {{"models", models}, {"folders", ModelFolders()}});
}

Outcome<void> PullModels(const Options& options, Log& log, std::stop_token stop) {
  if (options.sources.empty()) {
    return Exit(kExitUsage, "models pull needs a name; 'retinue models list' has them");
  }
  for (const std::string& name : options.sources) {
    const auto known = FindKnownModel(name);
    if (!known) return PassOn(known);
    const auto pulled = PullModel(*known, {.offline = options.offline}, log, stop);
    if (!pulled) return PassOn(pulled);
    fmt::print("{}\n", *pulled);
  }
  return {};
}

}  // namespace

Outcome<std::string> OneModel(const Options& options) {
  if (options.sources.size() > 1) {
    return Exit(kExitUsage, fmt::format("expected one model, got {}", options.sources.size()));
  }
  return options.sources.empty() ? options.model : options.sources.front();
}

Outcome<void> Print(const Options& options, const std::string& text, const Json& json) {
  if (options.json != "-") fmt::print("{}", text);
  if (options.json.empty()) return {};
  const auto existing = options.overwrite ? Existing::kReplace : Existing::kRefuse;
  auto file = CreateFile(options.json, {.existing = existing});
  if (!file) return Exit(kExitUsage, file.error());
  auto written =
      (*file)->Write(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  if (written) written = (*file)->Commit();
  if (!written) return Exit(kExitFailed, written.error());
  return {};
}

int RunModels(Verb verb, const Options& options) {
  InterruptWatch interrupt;
  Log log(LogOptions(options));
  Outcome<void> done;
  switch (verb) {
    case Verb::kModelsPull: done = PullModels(options, log, interrupt.token()); break;
    case Verb::kModelsInfo: done = InfoOfModel(options); break;
    case Verb::kModelsVerify: done = VerifyModel(options, log, interrupt); break;
    default: done = ListModels(options); break;
  }
  if (done) return kExitDone;
  log.Error(done.error().message);
  return done.error().code;
}

}  // namespace retinue::cli
