#include "retinue/io/people_source.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

namespace retinue {
namespace {

constexpr float kTau = 2.0f * std::numbers::pi_v<float>;

// Splitmix64's output function: a hash, so that any part of the scene can be drawn alone.
std::uint64_t Hash(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// In [0, 1).
float Uniform(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  return static_cast<float>(Hash(Hash(Hash(seed) + a) + b) >> 40) * 0x1p-24f;
}

struct Yuv {
  std::uint8_t y;
  std::uint8_t u;
  std::uint8_t v;
};

// Clothes, hair and skin by BT.709 from ordinary sRGB colours.
constexpr std::array<Yuv, 8> kClothes = {{{51, 150, 121},
                                          {70, 121, 172},
                                          {168, 103, 139},
                                          {98, 110, 112},
                                          {34, 128, 128},
                                          {200, 126, 129},
                                          {82, 156, 106},
                                          {126, 104, 151}}};
constexpr std::array<Yuv, 3> kSkin = {{{172, 111, 145}, {140, 110, 147}, {84, 115, 143}}};
constexpr Yuv kHair{36, 124, 131};
constexpr Yuv kShoes{28, 128, 128};

// A limb: all points within `radius` of a line from (x0, y0) to (x1, y1).
struct Limb {
  float x0, y0, x1, y1, radius;
  Yuv color;
};

constexpr std::size_t kLimbs = 18;

struct Figure {
  std::array<Limb, kLimbs> limbs;
  float ground = 0;  // y of the feet, for the order of painting
  TrackId id = kNoTrack;

  Box Bounds() const {
    float left = limbs[0].x0, right = left, top = limbs[0].y0, bottom = top;
    for (const Limb& limb : limbs) {
      left = std::min({left, limb.x0 - limb.radius, limb.x1 - limb.radius});
      right = std::max({right, limb.x0 + limb.radius, limb.x1 + limb.radius});
      top = std::min({top, limb.y0 - limb.radius, limb.y1 - limb.radius});
      bottom = std::max({bottom, limb.y0 + limb.radius, limb.y1 + limb.radius});
    }
    return BoxFromCorners(left, top, right, bottom);
  }
};

// Draws limbs in units of the person's height, feet at the origin, walking to the right.
class Body {
 public:
  Body(Figure& figure, float x, float ground, float height, float direction)
      : figure_(figure), x_(x), ground_(ground), height_(height), direction_(direction) {}

  void Add(Point from, Point to, float radius, Yuv color) {
    figure_.limbs[count_++] = {x_ + direction_ * from.x * height_, ground_ + from.y * height_,
                               x_ + direction_ * to.x * height_,   ground_ + to.y * height_,
                               radius * height_,                   color};
  }

  // Two bones that swing at `angle` and bend at their joint. Returns where they end.
  Point AddTwoBones(Point start, float angle, float bend, float length, float radius, Yuv upper,
                    Yuv lower) {
    const Point joint{start.x + length * std::sin(angle), start.y + length * std::cos(angle)};
    const float second = angle + bend;
    const Point end{joint.x + length * std::sin(second), joint.y + length * std::cos(second)};
    Add(start, joint, radius, upper);
    Add(joint, end, radius * 0.8f, lower);
    return end;
  }

 private:
  Figure& figure_;
  std::size_t count_ = 0;
  float x_, ground_, height_, direction_;
};

// The person of `lane` at `time`: a pure function, so truth needs no history.
Figure FigureAt(const PeopleOptions& options, int lane, double time) {
  const auto width = static_cast<float>(options.size.width);
  const auto frame_height = static_cast<float>(options.size.height);
  const auto key = static_cast<std::uint64_t>(lane);
  const float depth = (static_cast<float>(lane) + 0.5f) / static_cast<float>(options.lanes);
  const float ground = frame_height * (0.56f + 0.42f * depth);
  const float height = frame_height * (0.24f + 0.38f * depth);
  const float speed = height * (0.6f + 0.4f * Uniform(options.seed, key, 1));
  const float direction = Uniform(options.seed, key, 2) < 0.5f ? -1.0f : 1.0f;
  const float margin = height * 0.35f;
  const double period = (width + 2 * margin) / speed;
  const double shifted = time + period * Uniform(options.seed, key, 3);
  const double generation = std::floor(shifted / period);
  const auto travelled = static_cast<float>((shifted - generation * period) * speed) - margin;
  const auto person = Hash(key * 1000003u + static_cast<std::uint64_t>(generation));

  Figure figure;
  figure.ground = ground;
  figure.id = 1 + lane + static_cast<TrackId>(generation) * options.lanes;
  const float tall = height * (0.92f + 0.08f * Uniform(options.seed, person, 4));
  Body body(figure, direction > 0 ? travelled : width - travelled, ground, tall, direction);

  const auto pick = [&](std::uint64_t what, std::size_t n) {
    return static_cast<std::size_t>(Uniform(options.seed, person, what) * static_cast<float>(n));
  };
  const Yuv shirt = kClothes[pick(5, kClothes.size())];
  const Yuv trousers = kClothes[pick(6, kClothes.size())];
  const Yuv skin = kSkin[pick(7, kSkin.size())];
  // Two steps of 0.42 heights make a cycle; the phase follows the distance, so feet do not slide.
  const float phase = kTau * travelled / (0.84f * tall);
  const float swing = std::sin(phase);
  const auto leg = [&](float side, float x) {
    const float angle = 0.42f * swing * side;
    const float bend = -0.35f * std::max(0.0f, std::cos(phase) * side) - 0.08f;
    const Point foot =
        body.AddTwoBones({x, -0.49f}, angle, bend, 0.225f, 0.052f, trousers, trousers);
    body.Add({foot.x, foot.y + 0.012f}, {foot.x + 0.06f, foot.y + 0.018f}, 0.022f, kShoes);
  };
  const auto arm = [&](float side, float x) {
    const Point hand =
        body.AddTwoBones({x, -0.785f}, -0.5f * swing * side, 0.3f, 0.16f, 0.034f, shirt, skin);
    body.Add(hand, hand, 0.03f, skin);
  };
  arm(-1, 0.02f);
  leg(-1, 0.02f);
  leg(1, -0.02f);
  body.Add({0, -0.53f}, {0, -0.5f}, 0.085f, trousers);
  body.Add({-0.03f, -0.775f}, {-0.03f, -0.55f}, 0.075f, shirt);
  body.Add({0.03f, -0.775f}, {0.03f, -0.55f}, 0.075f, shirt);
  body.Add({0, -0.88f}, {0, -0.84f}, 0.035f, skin);
  body.Add({0.005f, -0.945f}, {0.005f, -0.925f}, 0.052f, skin);
  arm(1, -0.02f);
  body.Add({-0.012f, -0.96f}, {-0.02f, -0.94f}, 0.048f, kHair);
  return figure;
}

// How much of the sample at (x, y) the limb covers: 0…256, with an edge `soft` pixels wide.
int Coverage(const Limb& limb, float x, float y, float soft) {
  const float dx = limb.x1 - limb.x0;
  const float dy = limb.y1 - limb.y0;
  const float length2 = dx * dx + dy * dy;
  float t = 0;
  if (length2 > 0) {
    t = std::clamp(((x - limb.x0) * dx + (y - limb.y0) * dy) / length2, 0.0f, 1.0f);
  }
  const float nx = x - (limb.x0 + t * dx);
  const float ny = y - (limb.y0 + t * dy);
  const float distance = std::sqrt(nx * nx + ny * ny);
  return static_cast<int>(256.0f * std::clamp((limb.radius - distance) / soft + 0.5f, 0.0f, 1.0f));
}

// Paints one limb into one plane whose samples are `step` pixels apart.
void PaintLimb(const Limb& limb, MutablePlaneView plane, Size samples, float step,
               std::uint8_t value, bool is_shaded) {
  const float reach = limb.radius + step;
  const auto first = [&](float v) { return std::max(0, static_cast<int>(v / step)); };
  const auto last = [&](float v, int n) { return std::min(n, static_cast<int>(v / step) + 1); };
  const int x0 = first(std::min(limb.x0, limb.x1) - reach);
  const int x1 = last(std::max(limb.x0, limb.x1) + reach, samples.width);
  const int y0 = first(std::min(limb.y0, limb.y1) - reach);
  const int y1 = last(std::max(limb.y0, limb.y1) + reach, samples.height);
  for (int y = y0; y < y1; ++y) {
    std::uint8_t* row = plane.data + y * plane.stride_bytes;
    for (int x = x0; x < x1; ++x) {
      const float px = (static_cast<float>(x) + 0.5f) * step;
      const float py = (static_cast<float>(y) + 0.5f) * step;
      const int alpha = Coverage(limb, px, py, step);
      if (alpha == 0) continue;
      // Light from the upper left makes limbs round.
      const float slope = (limb.x0 - px + limb.y0 - py) / (limb.radius + 1);
      const int light = is_shaded ? static_cast<int>(14.0f * slope) : 0;
      const int target = std::clamp(value + std::clamp(light, -14, 14), 16, 235);
      row[x] = static_cast<std::uint8_t>((row[x] * (256 - alpha) + target * alpha) >> 8);
    }
  }
}

// Value noise: random values on a grid, smoothly joined.
float Noise(std::uint64_t seed, float x, float y) {
  const float fx = std::floor(x);
  const float fy = std::floor(y);
  const auto at = [&](float i, float j) {
    return Uniform(seed, static_cast<std::uint64_t>(static_cast<std::int64_t>(fx + i)),
                   static_cast<std::uint64_t>(static_cast<std::int64_t>(fy + j)));
  };
  const float u = (x - fx) * (x - fx) * (3 - 2 * (x - fx));
  const float v = (y - fy) * (y - fy) * (3 - 2 * (y - fy));
  const float top = at(0, 0) + (at(1, 0) - at(0, 0)) * u;
  const float bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * u;
  return top + (bottom - top) * v;
}

// A wall above, a paved ground below, both rough.
Yuv BackgroundAt(const PeopleOptions& options, int x, int y) {
  const float h = static_cast<float>(options.size.height);
  const float fx = static_cast<float>(x) / h;
  const float fy = static_cast<float>(y) / h;
  const float rough = 18.0f * Noise(options.seed + 11, fx * 9, fy * 9) +
                      14.0f * Noise(options.seed + 12, fx * 70, fy * 70);
  if (fy < 0.5f) {
    const bool is_joint = std::fmod(fy, 0.06f) < 0.005f ||
                          std::fmod(fx + 0.06f * std::floor(fy / 0.06f), 0.14f) < 0.005f;
    const float luma = 118.0f + rough - (is_joint ? 16.0f : 0.0f);
    return {static_cast<std::uint8_t>(luma), 122, 136};
  }
  const float luma = 84.0f + 40.0f * fy + rough * 0.7f;
  return {static_cast<std::uint8_t>(luma), 127, 127};
}

Size ChromaSize(Size size) { return {(size.width + 1) / 2, (size.height + 1) / 2}; }

void FillBackground(const PeopleOptions& options, std::vector<std::uint8_t>& planes) {
  const Size size = options.size;
  const Size chroma = ChromaSize(size);
  std::uint8_t* y_plane = planes.data();
  std::uint8_t* u_plane = y_plane + static_cast<std::ptrdiff_t>(size.width) * size.height;
  std::uint8_t* v_plane = u_plane + static_cast<std::ptrdiff_t>(chroma.width) * chroma.height;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) *y_plane++ = BackgroundAt(options, x, y).y;
  }
  for (int y = 0; y < chroma.height; ++y) {
    for (int x = 0; x < chroma.width; ++x) {
      const Yuv color = BackgroundAt(options, 2 * x, 2 * y);
      *u_plane++ = color.u;
      *v_plane++ = color.v;
    }
  }
}

Result<void> Check(const PeopleOptions& options) {
  const auto is_side = [](int side) { return side >= 64 && side <= 8192; };
  if (!is_side(options.size.width) || !is_side(options.size.height)) {
    return Fail(ErrorCode::kInvalidArgument,
                "size must be 64 to 8192 on each side, got " +
                    std::to_string(options.size.width) + "x" + std::to_string(options.size.height));
  }
  if (options.frames < 1 || options.lanes < 1 || options.lanes > 64) {
    return Fail(ErrorCode::kInvalidArgument,
                "frames must be at least 1 and lanes 1 to 64, got " +
                    std::to_string(options.frames) + " and " + std::to_string(options.lanes));
  }
  if (!(options.frame_rate > 0 && options.frame_rate <= 1000)) {
    return Fail(ErrorCode::kInvalidArgument, "frame_rate must be over 0 and at most 1000, got " +
                                                 std::to_string(options.frame_rate));
  }
  return {};
}

}  // namespace

PeopleSource::PeopleSource(const PeopleOptions& options) : options_(options) {
  info_.name = options.name;
  info_.size = options.size;
  info_.frame_count = options.frames;
  info_.frame_rate = options.frame_rate;
  info_.duration = FromSeconds(static_cast<double>(options.frames) / options.frame_rate);
}

Result<std::unique_ptr<PeopleSource>> PeopleSource::Create(const PeopleOptions& options) {
  RETINUE_RETURN_IF_ERROR(Check(options));
  std::unique_ptr<PeopleSource> source(new PeopleSource(options));
  const Size chroma = ChromaSize(options.size);
  source->background_.resize(
      static_cast<std::size_t>(options.size.width) * static_cast<std::size_t>(options.size.height) +
      2 * static_cast<std::size_t>(chroma.width) * static_cast<std::size_t>(chroma.height));
  FillBackground(options, source->background_);
  return source;
}

Result<Pull> PeopleSource::Next(Frame& out) {
  if (next_ >= options_.frames) return Pull::kEndOfStream;
  const FrameFormat format{.pixels = PixelFormat::kI420, .size = options_.size, .color = {}};
  RETINUE_ASSIGN_OR_RETURN(auto picture, pool_.Get(format));
  Paint(*picture, next_);
  const Nanoseconds pts = FromSeconds(static_cast<double>(next_) / options_.frame_rate);
  const Nanoseconds after = FromSeconds(static_cast<double>(next_ + 1) / options_.frame_rate);
  out = FrameBuffer::Publish(std::move(picture), {0, next_}, {.pts = pts, .duration = after - pts});
  ++next_;
  ++stats_.frames;
  return Pull::kFrame;
}

void PeopleSource::Paint(FrameBuffer& picture, std::int64_t number) const {
  const Size chroma = ChromaSize(options_.size);
  const std::uint8_t* from = background_.data();
  for (int p = 0; p < 3; ++p) {
    const Size samples = p == 0 ? options_.size : chroma;
    const MutablePlaneView plane = picture.plane(p);
    for (int y = 0; y < samples.height; ++y, from += samples.width) {
      std::memcpy(plane.data + y * plane.stride_bytes, from,
                  static_cast<std::size_t>(samples.width));
    }
  }
  const double time = static_cast<double>(number) / options_.frame_rate;
  for (int lane = 0; lane < options_.lanes; ++lane) {  // the far ones first
    const Figure figure = FigureAt(options_, lane, time);
    for (const Limb& limb : figure.limbs) {
      PaintLimb(limb, picture.plane(0), options_.size, 1, limb.color.y, true);
      PaintLimb(limb, picture.plane(1), chroma, 2, limb.color.u, false);
      PaintLimb(limb, picture.plane(2), chroma, 2, limb.color.v, false);
    }
  }
}

std::vector<Detection> PeopleSource::TruthAt(std::int64_t number) const {
  std::vector<Detection> people;
  if (number < 0 || number >= options_.frames) return people;
  const double time = static_cast<double>(number) / options_.frame_rate;
  const Box frame{0, 0, static_cast<float>(options_.size.width),
                  static_cast<float>(options_.size.height)};
  for (int lane = 0; lane < options_.lanes; ++lane) {
    const Figure figure = FigureAt(options_, lane, time);
    const Box whole = figure.Bounds();
    const Box inside = Intersection(whole, frame);
    if (Area(inside) < 0.2f * Area(whole)) continue;
    people.push_back({.box = inside, .score = 1, .class_id = 0, .track_id = figure.id});
  }
  return people;
}

}  // namespace retinue
