#include "lib/overlay/labels.h"

#include <limits>

#include <gtest/gtest.h>

namespace retinue::internal {
namespace {

TEST(WriteLabel, SaysWhatIsKnown) {
  const std::vector<std::string> names = {"person", "", std::string(50, 'x') + "é"};
  struct Case {
    Detection object;
    bool with_score;
    std::string expected;
  };
  const auto object = [](int class_id, TrackId id, float score) {
    return Detection{.box = {}, .score = score, .class_id = class_id, .track_id = id};
  };
  for (const Case& c : {
           Case{object(0, 3, 0.914f), true, "person 3 0.91"},
           {object(0, 3, 0.914f), false, "person 3"},
           {object(0, kNoTrack, 0.05f), true, "person 0.05"},
           {object(0, kNoTrack, 0.999f), true, "person 1.00"},
           {object(1, 12, 0.5f), true, "class 1 12 0.50"},
           {object(7, 12, 0.5f), false, "class 7 12"},
           {object(-2, kNoTrack, 0.5f), false, "class -2"},
           {object(2, kNoTrack, 7.0f), true, std::string(48, 'x') + " 1.00"},
           {object(0, 1, std::numeric_limits<float>::quiet_NaN()), true, "person 1 "},
       }) {
    std::string text = "old";
    WriteLabel(c.object, names, c.with_score, text);
    EXPECT_EQ(text, c.expected);
  }
}

TEST(WriteLabel, CutsBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "ä";
  std::string text;
  WriteLabel({}, std::vector<std::string>{name}, false, text);
  EXPECT_EQ(text, name.substr(0, 2 * 48));
}

TEST(LabelPlacer, TakesTheFirstPlaceThatFitsAndIsFree) {
  LabelPlacer placer;
  placer.Begin({0, 0, 200, 100});
  // Above; the same again: below; again: inside at the top; again: at the bottom.
  EXPECT_EQ(placer.Place({50, 40, 90, 70}, 60, 10), (PixelRect{50, 30, 110, 40}));
  EXPECT_EQ(placer.Place({50, 40, 90, 70}, 60, 10), (PixelRect{50, 70, 110, 80}));
  EXPECT_EQ(placer.Place({50, 40, 90, 70}, 60, 10), (PixelRect{50, 40, 110, 50}));
  EXPECT_EQ(placer.Place({50, 40, 90, 70}, 60, 10), (PixelRect{50, 60, 110, 70}));
  // Nothing free is left: the first again.
  EXPECT_EQ(placer.Place({50, 40, 90, 70}, 60, 10), (PixelRect{50, 30, 110, 40}));
}

TEST(LabelPlacer, StaysInThePicture) {
  struct Case {
    PixelRect box, expected;
  };
  for (const Case& c : {Case{{10, 5, 50, 40}, {10, 40, 70, 50}},          // no room above
                        {{-20, -5, 300, 97}, {0, 0, 60, 10}},             // nor below
                        {{-20, -5, 300, 300}, {0, 0, 60, 10}},            // nor outside at all
                        {{180, 40, 220, 60}, {140, 30, 200, 40}},         // at the right
                        {{-30, 40, 20, 60}, {0, 30, 60, 40}}}) {          // at the left
    LabelPlacer placer;
    placer.Begin({0, 0, 200, 100});
    EXPECT_EQ(placer.Place(c.box, 60, 10), c.expected);
  }
  LabelPlacer placer;
  placer.Begin({0, 0, 20, 5});  // smaller than the label: its beginning is seen
  EXPECT_EQ(placer.Place({2, 2, 4, 4}, 60, 10), (PixelRect{0, 0, 60, 10}));
}

}  // namespace
}  // namespace retinue::internal
