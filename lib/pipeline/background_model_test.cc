// BackgroundModel over a replayed network, and through EffectStage.

#include "retinue/pipeline/background_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <vector>

#include "lib/pipeline/test_streams.h"
#include "retinue/pipeline/effect_stage.h"

namespace retinue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ModelSpec Parting() {
  ModelSpec model;
  model.input.size = {8, 8};
  model.input.fit = Fit::kStretch;
  model.head = ForegroundSpec{};
  return model;
}

RegionEngine PartingEngine(const Shape& shape, const std::vector<float>& foreground) {
  ModelIo io;
  io.inputs = {{"image", ElementType::kF32, {1, 3, 8, 8}}};
  io.outputs = {{"mask", ElementType::kF32, shape}};
  auto engine = FakeEngine::Create(
      io, {.replies = {{.outputs = {RecordedTensor::F32(shape, foreground)}}}});
  RETINUE_CHECK(engine.has_value());
  return {*std::move(engine), Parting(), {}};
}

Frame GreyFrame(Size size = {16, 16}) {
  auto buffer = FrameBuffer::Create({PixelFormat::kGray8, size, {}});
  RETINUE_CHECK(buffer.has_value());
  for (int y = 0; y < size.height; ++y) {
    std::memset((*buffer)->plane(0).data + y * (*buffer)->plane(0).stride_bytes, 90,
                static_cast<std::size_t>(size.width));
  }
  return FrameBuffer::Publish(*std::move(buffer), {}, {});
}

// A share of 0.25 of somebody is 0.75 * 255 = 191.25 of background.
TEST(BackgroundModel, IsWhatNobodyIs) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  auto model = BackgroundModel::Create(PartingEngine({1, 2, 3, 1}, {0, 1, 0.25f, nan, -3, 9}));
  ASSERT_TRUE(model) << model.error().message;
  const auto mask = (*model)->Look(GreyFrame());
  ASSERT_TRUE(mask) << mask.error().message;
  EXPECT_EQ(mask->size, (Size{3, 2}));
  EXPECT_EQ(mask->rows.stride_bytes, 3);
  EXPECT_THAT(std::vector<int>(mask->rows.data, mask->rows.data + 6),
              ElementsAre(255, 0, 191, 255, 255, 0));
}

TEST(BackgroundModel, RefusesWhatIsNoMask) {
  for (const Shape& shape : {Shape{1, 2, 3}, Shape{1, 2, 3, 2}, Shape{2, 3, 1, 1}}) {
    auto model = BackgroundModel::Create(
        PartingEngine(shape, std::vector<float>(static_cast<std::size_t>(shape.ElementCount()))));
    ASSERT_TRUE(model);
    const auto mask = (*model)->Look(GreyFrame());
    ASSERT_FALSE(mask);
    EXPECT_EQ(mask.error().message, "the foreground must be [1, H, W, 1] of f32");
  }
  RegionEngine other = PartingEngine({1, 1, 1, 1}, {0});
  other.model = testing::ToyModel();
  EXPECT_THAT(BackgroundModel::Create(other).error().message, HasSubstr("whole frame"));
  other.model = Parting();
  other.engine = nullptr;
  EXPECT_FALSE(BackgroundModel::Create(other));
}

// The left half is somebody; the program makes the rest white, which in limited range is 235.
TEST(BackgroundModel, PartsWhatAProgramDraws) {
  auto model = BackgroundModel::Create(PartingEngine({1, 1, 2, 1}, {1, 0}));
  ASSERT_TRUE(model);
  auto plan = ReadEffects("background: fill(255, 255, 255)", {.segmentation = true});
  ASSERT_TRUE(plan);
  auto stage = EffectStage::Create(*std::move(plan), {.background = model->get()});
  ASSERT_TRUE(stage);
  const Frame frame = GreyFrame();
  FrameResult result;
  result.size = frame.size();
  const auto drawn = (*stage)->Draw(frame, result);
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_EQ(drawn->plane(0).data[0], 90);
  EXPECT_EQ(drawn->plane(0).data[15], 235);
}

}  // namespace
}  // namespace retinue
