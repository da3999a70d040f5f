// The default font's bytes, taken into the program by the assembler. The build
// defines RETINUE_FONT_FILE, the file's path, when there is one.

#include "retinue/overlay/overlay.h"

#ifdef RETINUE_FONT_FILE
asm(".section .rodata.retinue_default_font, \"a\"\n"
    ".balign 16\n"
    ".globl retinue_default_font_begin\n"
    ".hidden retinue_default_font_begin\n"
    "retinue_default_font_begin:\n"
    ".incbin \"" RETINUE_FONT_FILE "\"\n"
    ".globl retinue_default_font_end\n"
    ".hidden retinue_default_font_end\n"
    "retinue_default_font_end:\n"
    ".byte 0\n"
    ".text\n");
extern "C" {
[[gnu::visibility("hidden")]] extern const std::byte retinue_default_font_begin[];
[[gnu::visibility("hidden")]] extern const std::byte retinue_default_font_end[];
}
#endif

namespace retinue {

std::span<const std::byte> DefaultFont() {
#ifdef RETINUE_FONT_FILE
  return {retinue_default_font_begin, retinue_default_font_end};
#else
  return {};
#endif
}

}  // namespace retinue
