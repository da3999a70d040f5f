// Where faces are searched beside the whole frame: the tiles' geometry, and FaceSearch through
// FaceFollower over replayed detectors.

#include "lib/pipeline/face_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "lib/pipeline/test_faces.h"
#include "lib/pipeline/test_streams.h"

namespace retinue {
namespace {

using namespace std::chrono_literals;
using testing::FaceAt;
using testing::NoFace;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr float kLeast = 384;  // of which 24 pixels are a sixteenth

std::vector<Region> TilesOf(Size frame) {
  std::vector<Region> tiles;
  TileFrame(frame, kLeast, tiles);
  return tiles;
}

/// Whether a view shows all of a box, and that at a sixteenth of the view's side at least.
bool Shows(const Region& view, const Box& box) {
  constexpr float kRounding = 1e-2f;
  const Box shown = BoundsOf(view);
  return box.x >= shown.x - kRounding && box.y >= shown.y - kRounding &&
         box.right() <= shown.right() + kRounding && box.bottom() <= shown.bottom() + kRounding &&
         box.width * 16 >= std::max(view.width, view.height) - kRounding;
}

// What the header of FaceFollower promises for a picture: from 24 pixels on, wherever it stands.
TEST(TileFrame, EverySquareOfAFaceLiesWhollyInAViewOfItsSize) {
  for (const Size frame : {Size{640, 480}, {385, 100}, {1280, 720}, {720, 1280}, {1920, 1080},
                           {1537, 1537}, {3840, 2160}, {6001, 401}}) {
    SCOPED_TRACE(std::to_string(frame.width) + "x" + std::to_string(frame.height));
    std::vector<Region> views = TilesOf(frame);
    views.push_back(WholeFrame(frame));
    const auto width = static_cast<float>(frame.width), height = static_cast<float>(frame.height);
    const float longer = std::max(width, height);
    for (float side = 24; side <= std::min({width, height, longer / 4}); side *= 1.09f) {
      constexpr int kPlaces = 37;
      for (int i = 0; i < kPlaces * kPlaces; ++i) {
        const float across = static_cast<float>(i % kPlaces) / (kPlaces - 1);
        const float down = static_cast<float>(i / kPlaces) / (kPlaces - 1);
        const Box box{across * (width - side), down * (height - side), side, side};
        const bool is_shown = std::any_of(views.begin(), views.end(),
                                          [&](const Region& view) { return Shows(view, box); });
        ASSERT_TRUE(is_shown) << side << " at " << box.x << ", " << box.y;
      }
    }
  }
}

TEST(TileFrame, AsManyAsTheHeadersSay) {
  EXPECT_THAT(TilesOf({384, 288}), IsEmpty());
  EXPECT_THAT(TilesOf({640, 480}), SizeIs(4));
  EXPECT_THAT(TilesOf({1280, 720}), SizeIs(15));
  EXPECT_THAT(TilesOf({1920, 1080}), SizeIs(30));
  for (const Region& tile : TilesOf({1920, 1080})) {
    EXPECT_EQ(tile.width, tile.height);
    EXPECT_EQ(tile.angle_rad, 0);
    EXPECT_GE(tile.width, kLeast - 0.1f);
    EXPECT_LT(tile.width, 1920);
  }
}

std::shared_ptr<FakeEngine> Replay(const ModelIo& io, std::vector<FakeReply> replies) {
  auto engine = FakeEngine::Create(io, {.replies = std::move(replies)});
  RETINUE_CHECK(engine.has_value());
  return *std::move(engine);
}

/// What FaceFollower finds in a frame of that size in which the first detector finds nothing.
class Search : public ::testing::Test {
 protected:
  void Look(Size size, const FaceFollowerOptions& options) {
    mesh_ = Replay(testing::ToyMeshIo(), {testing::MeshReply({.presence = 0.999999f})});
    FaceModels models{.mesh = {mesh_, testing::ToyMesh(), {.conf = 0.5f}}};
    if (detector_) models.detector = {detector_, testing::ToyDetector(), {.conf = 0.25f}};
    if (near_) models.near = {near_, testing::ToyDetector(), {.conf = 0.25f}};
    auto follower = FaceFollower::Create(models, options);
    ASSERT_TRUE(follower) << follower.error().message;
    auto buffer = FrameBuffer::Create({PixelFormat::kGray8, size, {}});
    ASSERT_TRUE(buffer);
    result_.size = size;
    const Frame frame = FrameBuffer::Publish(*std::move(buffer), {0, 0}, {0ms, 40ms});
    const auto looked = (*follower)->Look(frame, true, result_);
    ASSERT_TRUE(looked) << looked.error().message;
  }
  std::shared_ptr<FakeEngine> mesh_, detector_, near_;
  FrameResult result_;
};

// 640x480 in four tiles of 384, of which the last begins at (256, 96): a pixel of the detector's
// input is twelve of the frame.
TEST_F(Search, TilesAreShownToTheDetector) {
  detector_ = Replay(testing::ToyDetectorIo(),
                     {NoFace(), NoFace(), NoFace(), FaceAt({16, 16}, 4, 0.9f)});
  Look({640, 480}, {.tiles = true});
  EXPECT_EQ(detector_->starts(), 4) << "the whole frame was shown to it before";
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_NEAR(result_.faces[0].box.center().x, 256 + 16 * 12, 1e-2);
  EXPECT_NEAR(result_.faces[0].box.center().y, 96 + 16 * 12, 1e-2);
  EXPECT_NEAR(result_.faces[0].box.width, 24, 1e-2) << "half of the detector's box";
}

// The same face at (320, 240) in all four tiles: it is looked at once.
TEST_F(Search, AFaceInSeveralTilesIsOne) {
  const auto at = [](float x, float y) {
    return FaceAt({(320 - x) / 12, (240 - y) / 12}, 4, 0.9f);
  };
  detector_ = Replay(testing::ToyDetectorIo(), {at(0, 0), at(256, 0), at(0, 96), at(256, 96)});
  Look({640, 480}, {.tiles = true});
  EXPECT_THAT(result_.faces, SizeIs(1));
  EXPECT_EQ(mesh_->starts(), 1);
}

TEST_F(Search, InTilesTheDetectorMustBeSurerAndFacesNotTiny) {
  detector_ = Replay(testing::ToyDetectorIo(),
                     {FaceAt({8, 8}, 4, 0.59f), FaceAt({24, 8}, 1.5f, 0.9f),
                      FaceAt({8, 24}, 4, 0.61f), FaceAt({24, 24}, 1.7f, 0.9f)});
  Look({640, 480}, {.tiles = true});
  EXPECT_THAT(result_.faces, SizeIs(2)) << "not that of 0.59, nor that of 18 pixels";
}

// The near detector sees the whole frame each time, and what it finds needs no more than its conf.
TEST_F(Search, ASecondDetectorSeesEveryFrame) {
  near_ = Replay(testing::ToyDetectorIo(), {FaceAt({16, 16}, 8, 0.3f)});
  Look({320, 320}, {});
  EXPECT_EQ(near_->starts(), 1);
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_NEAR(result_.faces[0].box.center().x, 160, 1e-2);
}

// The frame upright was shown before; three more directions come in turns of a quarter. What is
// seen in the right half of a frame that is shown upside down is in its left half.
TEST_F(Search, TurnedFacesAreShownInFourDirections) {
  detector_ = Replay(testing::ToyDetectorIo(), {NoFace(), FaceAt({24, 16}, 8, 0.9f), NoFace()});
  Look({320, 320}, {.regions = {.follow = false}, .turned = true});
  EXPECT_EQ(detector_->starts(), 3);
  ASSERT_THAT(result_.faces, SizeIs(1));
  EXPECT_NEAR(result_.faces[0].box.center().x, 80, 1e-1);
  EXPECT_NEAR(result_.faces[0].box.center().y, 160, 1e-1);
}

}  // namespace
}  // namespace retinue
