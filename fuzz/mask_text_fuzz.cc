// Any text given to the reader of COCO's compressed masks: an error, or a mask that is written so
// that it reads the same, and whose outlines enclose it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "retinue/base/check.h"
#include "retinue/results/mask.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const retinue::Size picture{data[0] % 64, data[1] % 64};
  const auto mask = retinue::ParseMaskText(
      std::string_view(reinterpret_cast<const char*>(data) + 2, size - 2), picture);
  if (!mask) {
    RETINUE_CHECK(!mask.error().message.empty());
    return 0;
  }
  const std::int64_t area = retinue::MaskArea(*mask);
  RETINUE_CHECK(area >= 0 && area <= picture.width * picture.height);
  std::string text;
  retinue::AppendMaskText(*mask, text);
  RETINUE_CHECK(retinue::ParseMaskText(text, picture) == *mask);
  RETINUE_CHECK(retinue::MaskOverlap(*mask, *mask) == area);
  const retinue::Box bounds = retinue::MaskBounds(*mask, picture);
  RETINUE_CHECK(retinue::Clip(bounds, picture) == bounds);
  const auto polygons = retinue::MaskPolygons(*mask, picture);
  RETINUE_CHECK(polygons.empty() == (area == 0));
  for (const retinue::Polygon& polygon : polygons) {
    RETINUE_CHECK(polygon.size() >= 3);
    RETINUE_CHECK(retinue::MaskArea(retinue::MaskFromPolygon(polygon, picture)) >= 0);
  }
  return 0;
}
