// Runs a tracker over the detections of a MOTChallenge file, for comparison with the
// published programs by bench/track_reference.py:
//
//   track_mot DET.txt bytetrack|sort RATE_HZ [STRIDE] [SETTING=VALUE …] > tracks.txt
//
// Frame f happens at (f - 1) / RATE_HZ; with STRIDE only every STRIDEth frame
// is looked at. Writes MOTChallenge lines, and on standard error the number of
// frames and the mean time of an update.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "retinue/track/options.h"

namespace {

using retinue::Detection;

int Stop(const std::string& message) {
  std::cerr << "track_mot: " << message << "\n";
  return 1;
}

bool ReadDetections(const char* path, std::vector<std::vector<Detection>>& frames) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    double frame = 0, id = 0, x = 0, y = 0, w = 0, h = 0, score = 0;
    if (std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf,%lf,%lf,%lf", &frame, &id, &x, &y, &w, &h,
                    &score) != 7 || frame < 1 || frame > 1e6) {
      return false;
    }
    if (frames.size() < static_cast<std::size_t>(frame)) {
      frames.resize(static_cast<std::size_t>(frame));
    }
    frames[static_cast<std::size_t>(frame) - 1].push_back(
        {.box = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(w),
                 static_cast<float>(h)},
         .score = static_cast<float>(score)});
  }
  return !frames.empty();
}

void Print(std::size_t frame, const std::vector<Detection>& detections,
           const retinue::TrackUpdate& update) {
  for (std::size_t i = 0; i < detections.size(); ++i) {
    if (update.of_detection[i].id == retinue::kNoTrack) continue;
    const retinue::Box& box = detections[i].box;
    std::printf("%zu,%lld,%.3f,%.3f,%.3f,%.3f,%.6f,-1,-1,-1\n", frame + 1,
                static_cast<long long>(update.of_detection[i].id), static_cast<double>(box.x),
                static_cast<double>(box.y), static_cast<double>(box.width),
                static_cast<double>(box.height), static_cast<double>(detections[i].score));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return Stop("expected DET.txt TRACKER RATE_HZ [STRIDE] [SETTING=VALUE …]");
  std::vector<std::vector<Detection>> frames;
  if (!ReadDetections(arguments[1], frames)) return Stop("not a detection file");
  auto spec = retinue::TrackerByName(arguments[2]);
  if (!spec) return Stop(spec.error().message);
  const double rate_hz = std::atof(arguments[3]);
  std::size_t stride = 1;
  for (int i = 4; i < count; ++i) {
    const std::string argument = arguments[i];
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      stride = std::max<std::size_t>(1, std::stoul(argument));
      continue;
    }
    const auto set = SetOption(*spec, argument.substr(0, equals), argument.substr(equals + 1));
    if (!set) return Stop(set.error().message);
  }
  auto tracker = MakeTracker(*spec);
  if (!tracker) return Stop(tracker.error().message);

  retinue::TrackUpdate update;
  std::size_t looked_at = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t frame = 0; frame < frames.size(); frame += stride, ++looked_at) {
    const auto now = retinue::FromSeconds(static_cast<double>(frame) / rate_hz);
    (*tracker)->Update(now, frames[frame], update);
    Print(frame, frames[frame], update);
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  std::fprintf(stderr, "%zu frames, %.2f us each with printing\n", looked_at,
               took.count() / static_cast<double>(looked_at));
}
