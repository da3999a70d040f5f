// Both trackers on MOTChallenge sequences, against what the published programs gave for
// the same detections at 30 frames a second (bench/track_reference.py; identities agree
// detection by detection there, here their numbers must).

#include <cstdio>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "retinue/track/options.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

// Detections by frame; lines `frame,-1,x,y,width,height,score,…`.
std::vector<std::vector<Detection>> FramesOf(const std::string& path) {
  std::vector<std::vector<Detection>> frames;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    unsigned frame = 0;
    Detection d;
    if (std::sscanf(line.c_str(), "%u,-1,%f,%f,%f,%f,%f", &frame, &d.box.x, &d.box.y,
                    &d.box.width, &d.box.height, &d.score) != 6) {
      continue;
    }
    if (frames.size() < frame) frames.resize(frame);
    frames[frame - 1].push_back(d);
  }
  return frames;
}

struct Case {
  const char* name;
  TrackerKind kind;
  const char* detections;
  std::size_t tracked;  // detections with an id
  std::size_t tracks;
};

class MotChallenge : public ::testing::TestWithParam<Case> {};

constexpr const char* kAdl = "mot/MOT15-train/ADL-Rundle-8/det/det_sort_frrcnn.txt";
constexpr const char* kEth = "mot/MOT15-train/ETH-Sunnyday/det/det_sort_frrcnn.txt";
constexpr const char* kMot09 = "mot/MOT17-mini/train/MOT17-09-FRCNN/det/det.txt";
constexpr const char* kMot10 = "mot/MOT17-mini/train/MOT17-10-FRCNN/det/det.txt";

INSTANTIATE_TEST_SUITE_P(
    , MotChallenge,
    ::testing::Values(Case{"SortOnAdlRundle8", TrackerKind::kSort, kAdl, 3961, 148},
                      Case{"SortOnEthSunnyday", TrackerKind::kSort, kEth, 1759, 77},
                      Case{"SortOnMot17_10", TrackerKind::kSort, kMot10, 8266, 254},
                      Case{"ByteTrackOnAdlRundle8", TrackerKind::kByteTrack, kAdl, 4898, 105},
                      Case{"ByteTrackOnEthSunnyday", TrackerKind::kByteTrack, kEth, 2016, 65},
                      Case{"ByteTrackOnMot17_09", TrackerKind::kByteTrack, kMot09, 2969, 30}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

TEST_P(MotChallenge, TracksAsManyAsThePublishedProgram) {
  RETINUE_TEST_DATA_OR_SKIP(path, GetParam().detections);
  const auto frames = FramesOf(path);
  auto tracker = MakeTracker({.kind = GetParam().kind, .bytetrack = {}, .sort = {}}).value();
  TrackUpdate update;
  std::size_t tracked = 0;
  std::set<TrackId> tracks;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    tracker->Update(FromSeconds(static_cast<double>(i) / 30), frames[i], update);
    for (const Assignment& a : update.of_detection) {
      if (a.id == kNoTrack) continue;
      ++tracked;
      tracks.insert(a.id);
    }
  }
  EXPECT_EQ(tracked, GetParam().tracked);
  EXPECT_EQ(tracks.size(), GetParam().tracks);
}

}  // namespace
}  // namespace retinue
