#include "retinue/io/people_source.h"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace retinue {
namespace {

std::vector<std::uint8_t> Luma(const Frame& frame) {
  std::vector<std::uint8_t> luma;
  for (int y = 0; y < frame.size().height; ++y) {
    const std::uint8_t* row = frame.plane(0).data + y * frame.plane(0).stride_bytes;
    luma.insert(luma.end(), row, row + frame.size().width);
  }
  return luma;
}

std::vector<std::vector<std::uint8_t>> LumaOf(PeopleSource& source) {
  std::vector<std::vector<std::uint8_t>> all;
  for (Frame frame; *source.Next(frame) == Pull::kFrame;) all.push_back(Luma(frame));
  return all;
}

TEST(PeopleSource, GivesItsFramesAtItsRate) {
  auto source = *PeopleSource::Create({.name = "x", .size = {321, 181}, .frames = 30,
                                       .frame_rate = 30});
  EXPECT_EQ(source->info().name, "x");
  EXPECT_EQ(source->info().size, (Size{321, 181}));
  EXPECT_EQ(source->info().frame_count, 30);
  EXPECT_EQ(source->info().duration, std::chrono::seconds(1));
  Frame frame;
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(*source->Next(frame), Pull::kFrame);
    EXPECT_EQ(frame.id(), (FrameId{0, i}));
    EXPECT_NEAR(ToSeconds(frame.pts()), i / 30.0, 1e-9);
    EXPECT_EQ(frame.format(), (FrameFormat{PixelFormat::kI420, {321, 181}, {}}));
  }
  EXPECT_EQ(*source->Next(frame), Pull::kEndOfStream);
  EXPECT_EQ(source->stats().frames, 30);
}

TEST(PeopleSource, DrawsTheSameCrowdForTheSameSeedAndAnotherForAnother) {
  const PeopleOptions options{.size = {160, 120}, .frames = 5};
  PeopleOptions other = options;
  other.seed = 2;
  const auto first = LumaOf(**PeopleSource::Create(options));
  EXPECT_EQ(first, LumaOf(**PeopleSource::Create(options)));
  EXPECT_NE(first, LumaOf(**PeopleSource::Create(other)));
}

// What changes between two frames is people: all of it must lie inside their boxes, and each box
// must be as tight as a box can be.
TEST(PeopleSource, TruthIsWhereThePicturesChange) {
  const PeopleOptions options{.size = {480, 270}, .frames = 60, .lanes = 3, .seed = 4};
  auto source = *PeopleSource::Create(options);
  const auto luma = LumaOf(*source);
  const auto inside = [](const std::vector<Detection>& people, int x, int y) {
    // One pixel around the box: edges are soft, and chroma is coarser.
    const Box pixel{static_cast<float>(x - 1), static_cast<float>(y - 1), 3, 3};
    for (const Detection& person : people) {
      if (Area(Intersection(person.box, pixel)) > 0) return true;
    }
    return false;
  };
  int changed = 0;
  for (int n = 1; n < 60; ++n) {
    const auto before = source->TruthAt(n - 1);
    const auto now = source->TruthAt(n);
    for (int y = 0; y < 270; ++y) {
      // Near the sides somebody may be too little inside to be counted.
      for (int x = 60; x < 420; ++x) {
        const std::size_t at = static_cast<std::size_t>(y) * 480 + static_cast<std::size_t>(x);
        const auto i = static_cast<std::size_t>(n);
        if (luma[i][at] == luma[i - 1][at]) continue;
        ++changed;
        ASSERT_TRUE(inside(before, x, y) || inside(now, x, y)) << n << ": " << x << "," << y;
      }
    }
  }
  EXPECT_GT(changed, 10000);
}

TEST(PeopleSource, EveryBoxIsTightAroundAFigure) {
  // One lane alone, against the same scene in which that person has not come yet or has left.
  const PeopleOptions options{.size = {480, 270}, .frames = 400, .lanes = 1, .seed = 6};
  auto source = *PeopleSource::Create(options);
  const auto luma = LumaOf(*source);
  std::size_t empty = 0;
  while (empty < 400 && !source->TruthAt(static_cast<std::int64_t>(empty)).empty()) ++empty;
  ASSERT_LT(empty, 400u);
  // Halfway between people nobody at all is in the picture.
  while (empty + 1 < 400 && source->TruthAt(static_cast<std::int64_t>(empty) + 2).empty()) ++empty;
  int looked = 0;
  for (std::size_t n = 0; n < 400; n += 10) {
    const auto people = source->TruthAt(static_cast<std::int64_t>(n));
    if (people.size() != 1) continue;
    const Box box = people[0].box;
    if (box.x <= 0 || box.right() >= 480) continue;
    int left = 480, right = 0, top = 270, bottom = 0;
    for (int y = 0; y < 270; ++y) {
      for (int x = 40; x < 440; ++x) {
        const std::size_t at = static_cast<std::size_t>(y) * 480 + static_cast<std::size_t>(x);
        if (std::abs(luma[n][at] - luma[empty][at]) < 6) continue;
        left = std::min(left, x);
        right = std::max(right, x + 1);
        top = std::min(top, y);
        bottom = std::max(bottom, y + 1);
      }
    }
    if (box.x < 42 || box.right() > 438) continue;
    // A hand or a shoe may have the colour of what is behind it.
    EXPECT_NEAR(box.x, left, 5) << n;
    EXPECT_NEAR(box.right(), right, 5) << n;
    EXPECT_NEAR(box.y, top, 3) << n;
    EXPECT_NEAR(box.bottom(), bottom, 3) << n;
    ++looked;
  }
  EXPECT_GT(looked, 5);
}

TEST(PeopleSource, IdsStayWithPeopleWhoWalkSteadily) {
  auto source = *PeopleSource::Create({.frames = 500});
  std::map<TrackId, Detection> before;
  std::set<TrackId> gone;
  std::size_t most = 0;
  for (int n = 0; n < 500; ++n) {
    std::map<TrackId, Detection> now;
    for (const Detection& person : source->TruthAt(n)) {
      EXPECT_TRUE(now.emplace(person.track_id, person).second);
      EXPECT_FALSE(gone.contains(person.track_id));
      EXPECT_GE(person.box.x, 0);
      EXPECT_LE(person.box.right(), 960);
      EXPECT_EQ(person.class_id, 0);
      EXPECT_EQ(person.score, 1);
      const auto old = before.find(person.track_id);
      if (old == before.end()) continue;
      // At most one height a second, plus the swing of a foot.
      EXPECT_LT(std::abs(person.box.center().x - old->second.box.center().x),
                person.box.height / 25 * 2.5);
    }
    for (const auto& [id, person] : before) {
      if (!now.contains(id)) gone.insert(id);
    }
    most = std::max(most, now.size());
    before = std::move(now);
  }
  EXPECT_EQ(most, 6u);          // one a lane
  EXPECT_GT(gone.size(), 3u);   // and some have left within 20 s
  EXPECT_TRUE(source->TruthAt(-1).empty());
  EXPECT_TRUE(source->TruthAt(500).empty());
}

TEST(PeopleSource, RefusesOptionsOutOfRange) {
  const PeopleOptions bad[] = {{.size = {63, 100}}, {.size = {100, 8193}}, {.frames = 0},
                               {.frame_rate = 0},   {.frame_rate = NAN},   {.lanes = 0},
                               {.lanes = 65}};
  for (const PeopleOptions& options : bad) {
    const auto source = PeopleSource::Create(options);
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace retinue
