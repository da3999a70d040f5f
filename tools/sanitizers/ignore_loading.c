/* Linked into every program built with AddressSanitizer: what shared libraries allocate while they are loaded is not looked at
 * by LeakSanitizer. GLib keeps the first block of its quarks for good; the stack of that allocation cannot be named in
 * leaks.supp, because GLib has no frame pointers, and unwinding every allocation without them takes OpenVINO twenty
 * times as long to load a model (1.6 s -> 38 s here). */
void __lsan_disable(void);
void __lsan_enable(void);

/* Runs before the initialisers of any library. */
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(void) = __lsan_disable;

/* Runs after those of all libraries the program is linked with. */
__attribute__((constructor(101))) static void after_libraries(void) { __lsan_enable(); }
