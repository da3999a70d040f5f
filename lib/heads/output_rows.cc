#include "lib/heads/output_rows.h"

#include <cstdint>
#include <limits>
#include <string>

#include "lib/heads/spec_check.h"
#include "lib/heads/to_float.h"

namespace retinue {

Result<OutputRows> ReadRows(std::span<const TensorView> outputs, int index, int rows, int columns,
                            const char* what, std::vector<float>& converted) {
  RETINUE_ASSIGN_OR_RETURN(const TensorView* tensor, OutputAt(outputs, index));
  const Shape& shape = tensor->shape;
  const bool fits = shape.rank() == 3 && shape[0] == 1 && shape[1] >= 0 && shape[2] == columns &&
                    shape[1] <= std::numeric_limits<int>::max() &&
                    (rows == kAnyRows || shape[1] == rows);
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string(what) + " must be [1, " +
                    (rows == kAnyRows ? "N" : std::to_string(rows)) + ", " +
                    std::to_string(columns) + "], got " + ToString(shape));
  }
  RETINUE_ASSIGN_OR_RETURN(const float* data, ToFloat(*tensor, what, converted));
  return OutputRows{.data = data, .count = static_cast<int>(shape[1]), .columns = columns};
}

}  // namespace retinue
