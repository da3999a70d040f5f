#pragma once

// The built program, run as a user does. Thread rule: one thread.

#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "retinue/geometry/geometry.h"
#include "tests/support/program.h"
#include "tests/support/testing.h"

namespace retinue::testing {

/// `retinue ARGUMENTS` in `folder`; with one cache for all tests, so that a model is compiled once,
/// unless `options` name another.
inline ProgramResult RunRetinue(std::vector<std::string> arguments, const TemporaryFolder& folder,
                                ProgramOptions options = {}) {
  arguments.insert(arguments.begin(), RETINUE_COMMAND);
  options.folder = folder.path();
  options.environment.emplace("RETINUE_CACHE", RETINUE_TEST_CACHE);
  return RunProgram(arguments, options);
}

/// The boxes that dlib's XML in `folder` says a picture has, in pixels.
inline std::vector<Box> LabelledBoxes(const std::string& folder, const std::string& picture) {
  const std::string xml = ReadFile(folder + "/training_with_face_landmarks.xml");
  const std::string file = std::filesystem::path(picture).filename();
  const std::size_t begin = xml.find("<image file='" + file + "'");
  if (begin == std::string::npos) return {};
  const std::string image = xml.substr(begin, xml.find("</image>", begin) - begin);
  const std::regex box("<box top='(-?\\d+)' left='(-?\\d+)' width='(\\d+)' height='(\\d+)'");
  std::vector<Box> boxes;
  for (std::sregex_iterator i(image.begin(), image.end(), box), end; i != end; ++i) {
    const auto number = [&](std::size_t group) { return std::stof((*i)[group]); };
    boxes.push_back({number(2), number(1), number(3), number(4)});
  }
  return boxes;
}

}  // namespace retinue::testing
