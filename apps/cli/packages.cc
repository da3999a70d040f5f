#include "apps/cli/packages.h"

#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "apps/cli/child_process.h"
#include "lib/model/text.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// The last line that says something.
std::string LastWords(std::string_view output) {
  const std::string_view text = model_text::Trim(output);
  const auto line = text.rfind('\n');
  return model_text::Printable(line == std::string_view::npos ? text : text.substr(line + 1), 300);
}

// Runs the first of `clients` that is installed with `arguments` behind it.
Result<void> RunClient(const std::vector<Words>& clients, const Words& arguments,
                       const ChildOptions& options, const std::stop_token& stop) {
  for (const Words& client : clients) {
    Words command = client;
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto run = RunChild(command, options, stop);
    if (!run && run.error().code == ErrorCode::kNotFound) continue;
    RETINUE_RETURN_IF_ERROR(run);
    if (run->exit_code == 0) return {};
    const std::string words = LastWords(run->output);
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{} failed with exit code {}{}", client[0], run->exit_code,
                            words.empty() ? "" : ": " + words));
  }
  return Fail(ErrorCode::kUnavailable,
              fmt::format("{} is not installed, which gets this package", clients[0][0]));
}

Result<std::string> OnlyFile(const std::string& folder, std::string_view extension) {
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    if (file.path().extension() == extension) return file.path().string();
  }
  return Fail(ErrorCode::kUnavailable, fmt::format("the client left no {} file", extension));
}

}  // namespace

Result<std::string> FetchNpmPackage(const std::string& package, const std::string& folder,
                                    std::stop_token stop) {
  ChildOptions options;
  options.folder = folder;
  options.environment["npm_config_update_notifier"] = "false";
  RETINUE_RETURN_IF_ERROR(
      RunClient({{"npm"}}, {"pack", "--silent", "--ignore-scripts", package}, options, stop));
  return OnlyFile(folder, ".tgz");
}

Result<std::string> FetchWheel(const std::string& package, const std::string& wheel,
                               const std::string& folder, std::stop_token stop) {
  Words arguments = {"download", "--quiet", "--no-input", "--disable-pip-version-check",
                     "--no-deps", "--only-binary=:all:", "--dest", folder};
  if (!wheel.empty()) {
    const auto abi = wheel.find('-') + 1;
    const auto platform = wheel.find('-', abi) + 1;
    // "cp311": CPython's, of 3.11.
    arguments.insert(arguments.end(),
                     {"--implementation", wheel.substr(0, 2),
                      "--python-version", wheel.substr(2, abi - 3),
                      "--abi", wheel.substr(abi, platform - abi - 1),
                      "--platform", wheel.substr(platform)});
  }
  arguments.push_back(package);
  RETINUE_RETURN_IF_ERROR(
      RunClient({{"pip"}, {"pip3"}, {"python3", "-m", "pip"}}, arguments, {}, stop));
  return OnlyFile(folder, ".whl");
}

}  // namespace retinue::cli
