#include "retinue/track/options.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

TEST(TrackerByName, KnowsTwoAndSaysSo) {
  EXPECT_EQ(TrackerByName("bytetrack")->kind, TrackerKind::kByteTrack);
  EXPECT_EQ(TrackerByName("sort")->kind, TrackerKind::kSort);
  const auto other = TrackerByName("ocsort");
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(other.error().message, "tracker must be bytetrack or sort, got 'ocsort'");
}

TEST(SetOption, SetsEverySettingByItsName) {
  TrackerSpec spec = *TrackerByName("bytetrack");
  for (const auto& [key, value] :
       {std::pair{"track_high_thresh", "0.6"}, {"track-low-thresh", "0.2"},
        {"new_track_thresh", "0.7"}, {"track_buffer_s", "2.5"}, {"match_thresh", "0.9"},
        {"fuse_score", "false"}, {"max_gap_s", "4"}, {"nominal_rate_hz", "25"},
        {"per_class", "1"}}) {
    EXPECT_TRUE(SetOption(spec, key, value).has_value()) << key;
  }
  EXPECT_EQ(Describe(spec),
            "bytetrack track_high_thresh=0.6 track_low_thresh=0.2 new_track_thresh=0.7 "
            "track_buffer_s=2.5 match_thresh=0.9 fuse_score=false max_gap_s=4 "
            "nominal_rate_hz=25 per_class=true");
  spec = *TrackerByName("sort");
  for (const auto& [key, value] :
       {std::pair{"min_score", "0.4"}, {"iou_threshold", "0.5"}, {"min_hits", "2"},
        {"max_age_s", "0.25"}, {"max_gap_s", "3"}, {"nominal_rate_hz", "50"},
        {"per_class", "true"}}) {
    EXPECT_TRUE(SetOption(spec, key, value).has_value()) << key;
  }
  EXPECT_EQ(Describe(spec),
            "sort min_score=0.4 iou_threshold=0.5 min_hits=2 max_age_s=0.25 max_gap_s=3 "
            "nominal_rate_hz=50 per_class=true");
}

TEST(SetOption, SaysWhatItExpectedAndChangesNothing) {
  struct Case {
    const char* kind;
    const char* key;
    const char* value;
    const char* message;
  };
  for (const Case& c : {
           Case{"bytetrack", "track_bufer", "1",
                "bytetrack has no setting 'track_bufer'; the nearest is 'track_buffer_s'"},
           {"sort", "min_hit", "1", "sort has no setting 'min_hit'; the nearest is 'min_hits'"},
           {"sort", "match_thresh", "1", "sort has no setting 'match_thresh'"},
           {"sort", "", "1", "sort has no setting ''"},
           {"sort", "min_hits", "2.5", "min_hits must be a whole number from 0 to 1000, got '2.5'"},
           {"sort", "min_hits", "-1", "got '-1'"},
           {"sort", "min_hits", "99999999999999", "got '99999999999999'"},
           {"sort", "iou_threshold", "1.5",
            "iou_threshold must be a number from 0 to 1, got '1.5'"},
           {"sort", "iou_threshold", "nan", "got 'nan'"},
           {"sort", "iou_threshold", "", "got ''"},
           {"sort", "iou_threshold", "0.5x", "got '0.5x'"},
           {"bytetrack", "track_buffer_s", "-1", "must be a number from 0 to 3600, got '-1'"},
           {"bytetrack", "nominal_rate_hz", "0", "must be a number from 1 to 1000, got '0'"},
           {"bytetrack", "fuse_score", "yes", "fuse_score must be true or false, got 'yes'"},
       }) {
    TrackerSpec spec = *TrackerByName(c.kind);
    const std::string before = Describe(spec);
    const auto set = SetOption(spec, c.key, c.value);
    ASSERT_FALSE(set.has_value()) << c.key;
    EXPECT_EQ(set.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(set.error().message, HasSubstr(c.message));
    EXPECT_EQ(Describe(spec), before);
  }
}

TEST(MakeTracker, ChecksTheSettings) {
  const auto message = [](const TrackerSpec& spec) {
    const auto tracker = MakeTracker(spec);
    return tracker ? std::string("made") : tracker.error().message;
  };
  TrackerSpec spec;
  EXPECT_EQ(message(spec), "made");
  spec.bytetrack.track_low_thresh = 0.5;
  EXPECT_EQ(message(spec), "track_low_thresh must be at most track_high_thresh (0.25), got 0.5");
  spec.bytetrack.match_thresh = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(message(spec), "match_thresh must be a number from 0 to 1, got nan");
  spec.kind = TrackerKind::kSort;  // whose settings are fine
  EXPECT_EQ(message(spec), "made");
  spec.sort.max_age_s = -1;
  EXPECT_EQ(message(spec), "max_age_s must be a number from 0 to 3600, got -1");
}

}  // namespace
}  // namespace retinue
