#include <utility>

#include "retinue/io/byte_sink_factory.h"

namespace retinue {

class MemoryFolder::File final : public ByteSink {
 public:
  File(MemoryFolder& folder, std::string_view name) : folder_(folder), name_(name) {}

  Result<void> Write(std::string_view bytes) override {
    content_ += bytes;
    return {};
  }

  Result<void> Commit() override {
    const std::lock_guard lock(folder_.mutex_);
    folder_.files_[name_] = std::move(content_);
    return {};
  }

 private:
  MemoryFolder& folder_;
  std::string name_;
  std::string content_;
};

Result<std::unique_ptr<ByteSink>> MemoryFolder::Create(std::string_view name) {
  if (!IsPlainFileName(name)) {
    return Fail(ErrorCode::kInvalidArgument,
                "expected a plain file name, got '" + std::string(name) + "'");
  }
  return std::make_unique<File>(*this, name);
}

std::map<std::string, std::string> MemoryFolder::files() const {
  const std::lock_guard lock(mutex_);
  return files_;
}

}  // namespace retinue
