#include "retinue/io/memory_source.h"

#include <gtest/gtest.h>

namespace retinue {
namespace {

Frame Picture(int pts_ms, Size size = {6, 4}) {
  auto buffer = *FrameBuffer::Create({PixelFormat::kGray8, size, {}});
  return FrameBuffer::Publish(std::move(buffer), {7, 99},
                              {.pts = std::chrono::milliseconds(pts_ms)});
}

TEST(MemorySource, GivesItsFramesOnceInOrderRenumberedWithTheirTimesAndPixels) {
  const std::vector<Frame> frames = {Picture(10), Picture(35), Picture(100)};
  MemorySource source(frames);
  EXPECT_EQ(source.info().name, "memory");
  EXPECT_EQ(source.info().frame_count, 3);
  EXPECT_EQ(source.info().size, (Size{6, 4}));
  for (int i = 0; i < 3; ++i) {
    Frame out;
    ASSERT_EQ(*source.Next(out), Pull::kFrame);
    EXPECT_EQ(out.id(), (FrameId{0, i}));
    EXPECT_EQ(out.pts(), frames[static_cast<std::size_t>(i)].pts());
    EXPECT_EQ(out.plane(0).data, frames[static_cast<std::size_t>(i)].plane(0).data);
  }
  Frame out;
  EXPECT_EQ(*source.Next(out), Pull::kEndOfStream);
  EXPECT_EQ(*source.Next(out), Pull::kEndOfStream);
  EXPECT_EQ(source.stats().frames, 3);
}

TEST(MemorySource, IsPendingAsOftenAsAskedBeforeEachFrameAndTheEnd) {
  MemorySource source({Picture(0), Picture(1)}, {}, {.pending_before_each = 2});
  std::string seen;
  Frame out;
  for (int i = 0; i < 9; ++i) {
    const Pull pull = *source.Next(out);
    seen += pull == Pull::kFrame ? 'f' : pull == Pull::kPending ? 'p' : 'e';
  }
  EXPECT_EQ(seen, "ppfppfppe");
}

TEST(MemorySource, FailsOnceWhereItWasToldToAndThenEnds) {
  MemorySource source({Picture(0)}, {.name = "a"},
                      {.failure = Error{ErrorCode::kDataLoss, "torn"}});
  Frame out;
  EXPECT_EQ(*source.Next(out), Pull::kFrame);
  const auto failed = source.Next(out);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(failed.error().message, "torn");
  EXPECT_EQ(*source.Next(out), Pull::kEndOfStream);
}

TEST(MemorySource, KeepsWhatTheInfoSays) {
  MemorySource source({Picture(0)}, {.name = "x", .size = {1, 2}, .is_live = true,
                                     .frame_count = 50});
  EXPECT_EQ(source.info().name, "x");
  EXPECT_EQ(source.info().size, (Size{1, 2}));
  EXPECT_TRUE(source.info().is_live);
  EXPECT_EQ(source.info().frame_count, 50);
}

}  // namespace
}  // namespace retinue
