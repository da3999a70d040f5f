// Any text given to the reader of effects programs: errors with their places, or a program whose
// canonical text is the same program and stays as it is.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "retinue/base/check.h"
#include "retinue/effects/plan.h"
#include "retinue/effects/syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const retinue::EffectParse parse = retinue::ParseEffects(text);
  const retinue::EffectCompilation compilation =
      retinue::CompileEffects(parse, {.segmentation = true, .iris = true});
  RETINUE_CHECK(compilation.errors.size() >= parse.errors.size() ||
                parse.errors.size() > retinue::EffectLimits::kErrors);
  for (const retinue::EffectError& error : compilation.errors) {
    RETINUE_CHECK(!error.message.empty());
    RETINUE_CHECK(error.place.line >= 1 && error.place.column >= 1);
    RETINUE_CHECK(error.place.begin <= size);
  }
  if (!parse.errors.empty()) return 0;
  const std::string canonical = retinue::FormatEffects(parse.program);
  const retinue::EffectParse again = retinue::ParseEffects(canonical);
  // White space that is put in may bring a long program over the limit.
  if (canonical.size() > retinue::EffectLimits::kTextBytes) return 0;
  RETINUE_CHECK(again.errors.empty());
  RETINUE_CHECK(again.program == parse.program);
  RETINUE_CHECK(retinue::FormatEffects(again.program) == canonical);
  return 0;
}
