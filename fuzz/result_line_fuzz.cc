// Any text given to the reader of result lines: an error, or a line that the
// writer writes again so that it reads the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "retinue/base/check.h"
#include "retinue/io/result_format.h"
#include "retinue/io/result_line.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first =
      retinue::ParseResultLine(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!first) {
    RETINUE_CHECK(!first.error().message.empty());
    return 0;
  }
  RETINUE_CHECK(first->labels.size() == first->result.objects.size());

  retinue::StreamInfo stream;
  stream.name = first->stream;
  std::string written;
  const auto formatter = retinue::JsonLinesFormat()->ForStream(stream, 0);
  const int left_out = formatter->AppendFrame(first->result, written);
  if (left_out > 0) return 0;  // an edge beyond what is written
  const auto second = retinue::ParseResultLine(written);
  RETINUE_CHECK(second.has_value());
  RETINUE_CHECK(second->stream == first->stream);
  RETINUE_CHECK(second->result.frame == first->result.frame);
  RETINUE_CHECK(second->result.pts == first->result.pts);
  RETINUE_CHECK(second->result.size == first->result.size);
  RETINUE_CHECK(second->result.objects.size() == first->result.objects.size());
  for (std::size_t i = 0; i < second->result.objects.size(); ++i) {
    RETINUE_CHECK(second->result.objects[i].track_id == first->result.objects[i].track_id);
    RETINUE_CHECK(second->result.objects[i].class_id == first->result.objects[i].class_id);
  }
  return 0;
}
