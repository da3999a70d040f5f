// Faces and effects take nothing from the heap, frame after frame.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <vector>

#include "lib/pipeline/test_faces.h"
#include "lib/pipeline/test_streams.h"
#include "retinue/pipeline/effect_stage.h"
#include "retinue/pipeline/face_follower.h"

namespace retinue {
namespace {

using namespace std::chrono_literals;
using testing::PreparedEngine;
using testing::ToyFace;

PreparedEngine::Reply Mesh(const ToyFace& face) {
  return {testing::ToyMeshPoints(face), {face.presence}};
}

// Two faces, of which one is lost for a frame now and then and found again; a detector for tiles
// and one for near faces look at every frame that the first one sees; eyes; held boxes; effects.
TEST(FacesSteady, AllocateNothingPerFrame) {
  std::vector<PreparedEngine::Reply> replies;
  for (int i = 0; i < 31; ++i) {
    const float right = i % 2 == 0 ? 0.1f : -0.1f;
    replies.push_back(Mesh({.right = right, .presence = i % 10 == 9 ? 0.1f : 0.95f}));
  }
  const std::vector<PreparedEngine::Reply> seen = {{testing::ToyDetection({8, 16}, 4, 0.7f)},
                                                   {testing::ToyDetection({24, 16}, 4, 0.7f)}};
  const auto detector = [&] {
    return std::make_shared<PreparedEngine>(testing::ToyDetectorIo(), seen, 2);
  };
  const PreparedEngine::Reply eye = {std::vector<float>(213, 32), std::vector<float>(15, 32)};
  FaceModels models{
      .mesh = {std::make_shared<PreparedEngine>(testing::ToyMeshIo(), replies, 2),
               testing::ToyMesh(), {.conf = 0.5f}},
      .iris = RegionEngine{std::make_shared<PreparedEngine>(
                               testing::ToyIrisIo(), std::vector<PreparedEngine::Reply>{eye}, 2),
                           testing::ToyIris(), {.conf = 0}},
      .detector = RegionEngine{detector(), testing::ToyDetector(), {.conf = 0.25f}},
      .near = RegionEngine{detector(), testing::ToyDetector(), {.conf = 0.25f}}};
  auto follower = FaceFollower::Create(std::move(models), {.regions = {.detect_every = 80ms},
                                                           .tiles = true, .hold = 200ms,
                                                           .keep_unsure = true});
  ASSERT_TRUE(follower) << follower.error().message;
  auto plan = ReadEffects("face: pixelate(6)\nleye: swap_with(reye)\nface#9: blur(4)");
  ASSERT_TRUE(plan);
  std::int64_t told = 0;
  auto effects = EffectStage::Create(*std::move(plan),
                                     {.on_absent = [&](const AbsentFace&) { ++told; }});
  ASSERT_TRUE(effects) << effects.error().message;

  constexpr Size kSize{400, 200};
  FramePool pool;
  FrameResult result;
  std::int64_t before = 0, after = 0, faces = 0, detected = 0;
  for (int i = 0; i < 400; ++i) {
    if (i == 200) before = testing::AllocationsOfThisThread();
    auto buffer = pool.Get({PixelFormat::kI420, kSize, {}});
    ASSERT_TRUE(buffer);
    const Frame frame = FrameBuffer::Publish(*std::move(buffer), {0, i}, {i * 40ms, 40ms});
    result.Clear();
    result.frame = i;
    result.pts = frame.pts();
    result.size = kSize;
    const bool wanted = (*follower)->WantsDetections(frame.pts());
    if (wanted) {
      testing::AddFaceDetection(result, 100, 100);
      testing::AddFaceDetection(result, 300, 100);
      ++detected;
    }
    ASSERT_TRUE((*follower)->Look(frame, wanted, result));
    faces += static_cast<std::int64_t>(result.faces.size());
    ASSERT_TRUE((*effects)->Draw(frame, result));
    if (i == 399) after = testing::AllocationsOfThisThread();
  }
  EXPECT_GT(faces, 700) << "there must have been work to allocate for";
  EXPECT_GT(detected, 100);
  EXPECT_GT((*follower)->losses().frames, 50);
  EXPECT_GT(told, 10);
  EXPECT_EQ(after - before, 0);
}

}  // namespace
}  // namespace retinue
