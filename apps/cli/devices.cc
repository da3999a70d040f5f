// `devices`: what this program was built with and what it can use here.

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/machine.h"
#include "apps/cli/media.h"
#include "apps/cli/models.h"

namespace retinue::cli {

int RunDevices(const Options&) {
  fmt::print("retinue {}\n{}\n\nruntimes\n", Version(), MachineDescription());
  for (const char* name : {"openvino", "onnxruntime"}) {
    const auto runtime = MakeRuntime(name);
    if (!runtime) {
      fmt::print("  {:<12} {}\n", name, runtime.error().message);
      continue;
    }
    std::string devices;
    for (const std::string& device : (*runtime)->devices())
      devices += (devices.empty() ? "" : ", ") + device;
    fmt::print("  {:<12} {}: {}\n", name, (*runtime)->version(), devices);
  }
  fmt::print("\nmedia\n  {}\n\nmodels are looked for in\n", MediaVersion());
  for (const std::string& folder : ModelFolders()) fmt::print("  {}\n", folder);
  const std::string compiled = CompiledModelFolder();
  if (!compiled.empty()) fmt::print("compiled models are remembered in\n  {}\n", compiled);
  return kExitDone;
}

}  // namespace retinue::cli
