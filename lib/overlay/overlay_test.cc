#include "retinue/overlay/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "lib/overlay/canvas.h"
#include "retinue/overlay/color.h"
#include "tests/support/count_allocations.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using internal::Ink;
using ::testing::HasSubstr;

constexpr PixelFormat kFormats[] = {PixelFormat::kNv12,  PixelFormat::kI420,  PixelFormat::kYuy2,
                                    PixelFormat::kRgb24, PixelFormat::kBgr24, PixelFormat::kRgba32,
                                    PixelFormat::kGray8};

const std::vector<std::string> kNames = {"person", "dog"};

Frame NoiseFrame(PixelFormat pixels, Size size, ColorSpace color = {}, std::uint64_t seed = 1) {
  auto buffer = FrameBuffer::Create({pixels, size, color}).value();
  testing::Random random(seed);
  for (int p = 0; p < PlaneCount(pixels); ++p) {
    for (int y = 0; y < RowCount(pixels, size, p); ++y) {
      for (std::ptrdiff_t x = 0; x < RowBytes(pixels, size, p); ++x) {
        buffer->plane(p).data[y * buffer->plane(p).stride_bytes + x] =
            static_cast<std::uint8_t>(random.Next());
      }
    }
  }
  return FrameBuffer::Publish(std::move(buffer), {2, 41}, {Nanoseconds(77), Nanoseconds(5)});
}

std::uint8_t At(const Frame& frame, int plane, int x, int y) {
  return frame.plane(plane).data[y * frame.plane(plane).stride_bytes + x];
}

FrameResult ResultOf(std::vector<Detection> objects) {
  FrameResult result;
  result.objects = std::move(objects);
  return result;
}

Frame Draw(const OverlayOptions& options, const Frame& frame, std::vector<Detection> objects) {
  const auto overlay = Overlay::Create(options).value();
  return overlay->Draw(frame, ResultOf(std::move(objects)), kNames).value();
}

OverlayOptions BoxesOnly(int line_width = 2) {
  return {.show_labels = false, .line_width = line_width};
}

// What each sample of the copy must be before anything is drawn, by the formats' definitions.
std::uint8_t Copied(const Frame& frame, int plane, int x, int y) {
  const int last_row = frame.size().height - 1;
  switch (frame.format().pixels) {
    case PixelFormat::kNv12:
      return plane == 0 ? At(frame, 0, x, y) : At(frame, 1, 2 * x + plane - 1, y);
    case PixelFormat::kYuy2: {
      if (plane == 0) return At(frame, 0, 2 * x, y);
      const int offset = 4 * x + 2 * plane - 1;
      const int below = At(frame, 0, offset, std::min(2 * y + 1, last_row));
      return static_cast<std::uint8_t>((At(frame, 0, offset, 2 * y) + below + 1) / 2);
    }
    case PixelFormat::kGray8:
      return plane == 0 ? At(frame, 0, x, y) : std::uint8_t{128};
    case PixelFormat::kBgr24:
      return At(frame, 0, x - x % 3 + 2 - x % 3, y);
    case PixelFormat::kRgba32:
      return At(frame, 0, x / 3 * 4 + x % 3, y);
    default:
      return At(frame, plane, x, y);
  }
}

void ExpectCopiedWhere(const Frame& source, const Frame& drawn,
                       const std::function<bool(int x, int y)>& is_untouched) {
  const bool is_rgb = drawn.format().pixels == PixelFormat::kRgb24;
  for (int p = 0; p < PlaneCount(drawn.format().pixels); ++p) {
    for (int y = 0; y < RowCount(drawn.format().pixels, drawn.size(), p); ++y) {
      for (int x = 0; x < RowBytes(drawn.format().pixels, drawn.size(), p); ++x) {
        const int scale = p == 0 ? 1 : 2;
        bool is_copy = true;
        for (int dy = 0; dy < scale; ++dy) {
          for (int dx = 0; dx < scale; ++dx) {
            is_copy = is_copy && is_untouched(is_rgb ? x / 3 : x * scale + dx, y * scale + dy);
          }
        }
        if (!is_copy) continue;
        ASSERT_EQ(At(drawn, p, x, y), Copied(source, p, x, y))
            << ToString(source.format().pixels) << " plane " << p << " at " << x << "," << y;
      }
    }
  }
}

TEST(Overlay, CopiesEveryFormatAndSize) {
  for (const PixelFormat pixels : kFormats) {
    for (const Size size : {Size{1, 1}, {2, 1}, {1, 3}, {7, 5}, {64, 33}, {101, 64}}) {
      const ColorSpace color{ColorMatrix::kBt2020, ColorRange::kFull};
      const Frame source = NoiseFrame(pixels, size, color);
      const Frame drawn = Draw({}, source, {});
      const bool is_rgb = pixels == PixelFormat::kRgb24 || pixels == PixelFormat::kBgr24 ||
                          pixels == PixelFormat::kRgba32;
      EXPECT_EQ(drawn.format().pixels, is_rgb ? PixelFormat::kRgb24 : PixelFormat::kI420);
      EXPECT_EQ(drawn.format().color, color);
      EXPECT_EQ(drawn.size(), size);
      EXPECT_EQ(drawn.id(), source.id());
      EXPECT_EQ(drawn.pts(), Nanoseconds(77));
      EXPECT_EQ(drawn.duration(), Nanoseconds(5));
      ExpectCopiedWhere(source, drawn, [](int, int) { return true; });
    }
  }
}

// A box from (20, 10) to (60, 50) with lines of 2 and dark edges of 1: lines
// cover 19…20, edges 18 and 21; at the other side 59…60, 58 and 61.
TEST(Overlay, DrawsLinesWithDarkEdgesAndTouchesNothingElse) {
  for (const PixelFormat pixels : kFormats) {
    const Frame source = NoiseFrame(pixels, {90, 70}, {ColorMatrix::kBt709, ColorRange::kLimited});
    const Detection object{.box = {20, 10, 40, 40}, .score = 0.9f, .class_id = 0, .track_id = 5};
    const Frame drawn = Draw(BoxesOnly(), source, {object});
    const auto depth = [](int x, int y) {  // how far inside the drawn rectangle
      return std::min({x - 18, 61 - x, y - 8, 51 - y});
    };
    ExpectCopiedWhere(source, drawn,
                      [&](int x, int y) { return depth(x, y) < 0 || depth(x, y) > 3; });
    const Rgb rgb = NumberedColor(5);
    const bool is_rgb = drawn.format().pixels == PixelFormat::kRgb24;
    const internal::Ink ink =
        is_rgb ? internal::Ink{rgb.r, rgb.g, rgb.b} : internal::ToYCbCr(rgb, drawn.format().color);
    for (int y = 8; y <= 51; ++y) {
      for (int x = 18; x <= 61; ++x) {
        const int step = is_rgb ? 3 : 1;
        for (int c = 0; c < step; ++c) {
          const int value = At(drawn, 0, x * step + c, y);
          const int before = Copied(source, 0, x * step + c, y);
          const int black = is_rgb ? 0 : 16;
          if (depth(x, y) == 1 || depth(x, y) == 2) {
            ASSERT_EQ(value, ink[static_cast<std::size_t>(c)]) << x << "," << y;
          } else if (depth(x, y) == 0 || depth(x, y) == 3) {
            ASSERT_NEAR(value, before + (black - before) * 150 / 256.0, 1) << x << "," << y;
          }
        }
      }
    }
  }
}

TEST(Overlay, ChangesNothingOutsideOfBoxesAndLabels) {
  const Frame source = NoiseFrame(PixelFormat::kI420, {200, 120});
  const Detection object{.box = {40, 50, 60, 40}, .score = 0.9f, .class_id = 0, .track_id = 5};
  const Frame drawn = Draw({}, source, {object});
  // Lines reach 2 out of the box, the label (at most 24 high and 120 wide here) stands above.
  ExpectCopiedWhere(source, drawn, [](int x, int y) {
    const bool is_near_box = x >= 38 && x < 102 && y >= 48 && y < 92;
    const bool is_near_label = x >= 38 && x < 160 && y >= 24 && y < 50;
    return !is_near_box && !is_near_label;
  });
  // Inside of the box too.
  ExpectCopiedWhere(source, drawn,
                    [](int x, int y) { return x >= 43 && x < 97 && y >= 53 && y < 87; });
}

// The label's ground is the track's colour, and there is type on it.
TEST(Overlay, DrawsTheLabelAboveTheBoxInTheTracksColor) {
  if (DefaultFont().empty()) GTEST_SKIP() << "built without a default font";
  const Frame source = NoiseFrame(PixelFormat::kI420, {300, 200});
  const Detection object{.box = {50, 80, 60, 90}, .score = 0.91f, .class_id = 0, .track_id = 7};
  const std::uint8_t ground = internal::ToYCbCr(NumberedColor(7), source.format().color)[0];
  const auto count = [&](const Frame& frame, int top, int bottom, auto is_counted) {
    int n = 0;
    for (int y = top; y < bottom; ++y) {
      for (int x = 50; x < 160; ++x) n += is_counted(At(frame, 0, x, y)) ? 1 : 0;
    }
    return n;
  };
  const auto is_ground = [&](std::uint8_t v) { return v == ground; };
  const auto is_ink = [&](std::uint8_t v) { return std::abs(v - ground) > 60; };
  const Frame full = Draw({}, source, {object});
  const Frame without_score = Draw({.show_conf = false}, source, {object});
  const Frame without_label = Draw({.show_labels = false}, source, {object});
  const int full_ground = count(full, 60, 78, is_ground);
  EXPECT_GT(full_ground, 60 * 12);
  EXPECT_GT(count(full, 62, 76, is_ink), 60);
  EXPECT_LT(count(without_score, 60, 78, is_ground), full_ground - 200);
  EXPECT_LT(count(without_label, 60, 78, is_ground), 60);
}

TEST(Overlay, GivesOneColorToATrackInEveryFrameAndPlace) {
  auto overlay = Overlay::Create(BoxesOnly()).value();
  const ColorSpace color{ColorMatrix::kBt601, ColorRange::kFull};
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t seed = 100 + static_cast<std::uint64_t>(i);
    const Frame source = NoiseFrame(PixelFormat::kNv12, {80, 60}, color, seed);
    const int x = 10 + 6 * i;
    std::vector<Detection> objects = {
        {.box = {static_cast<float>(x), 12, 20, 30}, .class_id = i, .track_id = 9},
        {.box = {60, 12, 12, 30}, .class_id = 3, .track_id = kNoTrack}};
    if (i % 2 == 1) std::swap(objects[0], objects[1]);
    const Frame drawn = overlay->Draw(source, ResultOf(objects), kNames).value();
    EXPECT_EQ(At(drawn, 0, x, 30), internal::ToYCbCr(NumberedColor(9), color)[0]);
    EXPECT_EQ(At(drawn, 0, 60, 30), internal::ToYCbCr(NumberedColor(3), color)[0]);
  }
}

TEST(Overlay, LinesGrowWithThePicture) {
  struct Case {
    Size size;
    int width;  // max(2, 0.3 % of the mean of width and height)
  };
  for (const Case& c :
       {Case{{320, 240}, 2}, {{1280, 720}, 3}, {{1920, 1080}, 5}, {{3840, 2160}, 9}}) {
    const Frame source = NoiseFrame(PixelFormat::kGray8, c.size);
    const Detection object{.box = {100, 60, 120, 120}, .class_id = 0, .track_id = 5};
    const Frame drawn = Draw(BoxesOnly(0), source, {object});
    const std::uint8_t ink = internal::ToYCbCr(NumberedColor(5), source.format().color)[0];
    int left = 100;  // where the line's middle is; its dark edges are darker than its colour
    int right = 100;
    while (At(drawn, 0, left - 1, 120) == ink) --left;
    while (At(drawn, 0, right, 120) == ink) ++right;
    const int width = right - left;
    EXPECT_EQ(width, c.width) << c.size.width;
  }
}

// AddressSanitizer watches over the edges.
TEST(Overlay, TakesAnyBoxInAnyPicture) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const std::vector<Box> boxes = {{-5, -5, 3, 3},           {-5, -5, 1000, 1000}, {0, 0, 1, 1},
                                  {0.4f, 0.4f, 0.2f, 0.2f}, {3, -40, 2, 80},      {1e30f, 0, 5, 5},
                                  {-1e30f, 0, 2e30f, 9},    {0, 0, 3e38f, 3e38f}, {kNan, 0, 5, 5},
                                  {0, 0, kInf, 5},          {2, 2, -3, 4},        {2, 2, 0, 4},
                                  {98, 60, 50, 50},         {4, 3, 2.6f, 1.2f}};
  std::vector<Detection> objects;
  for (const Box& box : boxes) {
    objects.push_back({.box = box,
                       .score = 0.5f,
                       .class_id = 1,
                       .track_id = static_cast<TrackId>(objects.size())});
  }
  for (const PixelFormat pixels : kFormats) {
    for (const Size size : {Size{1, 1}, {2, 2}, {3, 1}, {1, 17}, {9, 7}, {101, 67}}) {
      for (const int line_width : {0, 1, 7, 100}) {
        const Frame source = NoiseFrame(pixels, size);
        const Frame drawn = Draw({.line_width = line_width}, source, objects);
        EXPECT_EQ(drawn.size(), size);
      }
    }
  }
  const Frame source = NoiseFrame(PixelFormat::kNv12, {50, 40});
  const Frame drawn = Draw({}, source,
                           {{.box = {kNan, 0, 5, 5}},
                            {.box = {2, 2, -3, 4}},
                            {.box = {60, 2, 10, 10}},
                            {.box = {2, 2, 5, kInf}}});
  ExpectCopiedWhere(source, drawn, [](int, int) { return true; });
}

// A mask of the columns 10 to 19: they change, nothing else does.
TEST(Overlay, LaysMasksOverThePicture) {
  for (const PixelFormat pixels : {PixelFormat::kNv12, PixelFormat::kRgb24}) {
    const Frame source = NoiseFrame(pixels, {40, 20});
    FrameResult result{.size = {40, 20}};
    result.objects = {{.box = {10, 0, 10, 20}, .score = 0.5f, .detail = 0}};
    for (const std::uint32_t run : {200, 200, 400}) result.masks.AddRun(run);
    result.masks.EndMask();
    const auto overlay = Overlay::Create({.show_boxes = false, .show_labels = false}).value();
    const Frame drawn = overlay->Draw(source, result, kNames).value();
    ExpectCopiedWhere(source, drawn, [](int x, int) { return x < 10 || x >= 20; });
    int changed = 0;
    for (int x = 10; x < 20; ++x) {
      const int sample = pixels == PixelFormat::kRgb24 ? 3 * x : x;
      for (int y = 0; y < 20; ++y) changed += At(drawn, 0, sample, y) != At(source, 0, sample, y);
    }
    EXPECT_GT(changed, 150);

    // One of another picture's size is not this picture's.
    result.size = {20, 40};
    ExpectCopiedWhere(source, overlay->Draw(source, result, kNames).value(),
                      [](int, int) { return true; });
  }
}

TEST(Overlay, JoinsTheSeenPointsOfABody) {
  const Frame source = NoiseFrame(PixelFormat::kNv12, {200, 100});
  FrameResult result{.size = {200, 100}};
  result.objects = {{.box = {0, 0, 200, 100}, .score = 0.5f, .detail = 0}};
  result.keypoint_count = 17;
  result.keypoints.resize(17);
  result.keypoints[5] = {20, 50, 0.9f};  // the shoulders
  result.keypoints[6] = {180, 50, 0.9f};
  result.keypoints[7] = {100, 90, 0.1f};  // an elbow that is not seen
  const auto overlay = Overlay::Create({.show_boxes = false, .show_labels = false}).value();
  const Frame drawn = overlay->Draw(source, result, kNames).value();
  ExpectCopiedWhere(source, drawn,
                    [](int x, int y) { return y < 42 || y >= 58 || x < 10 || x >= 190; });
  const Ink ink = internal::ToYCbCr(NumberedColor(0), source.format().color);
  EXPECT_EQ(At(drawn, 0, 100, 50), ink[0]) << "between the shoulders";
  EXPECT_GT(At(drawn, 0, 20, 50), 230) << "a white dot";
}

/// A mesh of which all points lie in the middle of the box but for those of the left brow, which go
/// along its upper edge and back.
FrameResult FaceOf(const Box& box, Size size) {
  FrameResult result{.size = size};
  result.landmark_count = 468;
  const Point middle = box.center();
  result.landmarks.assign(468, {middle.x, middle.y, 0});
  const int brow[] = {46, 53, 52, 65, 55, 107, 66, 105, 63, 70};
  for (int i = 0; i < 10; ++i) {
    const int step = i < 5 ? i : 9 - i;
    result.landmarks[static_cast<std::size_t>(brow[i])] = {
        box.x + box.width * static_cast<float>(step) / 4, box.y, 0};
  }
  result.faces = {{.id = 3, .score = 0.9f, .box = box, .detail = 0}};
  return result;
}

Frame DrawFaces(const OverlayOptions& options, const Frame& frame, const FrameResult& result) {
  return Overlay::Create(options).value()->Draw(frame, result, kNames).value();
}

TEST(Overlay, DrawsTheContoursOfFacesInTheirTracksColor) {
  const Frame source = NoiseFrame(PixelFormat::kNv12, {300, 300});
  const Box box{60, 60, 100, 100};
  const Frame drawn = DrawFaces(BoxesOnly(), source, FaceOf(box, source.size()));
  // A line of half a pixel each way, with its soft edge; and what lies in the middle.
  ExpectCopiedWhere(source, drawn, [](int x, int y) {
    const bool on_brow = y >= 57 && y < 63 && x >= 56 && x < 164;
    const bool in_middle = std::abs(x - 110) < 4 && std::abs(y - 110) < 4;
    return !on_brow && !in_middle;
  });
  const Ink ink = internal::ToYCbCr(NumberedColor(3), source.format().color);
  int inked = 0;
  for (int x = 70; x < 150; ++x) {
    inked += std::abs(At(drawn, 0, x, 59) - ink[0]) < std::abs(At(source, 0, x, 59) - ink[0]);
  }
  EXPECT_GT(inked, 60);
}

TEST(Overlay, DotsTheLandmarksOfLargeFacesOnly) {
  const Frame source = NoiseFrame(PixelFormat::kNv12, {300, 300});
  for (const float side : {149.0f, 151.0f}) {
    FrameResult result = FaceOf({60, 60, side, side}, source.size());
    result.landmarks[1] = {100, 200, 0};  // The tip of the nose: in no contour.
    const Frame drawn = DrawFaces(BoxesOnly(), source, result);
    int changed = 0;
    for (int i = 0; i < 4; ++i) {
      const int x = 99 + i % 2, y = 199 + i / 2;
      changed += At(drawn, 0, x, y) != At(source, 0, x, y);
    }
    EXPECT_EQ(changed >= 3, side > 150) << side;
  }
}

TEST(Overlay, DrawsNoFacesWhereNotAskedFor) {
  const Frame source = NoiseFrame(PixelFormat::kNv12, {300, 300});
  const auto untouched = [](int, int) { return true; };
  OverlayOptions options = BoxesOnly();
  options.show_landmarks = false;
  FrameResult result = FaceOf({60, 60, 200, 200}, source.size());
  ExpectCopiedWhere(source, DrawFaces(options, source, result), untouched);
  // Rings of their own are drawn all the same: here a line from (60, 60) to the middle.
  const std::int16_t ring[] = {46, 1};
  const std::int16_t beyond[] = {46, 468};
  options.face_rings = {ring, beyond};
  const Frame drawn = DrawFaces(options, source, result);
  ExpectCopiedWhere(source, drawn, [](int x, int y) { return std::abs(x - y) > 4; });
  const Ink ink = internal::ToYCbCr(NumberedColor(3), source.format().color);
  EXPECT_EQ(At(drawn, 0, 110, 110), ink[0]);
  EXPECT_EQ(At(drawn, 0, 63, 63), ink[0]);
}

TEST(Overlay, LeavesOutFacesThatAreNoNumbersOrHaveNoLandmarks) {
  const Frame source = NoiseFrame(PixelFormat::kNv12, {300, 300});
  const auto untouched = [](int, int) { return true; };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Box box{60, 60, 200, 200};
  FrameResult result = FaceOf(box, source.size());
  result.landmarks[400].y = nan;
  ExpectCopiedWhere(source, DrawFaces(BoxesOnly(), source, result), untouched);
  result = FaceOf(box, source.size());
  result.faces[0].box.width = nan;
  ExpectCopiedWhere(source, DrawFaces(BoxesOnly(), source, result), untouched);
  result = FaceOf(box, source.size());
  result.faces[0].detail = -1;  // Held, see FaceFollower.
  ExpectCopiedWhere(source, DrawFaces(BoxesOnly(), source, result), untouched);
}

TEST(Overlay, DrawsOrientedBoxesInsteadOfThoseAroundThem) {
  const Frame source = NoiseFrame(PixelFormat::kNv12, {200, 200});
  FrameResult result{.size = {200, 200}};
  result.turned = {{{100, 100}, 100, 100, 0.785398f}};  // a square on its corner
  result.objects = {{.box = BoundsOf(result.turned[0]), .score = 0.5f, .detail = 0}};
  const auto overlay = Overlay::Create({.show_labels = false, .line_width = 4}).value();
  const Frame drawn = overlay->Draw(source, result, kNames).value();
  const auto distance = [](int x, int y) {  // from the square's edge
    return std::abs((std::abs(x + 0.5 - 100) + std::abs(y + 0.5 - 100)) / std::sqrt(2.0) - 50);
  };
  ExpectCopiedWhere(source, drawn, [&](int x, int y) { return distance(x, y) > 6; });
  const Ink ink = internal::ToYCbCr(NumberedColor(0), source.format().color);
  EXPECT_EQ(At(drawn, 0, 65, 65), ink[0]);
}

TEST(Overlay, WritesWhatAClassifierSays) {
  if (DefaultFont().empty()) GTEST_SKIP() << "built without a default font";
  const Frame source = NoiseFrame(PixelFormat::kNv12, {200, 100});
  FrameResult result{.size = {200, 100}};
  result.classes = {{0, 0.9f}, {1, 0.1f}};
  const auto overlay = Overlay::Create().value();
  const Frame drawn = overlay->Draw(source, result, kNames).value();
  int white = 0;
  for (int y = 0; y < 50; ++y) {
    for (int x = 0; x < 100; ++x) white += At(drawn, 0, x, y) > 225;
  }
  EXPECT_GT(white, 100);
  ExpectCopiedWhere(source, drawn, [](int x, int y) { return x >= 150 || y >= 60; });
}

TEST(Overlay, RefusesWhatItCannotDo) {
  for (const int line_width : {-1, 101}) {
    const auto overlay = Overlay::Create({.line_width = line_width});
    ASSERT_FALSE(overlay.has_value());
    EXPECT_EQ(overlay.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(overlay.error().message, HasSubstr("line_width must be 0 (automatic) or 1 to 100"));
  }
  const std::vector<std::byte> junk(500);
  const auto overlay = Overlay::Create({.font = junk});
  ASSERT_FALSE(overlay.has_value());
  EXPECT_THAT(overlay.error().message, HasSubstr("TrueType"));
  const auto drawn = Overlay::Create(BoxesOnly()).value()->Draw(Frame(), {}, kNames);
  ASSERT_FALSE(drawn.has_value());
  EXPECT_EQ(drawn.error().code, ErrorCode::kInvalidArgument);
}

TEST(Overlay, TakesNothingFromTheHeapOnceItRuns) {
  auto overlay = Overlay::Create().value();
  const Frame source = NoiseFrame(PixelFormat::kNv12, {320, 240});
  FrameResult result;
  testing::Random random(4);
  const auto shuffle = [&] {
    result.objects.clear();
    for (int i = 0; i < 20; ++i) {
      result.objects.push_back({.box = {static_cast<float>(random.Uniform(-20, 300)),
                                        static_cast<float>(random.Uniform(-20, 220)), 40, 70},
                                .score = static_cast<float>(random.Uniform()),
                                .class_id = random.Below(3),
                                .track_id = random.Below(1000)});
    }
  };
  for (int i = 0; i < 50; ++i) {
    shuffle();
    ASSERT_TRUE(overlay->Draw(source, result, kNames).has_value());
  }
  for (int i = 0; i < 50; ++i) {
    shuffle();
    const long before = testing::allocations;
    const auto drawn = overlay->Draw(source, result, kNames);
    ASSERT_EQ(testing::allocations - before, 0) << i;
  }
  const long before = testing::allocations;
  Overlay::Create().value();
  EXPECT_GT(testing::allocations, before) << "nothing is counted";
}

}  // namespace
}  // namespace retinue
