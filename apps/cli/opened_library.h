#pragma once

// A shared library that is opened when it is needed and never linked, so that a
// start of the program that does not need it costs nothing, and one without it
// can say so. Thread rule: any; the library stays open until the process ends.

#include <dlfcn.h>

#include <initializer_list>
#include <string>

#include "retinue/base/result.h"

namespace retinue::cli {

class OpenedLibrary {
 public:
  /// @param names     File names, best first.
  /// @param how       Ends the sentence when there is none: "install libcurl4".
  /// @error kUnavailable  None can be opened.
  static Result<OpenedLibrary> Open(std::initializer_list<const char*> names,
                                    const std::string& how) {
    for (const char* name : names) {
      if (void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return OpenedLibrary(handle);
    }
    return Fail(ErrorCode::kUnavailable,
                std::string(*names.begin()) + " is not on this machine: " + how);
  }

  /// Points `function` at the library's function of that name; remembers when there is none.
  template <typename Function>
  void Find(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(::dlsym(handle_, name));
    if (function == nullptr && missing_.empty()) missing_ = name;
  }

  /// @error kUnavailable  A function that was looked for is not there.
  Result<void> Check() const {
    if (missing_.empty()) return {};
    return Fail(ErrorCode::kUnavailable,
                "the library has no function " + missing_ + "; it is too old");
  }

 private:
  explicit OpenedLibrary(void* handle) : handle_(handle) {}
  void* handle_;
  std::string missing_;
};

}  // namespace retinue::cli
