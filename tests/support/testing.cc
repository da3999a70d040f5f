#include "tests/support/testing.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace retinue::testing {
namespace fs = std::filesystem;
namespace {

std::string ExistingOrEmpty(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) ? path.string() : std::string();
}

}  // namespace

std::string TestData(const std::string& relative) {
  const char* folder = std::getenv("RETINUE_TEST_DATA");
  const fs::path root =
      folder != nullptr ? fs::path(folder) : fs::path(RETINUE_SOURCE_DIR) / "../shared/data";
  return ExistingOrEmpty(root / relative);
}

std::string RepositoryFile(const std::string& relative) {
  return (fs::path(RETINUE_SOURCE_DIR) / relative).string();
}

std::string Fetched(const std::string& relative) {
  return ExistingOrEmpty(fs::path(RETINUE_SOURCE_DIR) / ".deps" / relative);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "retinue-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace retinue::testing
