#pragma once

// Result: how a retinue function says that data, a device or a caller's
// argument kept it from doing its work. Thread rule: plain values.
//
// Three things are kept apart everywhere in this project:
//   * bad input (files, models, options, devices)  -> a Result with an Error
//   * flow (no frame yet, end of stream)           -> an enum, never an Error
//   * a bug of ours                                -> RETINUE_CHECK (check.h)
// No exception leaves a public function; exceptions of third parties are
// caught where they enter, in backends/.

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace retinue {

/// What kind of thing went wrong. The `retinue` command turns the kind,
/// together with the step that failed, into its exit code.
enum class ErrorCode {
  kInvalidArgument,  ///< The caller asked for something that makes no sense.
  kNotFound,         ///< A named thing (file, device, option) does not exist.
  kPermissionDenied, ///< It exists, but may not be read or written.
  kAlreadyExists,    ///< Would replace something that was not made by us.
  kUnsupported,      ///< Understood, but this build or part cannot do it.
  kUnavailable,      ///< A runtime, device or server is not there now.
  kDataLoss,         ///< Bytes are damaged, truncated, or not what they claim.
  kResourceExhausted,///< Disk, memory or a stated limit is used up.
  kInterrupted,      ///< Somebody asked to stop.
  kInternal,         ///< A broken invariant of retinue or of a third party.
};

/// The code's name as it is written in messages and logs: `invalid_argument`.
std::string_view ToString(ErrorCode code);

/// One failure: its kind and one sentence that says what was expected and
/// what was found, without a full stop at the end and without blame, e.g.
/// `head must be [1, 4 + C, N], got [1, 84]`.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// A `T`, or the Error that kept us from making one.
template <typename T>
using Result = tl::expected<T, Error>;

/// Makes the failing side of any Result: `return Fail(ErrorCode::kNotFound, "...")`.
inline tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Passes an error on, unchanged: `if (!r) return Fail(std::move(r).error());`
inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

/// Passes an error on with what we were doing in front of it:
/// `Fail(error, "a.mp4")` gives `a.mp4: no video stream`.
tl::unexpected<Error> Fail(const Error& error, std::string_view context);

}  // namespace retinue

/// Evaluates `expression` (a Result); returns its error from the enclosing
/// function when it failed. For a value use `RETINUE_ASSIGN_OR_RETURN`.
#define RETINUE_RETURN_IF_ERROR(expression)                        \
  do {                                                             \
    auto retinue_status_ = (expression);                           \
    if (!retinue_status_) {                                        \
      return ::retinue::Fail(std::move(retinue_status_).error());  \
    }                                                              \
  } while (false)

#define RETINUE_INTERNAL_CONCAT2(a, b) a##b
#define RETINUE_INTERNAL_CONCAT(a, b) RETINUE_INTERNAL_CONCAT2(a, b)
#define RETINUE_INTERNAL_ASSIGN(name, declaration, expression)     \
  auto name = (expression);                                        \
  if (!name) return ::retinue::Fail(std::move(name).error());      \
  declaration = *std::move(name)

/// `RETINUE_ASSIGN_OR_RETURN(auto frame, source.Read());`
#define RETINUE_ASSIGN_OR_RETURN(declaration, expression)                              \
  RETINUE_INTERNAL_ASSIGN(RETINUE_INTERNAL_CONCAT(retinue_result_, __LINE__), declaration, \
                          expression)
