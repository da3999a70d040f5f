#pragma once

// ov::Core, loaded at first use and shared by runtime, models and engines; and
// what its devices are called and can do. Private to the backend; any thread.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <openvino/openvino.hpp>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"

namespace retinue::openvino {

/// One device as OpenVINO knows it.
struct Device {
  std::string name;       ///< "CPU", "GPU.0".
  std::string full_name;  ///< "AMD EPYC …".
  bool computes_bf16 = false;
  bool computes_f16 = false;
  bool computes_int8 = false;
};

class Library {
 public:
  /// @error kUnavailable  OpenVINO's own parts cannot be loaded.
  Result<ov::Core*> Core();
  /// Ours: "cpu", "gpu", "gpu:1"; empty when the library cannot be loaded.
  std::vector<std::string> DeviceNames();
  /// @param name  "auto" or one of DeviceNames().
  /// @error kUnavailable  It is not there; says what is.
  Result<Device> Find(const std::string& name);

 private:
  std::mutex mutex_;
  std::unique_ptr<ov::Core> core_;
};

/// "2026.4.1" of "2026.4.1-22982-…".
std::string LibraryVersion();

/// Gives back what reading and compiling networks needed and inference does not: freed memory, and
/// the pages of OpenVINO's code (30 MB), which come again from the page cache where they are run.
void LetGoOfStartup();

/// The precision to compute in.
///
/// @param quantised  Whether the network holds quantised weights.
/// @error kUnsupported  The device or the network cannot.
Result<Precision> ChoosePrecision(Precision wanted, const Device& device, bool quantised);

/// The settings of a compilation; `precision` as ChoosePrecision() gave it.
ov::AnyMap PropertiesOf(const CompileOptions& options, const Device& device, Precision precision);

}  // namespace retinue::openvino
