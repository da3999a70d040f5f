// Counts heap allocations: writing results must not allocate in the steady state.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "retinue/io/memory_byte_source.h"
#include "retinue/io/result_output.h"
#include "retinue/io/y4m.h"
#include "tests/support/count_allocations.h"

namespace retinue {
namespace {

// Takes bytes without keeping them.
class Discard final : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    written_ += bytes.size();
    return {};
  }
  Result<void> Commit() override { return {}; }

 private:
  std::size_t written_ = 0;
};

FrameResult ManyObjects(std::int64_t frame) {
  FrameResult result;
  result.frame = frame;
  result.pts = Nanoseconds(frame * 33'366'667);
  result.size = {1920, 1080};
  for (int i = 0; i < 100; ++i) {
    const auto x = static_cast<float>(i);
    result.objects.push_back({.box = {x * 7.77f, x * 3.33f, 55.55f, 99.99f},
                              .score = 0.5f + x * 0.004f,
                              .class_id = i % 4,  // 2 and 3 have no name
                              .track_id = i + 1});
  }
  return result;
}

TEST(ResultFile, AllocatesNothingPerFrameInTheSteadyState) {
  for (auto make : {+[] { return JsonLinesFormat(); }, +[] { return CsvFormat(); },
                    +[] { return CocoFormat(); }, +[] { return MotFormat(MotRows::kTracked); }}) {
    auto format = make();
    SCOPED_TRACE(format->name());
    const auto sink = NewResultWriter(std::make_unique<Discard>(), std::move(format));
    StreamInfo stream;
    stream.name = "a stream with a name longer than any small string.mp4";
    stream.class_names = {"person", "a class with a name longer than any small string"};
    ASSERT_TRUE(sink->Begin(stream));
    // Ten-digit frame numbers first, so that later frames need no more room.
    FrameResult result = ManyObjects(1'000'000'000);
    ASSERT_TRUE(sink->Write({}, result));
    const long before = retinue::testing::allocations.load();
    for (int frame = 0; frame < 1000; ++frame) {
      result.frame = frame;
      ASSERT_TRUE(sink->Write({}, result));
    }
    EXPECT_EQ(retinue::testing::allocations.load() - before, 0);
  }
}

TEST(Y4m, AllocatesNothingPerFrameInTheSteadyState) {
  std::string bytes = "YUV4MPEG2 W64 H48 F25:1 C420jpeg\n";
  for (int i = 0; i < 100; ++i) bytes += "FRAME\n" + std::string(64 * 48 * 3 / 2, 'x');
  const auto source = *OpenY4m(std::make_unique<MemoryByteSource>(bytes, 1000), "-");
  Frame frame;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(source->Next(frame).value(), Pull::kFrame);
  const long before = retinue::testing::allocations.load();
  int frames = 0;
  while (source->Next(frame).value() == Pull::kFrame) ++frames;
  EXPECT_EQ(frames, 97);
  EXPECT_EQ(retinue::testing::allocations.load() - before, 0);
}

TEST(AllocationCounter, Counts) {
  const long before = retinue::testing::allocations.load();
  const auto value = std::make_unique<std::string>(100, 'x');
  EXPECT_EQ(retinue::testing::allocations.load() - before, 2);
  EXPECT_EQ(value->size(), 100u);
}

}  // namespace
}  // namespace retinue
