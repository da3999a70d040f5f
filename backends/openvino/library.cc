#include "backends/openvino/library.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "backends/openvino/convert.h"
#include "backends/openvino/tflite_operators.h"

namespace retinue::openvino {
namespace {

// "GPU.1" -> "gpu:1".
std::string OurName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '.' ? ':' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

std::string TheirName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == ':' ? '.' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

}  // namespace

Result<ov::Core*> Library::Core() {
  const std::lock_guard lock(mutex_);
  if (core_) return core_.get();
  return Guarded(ErrorCode::kUnavailable, "openvino cannot be loaded", [&]() -> Result<ov::Core*> {
    auto core = std::make_unique<ov::Core>();
    // Otherwise its worker threads outlive the last network.
    core->set_property(ov::force_tbb_terminate(true));
    internal::AddTfliteOperators(*core);
    core_ = std::move(core);
    return core_.get();
  });
}

std::vector<std::string> Library::DeviceNames() {
  const auto core = Core();
  if (!core) return {};
  const auto names =
      Guarded(ErrorCode::kUnavailable, "", [&]() -> Result<std::vector<std::string>> {
        return (*core)->get_available_devices();
      });
  std::vector<std::string> ours;
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    ours.push_back(OurName(name));
  }
  // The one that "auto" means comes first.
  std::stable_partition(ours.begin(), ours.end(), [](const auto& name) { return name == "cpu"; });
  return ours;
}

Result<Device> Library::Find(const std::string& name) {
  RETINUE_ASSIGN_OR_RETURN(ov::Core* const core, Core());
  Device device{.name = name == "auto" ? "CPU" : TheirName(name), .full_name = {}};
  const auto known = Guarded(ErrorCode::kUnavailable, name, [&]() -> Result<void> {
    device.full_name = core->get_property(device.name, ov::device::full_name);
    const auto start = device.full_name.find_first_not_of(' ');
    if (start != std::string::npos) device.full_name.erase(0, start);
    while (device.full_name.ends_with(' ')) device.full_name.pop_back();
    for (const std::string& can : core->get_property(device.name, ov::device::capabilities)) {
      device.computes_bf16 |= can == ov::device::capability::BF16;
      device.computes_f16 |= can == ov::device::capability::FP16;
      device.computes_int8 |= can == ov::device::capability::INT8;
    }
    return {};
  });
  if (known) return device;
  return Fail(ErrorCode::kUnavailable,
              "openvino has no device " + name + " here; it has " + Joined(DeviceNames()));
}

std::string LibraryVersion() {
  const ov::Version version = ov::get_openvino_version();
  const std::string_view text = version.buildNumber == nullptr ? "" : version.buildNumber;
  return std::string(text.substr(0, text.find('-')));
}

void LetGoOfStartup() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void*) {
        if (std::string_view(object->dlpi_name).find("libopenvino") == std::string_view::npos) {
          return 0;
        }
        for (const ElfW(Phdr)& segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
          // Code alone: what the loader has written into (relocations) would be lost.
          if (segment.p_type != PT_LOAD || segment.p_flags != (PF_R | PF_X)) continue;
          const auto page = static_cast<ElfW(Addr)>(::sysconf(_SC_PAGESIZE));
          const ElfW(Addr) begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
          const ElfW(Addr) end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
          ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
        }
        return 0;
      },
      nullptr);
}

Result<Precision> ChoosePrecision(Precision wanted, const Device& device, bool quantised) {
  const std::string where = " in " + std::string(ToString(wanted)) + ", expected f32 or auto";
  switch (wanted) {
    case Precision::kAuto: return device.computes_bf16 ? Precision::kBf16 : Precision::kF32;
    case Precision::kF32: return Precision::kF32;
    case Precision::kBf16:
      if (device.computes_bf16) return Precision::kBf16;
      return Fail(ErrorCode::kUnsupported, device.full_name + " does not compute" + where);
    case Precision::kF16:
      if (device.computes_f16) return Precision::kF16;
      return Fail(ErrorCode::kUnsupported, device.full_name + " does not compute" + where);
    case Precision::kInt8:
      if (!quantised) {
        return Fail(ErrorCode::kUnsupported,
                    "the model holds no quantised weights to run" + where);
      }
      if (device.computes_int8) return Precision::kInt8;
      return Fail(ErrorCode::kUnsupported, device.full_name + " does not compute" + where);
  }
  return Fail(ErrorCode::kInvalidArgument, "unknown precision");
}

ov::AnyMap PropertiesOf(const CompileOptions& options, const Device& device, Precision precision) {
  ov::AnyMap properties;
  properties.emplace(ov::hint::performance_mode(options.goal == Goal::kThroughput
                                                    ? ov::hint::PerformanceMode::THROUGHPUT
                                                    : ov::hint::PerformanceMode::LATENCY));
  // Of an int8 network the rest runs in what this names.
  properties.emplace(ov::hint::inference_precision(
      precision == Precision::kBf16 || (precision == Precision::kInt8 && device.computes_bf16)
          ? ov::element::bf16
          : precision == Precision::kF16 ? ov::element::f16 : ov::element::f32));
  if (!device.name.starts_with("CPU")) return properties;
  if (options.threads > 0) properties.emplace(ov::inference_num_threads(options.threads));
  // Decoding and drawing run beside: a stream that may not leave its core would wait for them.
  properties.emplace(ov::hint::enable_cpu_pinning(false));
  return properties;
}

}  // namespace retinue::openvino
