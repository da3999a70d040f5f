#include "lib/eval/outline.h"

#include <cmath>
#include <string>

#include "retinue/results/mask.h"

namespace retinue::internal {

Result<std::vector<std::uint32_t>> MaskOfOutline(std::span<const double> xy, Size size) {
  if (xy.size() < 6 || xy.size() % 2 != 0) {
    return Fail(ErrorCode::kDataLoss, "of 3 or more corners, x and y of each; got " +
                                          std::to_string(xy.size()) + " numbers");
  }
  // Filling takes time by the outline's length. Of 363 outlines of COCO's val2017
  // the longest is 4.3 times the picture's sides.
  const double longest = 1000.0 * (size.width + size.height);
  double length = 0;
  for (std::size_t i = 0, last = xy.size() - 2; i < xy.size(); last = i, i += 2) {
    length += std::hypot(xy[i] - xy[last], xy[i + 1] - xy[last + 1]);
  }
  if (!(length <= longest)) {
    return Fail(ErrorCode::kDataLoss,
                "of at most 1000 times the picture's width and height, got a longer one");
  }
  return MaskFromPolygon(xy, size);
}

}  // namespace retinue::internal
