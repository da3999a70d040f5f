// Any text given to the MOT reader: an error or rows that keep the reader's promises.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "retinue/base/check.h"
#include "retinue/io/mot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rows = retinue::ParseMot(text, {.max_rows = 1000, .max_frame = 5000});
  if (!rows) {
    RETINUE_CHECK(!rows.error().message.empty());
    return 0;
  }
  RETINUE_CHECK(rows->size() <= 1000);
  for (const retinue::MotRow& row : *rows) {
    RETINUE_CHECK(row.frame >= 0 && row.frame <= 5000);
    RETINUE_CHECK(row.class_id >= -1);
    RETINUE_CHECK(row.box.width >= 0 && row.box.height >= 0);
    RETINUE_CHECK(std::isfinite(row.box.x) && std::isfinite(row.box.y));
    RETINUE_CHECK(std::isfinite(row.score) && std::isfinite(row.visibility));
  }
  return 0;
}
