#pragma once

// A session as an Engine: worker threads that run the requests handed to them,
// first come first served. Private to the backend.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "retinue/infer/engine.h"

#include "backends/onnxruntime/library.h"

namespace retinue::onnxruntime {

/// One run that a worker is to do; lives in its request.
struct Task {
  OrtIoBinding* binding = nullptr;
  Result<void> outcome = {};
  bool done = false;
  Task* next = nullptr;
  std::condition_variable finished;
};

/// Threads: all functions from any thread; a Task is handed in again only after
/// Await() returned.
class Workers {
 public:
  Workers(std::shared_ptr<Library> library, OrtSession* session, int count);
  /// Ends and joins the threads; no Task may be waiting.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void Submit(Task& task);
  Result<void> Await(Task& task);

 private:
  void Work();

  std::shared_ptr<Library> library_;
  OrtSession* session_;
  std::mutex mutex_;
  std::condition_variable work_changed_;
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

class OnnxEngine final : public Engine {
 public:
  OnnxEngine(std::shared_ptr<Library> library, Owned<OrtSession> session, ModelIo io,
             EngineInfo info, int workers);

  const ModelIo& io() const override { return io_; }
  const EngineInfo& info() const override { return info_; }
  Result<std::unique_ptr<Request>> NewRequest() override;

 private:
  std::shared_ptr<Library> library_;
  Owned<OrtSession> session_;
  ModelIo io_;
  EngineInfo info_;
  Workers workers_;  // Last: its threads end before the session goes.
};

}  // namespace retinue::onnxruntime
