#pragma once

// Helpers for tests only. Test data is read in place, never copied: it lies in
// $RETINUE_TEST_DATA or in ../shared/data beside the repository; a test that
// needs an absent file skips itself by name.

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace retinue::testing {

/// Path of a file of the test data, e.g. TestData("videos/walking_720p.mp4");
/// empty when it is absent.
std::string TestData(const std::string& relative);

/// Path of a file of the repository, e.g. "models/ssd_mobilenet_v2_objectron.toml".
std::string RepositoryFile(const std::string& relative);

/// Path of what `./bootstrap` fetched into .deps/, e.g. "samples/vtest.avi"; empty when absent.
std::string Fetched(const std::string& relative);

/// A fresh folder under the system's temporary folder, removed with its contents
/// by the destructor.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

/// Splitmix64: the same numbers on every machine and library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  /// In [0, n).
  int Below(int n) { return static_cast<int>(Next() % static_cast<std::uint64_t>(n)); }

 private:
  std::uint64_t state_;
};

}  // namespace retinue::testing

/// Declares `name` as the path of a test data file, or skips the test by that name.
#define RETINUE_TEST_DATA_OR_SKIP(name, relative)                      \
  const std::string name = ::retinue::testing::TestData(relative);     \
  if (name.empty()) GTEST_SKIP() << "test data absent: " << (relative)

/// The same for what ./bootstrap fetches.
#define RETINUE_FETCHED_OR_SKIP(name, relative)                        \
  const std::string name = ::retinue::testing::Fetched(relative);      \
  if (name.empty()) GTEST_SKIP() << "not fetched by ./bootstrap: " << (relative)
