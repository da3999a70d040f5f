#include "retinue/overlay/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "lib/overlay/canvas.h"
#include "lib/overlay/font.h"
#include "lib/overlay/labels.h"
#include "lib/overlay/skeleton.h"
#include "lib/overlay/strokes.h"
#include "retinue/image/copy.h"
#include "retinue/results/face_contours.h"

namespace retinue {

using internal::Canvas;
using internal::FontFace;
using internal::Grown;
using internal::Ink;
using internal::PixelRect;

namespace {

constexpr Rgb kBlack{0, 0, 0};
constexpr Rgb kWhite{255, 255, 255};
// Of the dark edge along lines: enough to part a line from a background of its
// own colour, not so much that it looks like a line itself.
constexpr int kEdgeOpacity = 150;
// Of masks: the object must still be seen, and what lies outside told from it.
constexpr int kMaskOpacity = 110;
// Below it a keypoint is a guess. @source Ultralytics `Annotator.kpts` (conf_thres)
constexpr float kKeypointSeen = 0.25f;
// Of a narrower face, in pixels, the dots would run together.
constexpr float kDottedFace = 150;

/// Everything that follows from the picture's size.
struct Measures {
  int line = 0;
  int edge = 0;  // of the dark edge on both sides of a line
  int text = 0;  // em
  int padding = 0;
};

Measures MeasuresFor(Size size, int line_width) {
  const int automatic = static_cast<int>(std::lround((size.width + size.height) * 0.0015));
  Measures m;
  m.line = line_width > 0 ? line_width : std::max(2, automatic);
  m.edge = std::max(1, m.line / 3);
  m.text = std::max(12, 4 * m.line + 6);
  m.padding = std::max(2, m.text / 5);
  return m;
}

// Far outside is as good as anywhere outside, and fits an int.
int Pixel(float coordinate) {
  return static_cast<int>(std::lround(std::clamp(coordinate, -1e6f, 1e6f)));
}

PixelRect PixelsOf(const Box& box) {
  return {Pixel(box.x), Pixel(box.y), std::max(Pixel(box.x) + 1, Pixel(box.right())),
          std::max(Pixel(box.y) + 1, Pixel(box.bottom()))};
}

bool IsDrawable(const Box& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height) && box.width > 0 && box.height > 0;
}

bool IsPlace(const Landmark& l) { return std::isfinite(l.x) && std::isfinite(l.y); }

double Linear(std::uint8_t srgb) {
  const double v = srgb / 255.0;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

// Black or white. At a luminance of 0.18 both have the same contrast by WCAG's formula; what
// people read more easily changes a little later.
Rgb TextColorOn(Rgb c) {
  const double luminance = 0.2126 * Linear(c.r) + 0.7152 * Linear(c.g) + 0.0722 * Linear(c.b);
  return luminance > 0.22 ? kBlack : kWhite;
}

}  // namespace

class Overlay::Impl {
 public:
  Impl(const OverlayOptions& options, std::unique_ptr<FontFace> font)
      : show_boxes_(options.show_boxes),
        show_conf_(options.show_conf),
        show_landmarks_(options.show_landmarks),
        face_rings_(options.face_rings),
        line_width_(options.line_width),
        font_(std::move(font)) {
    for (std::size_t i = 0; i < colors_.size(); ++i) {
      const Rgb color = NumberedColor(static_cast<std::int64_t>(i));
      colors_[i] = {color, TextColorOn(color)};
    }
  }

  Result<Frame> Draw(const Frame& frame, const FrameResult& result,
                     std::span<const std::string> class_names) {
    if (frame.IsEmpty()) {
      return Fail(ErrorCode::kInvalidArgument, "a frame to draw into must hold pixels, got none");
    }
    RETINUE_ASSIGN_OR_RETURN(auto buffer,
                             pool_.Get(DrawableFormat(frame.format())));
    CopyPixels(frame, *buffer);
    Canvas canvas(*buffer);
    const Measures measures = MeasuresFor(frame.size(), line_width_);
    Choose(result, frame.size());
    DrawMasks(canvas, result);
    if (show_boxes_) DrawBoxes(canvas, measures, result);
    DrawBodies(canvas, measures, result);
    if (show_landmarks_ || !face_rings_.empty()) DrawFaces(canvas, measures, result);
    if (font_ != nullptr) {
      DrawLabels(canvas, measures, class_names);
      DrawClasses(canvas, measures, result, class_names);
    }
    return FrameBuffer::Publish(std::move(buffer), frame.id(), frame.timing());
  }

 private:
  struct Colors {
    Rgb fill;
    Rgb text;
  };

  // The objects of which something can be seen.
  void Choose(const FrameResult& result, Size size) {
    objects_.clear();
    for (const Detection& object : result.objects) {
      if (IsDrawable(object.box) && Area(Clip(object.box, size)) > 0) objects_.push_back(&object);
    }
  }

  const Colors& ColorsOf(const Detection& object) const {
    const std::int64_t number = object.track_id != kNoTrack ? object.track_id : object.class_id;
    return colors_[static_cast<std::size_t>(((number % kColorCount) + kColorCount) % kColorCount)];
  }

  // A mask belongs to a picture of the result's size: no other can be filled with it.
  void DrawMasks(Canvas& canvas, const FrameResult& result) {
    const PixelRect all = canvas.bounds();
    if (result.size != Size{all.width(), all.height()}) return;
    for (const Detection* object : objects_) {
      canvas.FillRuns(result.MaskOf(*object), canvas.InkOf(ColorsOf(*object).fill), kMaskOpacity,
                      covered_);
    }
  }

  void DrawTurned(Canvas& canvas, const Measures& m, const Region& region, const Ink& ink) {
    const auto corners = CornersOf(region);
    const float radius = static_cast<float>(m.line) / 2;
    const Ink dark = canvas.InkOf(kBlack);
    for (const bool is_edge : {true, false}) {
      for (std::size_t i = 0; i < 4; ++i) {
        stroker_.Line(canvas, corners[i], corners[(i + 1) % 4],
                      is_edge ? radius + static_cast<float>(m.edge) / 2 : radius,
                      is_edge ? dark : ink);
      }
    }
  }

  // Limbs first, so that the points lie on them. Those that are hardly seen are left out.
  void DrawBodies(Canvas& canvas, const Measures& m, const FrameResult& result) {
    const Ink dark = canvas.InkOf(kBlack), white = canvas.InkOf(kWhite);
    const float radius = static_cast<float>(m.line) * 0.6f;
    for (const Detection* object : objects_) {
      const auto points = result.KeypointsOf(*object);
      const Ink ink = canvas.InkOf(ColorsOf(*object).fill);
      const auto is_seen = [&](int i) {
        const Keypoint& p = points[static_cast<std::size_t>(i)];
        return p.score >= kKeypointSeen && std::isfinite(p.x) && std::isfinite(p.y);
      };
      const auto at = [&](int i) {
        const Keypoint& p = points[static_cast<std::size_t>(i)];
        return Point{p.x, p.y};
      };
      for (const float width : {radius + static_cast<float>(m.edge) / 2, radius}) {
        for (const auto [from, to] : internal::LimbsOf(static_cast<int>(points.size()))) {
          if (!is_seen(from) || !is_seen(to)) continue;
          stroker_.Line(canvas, at(from), at(to), width, width > radius ? dark : ink);
        }
      }
      for (int i = 0; i < static_cast<int>(points.size()); ++i) {
        if (!is_seen(i)) continue;
        stroker_.Line(canvas, at(i), at(i), radius * 1.5f + static_cast<float>(m.edge), dark);
        stroker_.Line(canvas, at(i), at(i), radius * 1.5f, white);
      }
    }
  }

  // Contours grow with the face, so that they do not hide a small one.
  void DrawFaces(Canvas& canvas, const Measures& m, const FrameResult& result) {
    const Ink white = canvas.InkOf(kWhite);
    for (const Face& face : result.faces) {
      const auto landmarks = result.LandmarksOf(face);
      const auto at = [&](int i) {
        const Landmark& l = landmarks[static_cast<std::size_t>(i)];
        return Point{l.x, l.y};
      };
      if (!IsDrawable(face.box) || !std::all_of(landmarks.begin(), landmarks.end(), IsPlace)) {
        continue;
      }
      const Ink ink = canvas.InkOf(ColorsOf({.box = {}, .track_id = face.id}).fill);
      const float radius =
          std::clamp(face.box.width / 200, 0.5f, static_cast<float>(m.line) / 2);
      if (show_landmarks_ && face.box.width >= kDottedFace) {
        for (int i = 0; i < static_cast<int>(landmarks.size()); ++i) {
          stroker_.Line(canvas, at(i), at(i), radius * 0.8f, white);
        }
      }
      const auto draw = [&](std::span<const std::int16_t> ring) {
        const bool is_there = std::all_of(ring.begin(), ring.end(), [&](std::int16_t i) {
          return i >= 0 && static_cast<std::size_t>(i) < landmarks.size();
        });
        for (std::size_t i = 0; is_there && i < ring.size(); ++i) {
          stroker_.Line(canvas, at(ring[i]), at(ring[(i + 1) % ring.size()]), radius, ink);
        }
      };
      for (const auto ring : face_rings_) draw(ring);
      if (!show_landmarks_) continue;
      for (const auto ring : FaceContours(static_cast<int>(landmarks.size()))) draw(ring);
    }
  }

  // What a classifier says, one class a line, in the top left corner.
  void DrawClasses(Canvas& canvas, const Measures& m, const FrameResult& result,
                   std::span<const std::string> class_names) {
    int top = m.padding;
    for (const ClassScore& one : result.classes) {
      internal::WriteLabel({.box = {}, .score = one.score, .class_id = one.class_id}, class_names,
                           true, text_);
      font_->SetSize(m.text);
      const int height = font_->ascent() + font_->descent() + m.padding / 2;
      const PixelRect place{m.padding, top, m.padding * 3 + font_->WidthOf(text_), top + height};
      canvas.Fill(place, canvas.InkOf(kBlack), kEdgeOpacity);
      font_->Draw(canvas, place.left + m.padding, place.top + font_->ascent() + m.padding / 4,
                  text_, canvas.InkOf(kWhite));
      top += height;
    }
  }

  void DrawBoxes(Canvas& canvas, const Measures& m, const FrameResult& result) {
    const Ink dark = canvas.InkOf(kBlack);
    for (const Detection* object : objects_) {
      if (const Region* turned = result.TurnedOf(*object)) {
        DrawTurned(canvas, m, *turned, canvas.InkOf(ColorsOf(*object).fill));
        continue;
      }
      const PixelRect outer = Grown(PixelsOf(object->box), m.line / 2);
      const PixelRect inner = Grown(outer, -m.line);
      canvas.FillRing(Grown(outer, m.edge), outer, dark, kEdgeOpacity);
      canvas.FillRing(outer, inner, canvas.InkOf(ColorsOf(*object).fill));
      if (inner.IsEmpty()) continue;
      canvas.FillRing(inner, Grown(inner, -m.edge), dark, kEdgeOpacity);
    }
  }

  void DrawLabels(Canvas& canvas, const Measures& m, std::span<const std::string> class_names) {
    // Older tracks choose their label's place first, so that labels do not jump when
    // the order of detections changes.
    std::sort(objects_.begin(), objects_.end(), [](const Detection* a, const Detection* b) {
      return a->track_id != b->track_id ? a->track_id < b->track_id : a < b;
    });
    font_->SetSize(m.text);
    placer_.Begin(canvas.bounds());
    for (const Detection* object : objects_) {
      internal::WriteLabel(*object, class_names, show_conf_, text_);
      const int height = font_->ascent() + font_->descent() + m.padding / 2;
      const int width = font_->WidthOf(text_) + 2 * m.padding;
      const PixelRect around = Grown(PixelsOf(object->box), m.line / 2);
      const PixelRect place = placer_.Place(around, width, height);
      const Colors& colors = ColorsOf(*object);
      canvas.FillRing(Grown(place, m.edge), place, canvas.InkOf(kBlack), kEdgeOpacity);
      canvas.Fill(place, canvas.InkOf(colors.fill));
      font_->Draw(canvas, place.left + m.padding, place.top + font_->ascent() + m.padding / 4,
                  text_, canvas.InkOf(colors.text));
    }
  }

  bool show_boxes_;
  bool show_conf_;
  bool show_landmarks_;
  std::vector<std::span<const std::int16_t>> face_rings_;
  int line_width_;
  std::unique_ptr<FontFace> font_;  // null without labels
  std::array<Colors, kColorCount> colors_;
  FramePool pool_;
  // Reused from frame to frame.
  std::vector<const Detection*> objects_;
  std::string text_;
  internal::LabelPlacer placer_;
  internal::Stroker stroker_;
  std::vector<std::uint8_t> covered_;
};

Overlay::Overlay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Overlay::~Overlay() = default;

Result<std::unique_ptr<Overlay>> Overlay::Create(const OverlayOptions& options) {
  if (options.line_width < 0 || options.line_width > 100) {
    return Fail(ErrorCode::kInvalidArgument,
                "line_width must be 0 (automatic) or 1 to 100 pixels, got " +
                    std::to_string(options.line_width));
  }
  std::unique_ptr<FontFace> font;
  if (options.show_labels) {
    const auto bytes = options.font.empty() ? DefaultFont() : options.font;
    if (bytes.empty()) {
      return Fail(ErrorCode::kUnsupported,
                  "labels need a font: this retinue was built without one, and none was given");
    }
    RETINUE_ASSIGN_OR_RETURN(font, FontFace::Create(bytes));
  }
  return std::unique_ptr<Overlay>(new Overlay(std::make_unique<Impl>(options, std::move(font))));
}

Result<Frame> Overlay::Draw(const Frame& frame, const FrameResult& result,
                            std::span<const std::string> class_names) {
  return impl_->Draw(frame, result, class_names);
}

}  // namespace retinue
