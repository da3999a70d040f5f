#include "retinue/image/frame.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace retinue {
namespace {

using ::testing::HasSubstr;

FrameFormat Format(PixelFormat pixels, int width, int height) {
  return {pixels, {width, height}, {}};
}

struct Layout {
  PixelFormat pixels;
  Size size;
  std::vector<std::ptrdiff_t> row_bytes;
  std::vector<int> rows;
};

// By hand: chroma of 4:2:0 is halved both ways, of YUY2 across only; halves round up.
TEST(PixelLayout, RoundsChromaUp) {
  const Layout layouts[] = {
      {PixelFormat::kNv12, {8, 6}, {8, 8}, {6, 3}},
      {PixelFormat::kNv12, {853, 479}, {853, 854}, {479, 240}},
      {PixelFormat::kI420, {853, 479}, {853, 427, 427}, {479, 240, 240}},
      {PixelFormat::kI420, {1, 1}, {1, 1, 1}, {1, 1, 1}},
      {PixelFormat::kYuy2, {5, 3}, {12}, {3}},
      {PixelFormat::kRgb24, {5, 3}, {15}, {3}},
      {PixelFormat::kBgr24, {5, 3}, {15}, {3}},
      {PixelFormat::kRgba32, {5, 3}, {20}, {3}},
      {PixelFormat::kGray8, {5, 3}, {5}, {3}},
  };
  for (const Layout& layout : layouts) {
    SCOPED_TRACE(ToString(layout.pixels));
    ASSERT_EQ(PlaneCount(layout.pixels), static_cast<int>(layout.rows.size()));
    for (int plane = 0; plane < PlaneCount(layout.pixels); ++plane) {
      const auto i = static_cast<std::size_t>(plane);
      EXPECT_EQ(RowBytes(layout.pixels, layout.size, plane), layout.row_bytes[i]);
      EXPECT_EQ(RowCount(layout.pixels, layout.size, plane), layout.rows[i]);
    }
  }
}

TEST(Wrap, SharesPixelsAndKeepsTheirOwnerUntilTheLastCopyIsGone) {
  auto pixels = std::make_shared<std::vector<std::uint8_t>>(64, std::uint8_t{7});
  const std::weak_ptr<void> alive = pixels;
  const PlaneView planes[] = {{pixels->data(), 8}};
  auto frame = Frame::Wrap(Format(PixelFormat::kGray8, 6, 8), planes, pixels, {2, 40},
                           {Nanoseconds(1000), Nanoseconds(40)});
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->plane(0).data, pixels->data());
  EXPECT_EQ(frame->plane(0).stride_bytes, 8);
  EXPECT_EQ(frame->pts(), Nanoseconds(1000));
  EXPECT_EQ(frame->duration(), Nanoseconds(40));
  EXPECT_FALSE(frame->IsEmpty());

  Frame renamed = frame->WithId({3, 41});
  EXPECT_EQ(renamed.id(), (FrameId{3, 41}));
  EXPECT_EQ(frame->id(), (FrameId{2, 40}));
  EXPECT_EQ(renamed.plane(0).data, frame->plane(0).data);
  pixels.reset();
  *frame = Frame();
  EXPECT_TRUE(frame->IsEmpty());
  EXPECT_FALSE(alive.expired());
  renamed = Frame();
  EXPECT_TRUE(alive.expired());
}

TEST(Wrap, SaysWhatIsWrong) {
  const std::uint8_t byte = 0;
  const auto message = [](const FrameFormat& format, std::vector<PlaneView> planes) {
    const auto frame = Frame::Wrap(format, planes, nullptr, {}, {});
    if (frame) return std::string("accepted");
    EXPECT_EQ(frame.error().code, ErrorCode::kInvalidArgument);
    return frame.error().message;
  };
  EXPECT_THAT(message(Format(PixelFormat::kGray8, 0, 4), {{&byte, 4}}), HasSubstr("got 0x4"));
  EXPECT_THAT(message(Format(PixelFormat::kGray8, 4, -1), {{&byte, 4}}), HasSubstr("got 4x-1"));
  EXPECT_THAT(message(Format(PixelFormat::kGray8, Frame::kMaxSide + 1, 1), {{&byte, 20000}}),
              HasSubstr("got 16385x1"));
  EXPECT_THAT(message(Format(PixelFormat::kNv12, 4, 4), {{&byte, 4}}),
              HasSubstr("nv12 has 2 planes, got 1"));
  EXPECT_THAT(message(Format(PixelFormat::kNv12, 5, 4), {{&byte, 5}, {&byte, 5}}),
              HasSubstr("plane 1 needs rows of at least 6 bytes, got 5"));
  EXPECT_THAT(message(Format(PixelFormat::kGray8, 4, 4), {{nullptr, 4}}), HasSubstr("no data"));
  EXPECT_EQ(message(Format(PixelFormat::kGray8, 4, 4), {{&byte, 4}}), "accepted");
}

TEST(FrameBuffer, HasAlignedRowsThatDoNotOverlap) {
  for (const PixelFormat pixels : {PixelFormat::kNv12, PixelFormat::kI420, PixelFormat::kYuy2,
                                   PixelFormat::kRgb24, PixelFormat::kGray8}) {
    auto buffer = FrameBuffer::Create(Format(pixels, 37, 11)).value();
    // Every byte gets a number of its own row; a shared byte would lose one.
    int next = 0;
    const auto for_each_row = [&](auto visit) {
      next = 0;
      for (int p = 0; p < PlaneCount(pixels); ++p) {
        const MutablePlaneView plane = buffer->plane(p);
        for (int y = 0; y < RowCount(pixels, {37, 11}, p); ++y, ++next) {
          visit(plane.data + y * plane.stride_bytes, RowBytes(pixels, {37, 11}, p), next);
        }
      }
    };
    for_each_row([](std::uint8_t* row, std::ptrdiff_t bytes, int number) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(row) % 64, 0u);
      std::fill_n(row, bytes, static_cast<std::uint8_t>(number));
    });
    for_each_row([](std::uint8_t* row, std::ptrdiff_t bytes, int number) {
      EXPECT_EQ(std::count(row, row + bytes, static_cast<std::uint8_t>(number)), bytes);
    });
  }
}

TEST(FrameBuffer, RefusesSizesThatAreNone) {
  EXPECT_FALSE(FrameBuffer::Create(Format(PixelFormat::kNv12, 0, 1)).has_value());
  EXPECT_FALSE(FrameBuffer::Create(Format(PixelFormat::kNv12, 1, 16385)).has_value());
}

TEST(FrameBuffer, PublishesItsPixelsAndColor) {
  auto buffer = FrameBuffer::Create(Format(PixelFormat::kI420, 5, 3)).value();
  buffer->set_color({ColorMatrix::kBt601, ColorRange::kFull});
  buffer->plane(2).data[2] = 99;
  const std::uint8_t* const pixels = buffer->plane(2).data;
  const Frame frame = FrameBuffer::Publish(std::move(buffer), {1, 2}, {Nanoseconds(3), kNoTime});
  EXPECT_EQ(frame.plane(2).data, pixels);
  EXPECT_EQ(frame.plane(2).data[2], 99);
  EXPECT_EQ(frame.format().color, (ColorSpace{ColorMatrix::kBt601, ColorRange::kFull}));
  EXPECT_EQ(frame.id(), (FrameId{1, 2}));
  EXPECT_EQ(frame.pts(), Nanoseconds(3));
}

TEST(FramePool, GivesAFreeBufferAgainAndNeverOneInUse) {
  FramePool pool;
  const FrameFormat format = Format(PixelFormat::kNv12, 16, 16);
  auto first = pool.Get(format).value();
  const std::uint8_t* const memory = first->plane(0).data;
  Frame frame = FrameBuffer::Publish(std::move(first), {}, {});
  EXPECT_NE(pool.Get(format).value()->plane(0).data, memory);
  frame = Frame();

  FrameFormat full = format;
  full.color.range = ColorRange::kFull;
  const auto again = pool.Get(full).value();
  EXPECT_EQ(again->plane(0).data, memory);
  EXPECT_EQ(again->format().color.range, ColorRange::kFull);
  // Another size is another buffer.
  EXPECT_NE(pool.Get(Format(PixelFormat::kNv12, 16, 18)).value()->plane(0).data, memory);
}

TEST(FramePool, GoesOnWhenAllItsBuffersAreInUse) {
  FramePool pool;
  const FrameFormat format = Format(PixelFormat::kGray8, 8, 8);
  std::vector<std::shared_ptr<FrameBuffer>> held;
  std::set<const std::uint8_t*> memories;
  for (int i = 0; i < 40; ++i) {
    held.push_back(pool.Get(format).value());
    memories.insert(held.back()->plane(0).data);
  }
  EXPECT_EQ(memories.size(), 40u);
  held.clear();
  EXPECT_EQ(memories.count(pool.Get(format).value()->plane(0).data), 1u);
}

// Under ThreadSanitizer this shows that a reader's last look at a picture comes
// before the writer's first stroke on the re-used memory.
TEST(FramePool, FramesMayBeDroppedOnAnotherThread) {
  constexpr int kFrames = 2000;
  FramePool pool;
  std::array<std::atomic<Frame*>, 4> slots{};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    for (int i = 0; i < kFrames; ++i) {
      auto& slot = slots[static_cast<std::size_t>(i) % slots.size()];
      Frame* frame = nullptr;
      while ((frame = slot.exchange(nullptr)) == nullptr) std::this_thread::yield();
      const auto want = static_cast<std::uint8_t>(frame->id().number);
      if (frame->plane(0).data[0] != want || frame->plane(0).data[63] != want) ++wrong;
      delete frame;
    }
  });
  for (int i = 0; i < kFrames; ++i) {
    auto buffer = pool.Get(Format(PixelFormat::kGray8, 64, 1)).value();
    std::fill_n(buffer->plane(0).data, 64, static_cast<std::uint8_t>(i));
    auto* frame = new Frame(FrameBuffer::Publish(std::move(buffer), {0, i}, {}));
    auto& slot = slots[static_cast<std::size_t>(i) % slots.size()];
    Frame* empty = nullptr;
    while (!slot.compare_exchange_weak(empty, frame)) {
      empty = nullptr;
      std::this_thread::yield();
    }
  }
  reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace retinue
