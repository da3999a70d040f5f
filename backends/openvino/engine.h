#pragma once

// A compiled OpenVINO network as an Engine, and its requests. Private to the backend.

#include <memory>
#include <vector>

#include <openvino/openvino.hpp>

#include "retinue/infer/engine.h"

#include "backends/openvino/files.h"

namespace retinue::openvino {

class OpenVinoEngine final : public Engine {
 public:
  /// @param file  What `compiled` may still read from (an imported network's cache file), or null.
  OpenVinoEngine(ov::CompiledModel compiled, ModelIo io, EngineInfo info,
                 std::unique_ptr<MappedFile> file);

  const ModelIo& io() const override { return io_; }
  const EngineInfo& info() const override { return info_; }
  Result<std::unique_ptr<Request>> NewRequest() override;

 private:
  std::unique_ptr<MappedFile> file_;  // Before compiled_: must be the last to go.
  ov::CompiledModel compiled_;
  ModelIo io_;
  EngineInfo info_;
};

}  // namespace retinue::openvino
