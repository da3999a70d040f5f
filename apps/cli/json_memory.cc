#include "apps/cli/json_memory.h"

#include <filesystem>

#include "apps/cli/model_files.h"
#include "retinue/files/files.h"

namespace retinue::cli {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;

std::string PathOf(const std::string& name) {
  const std::string folder = CacheFolder();
  return folder.empty() ? std::string() : folder + "/" + name + ".json";
}

}  // namespace

nlohmann::json ReadMemory(const std::string& name) {
  const std::string path = PathOf(name);
  if (path.empty()) return nlohmann::json::object();
  const auto text = ReadWholeFile(path, kMaxBytes);
  if (!text) return nlohmann::json::object();
  auto content = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  return content.is_object() ? content : nlohmann::json::object();
}

void WriteMemory(const std::string& name, const nlohmann::json& content) {
  const std::string path = PathOf(name);
  if (path.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(CacheFolder(), ignored);
  const std::string text =
      content.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  (void)WriteWholeFile(path, text, Existing::kReplace);
}

}  // namespace retinue::cli
