#include "apps/cli/interrupt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "apps/cli/failure.h"

namespace retinue::cli {
namespace {

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::jthread([this](std::stop_token ending) {
    const sigset_t waited = Signals();
    const timespec period{0, 50'000'000};  // how soon the watcher sees that the run is over
    while (!ending.stop_requested()) {
      if (sigtimedwait(&waited, nullptr, &period) < 0) continue;
      if (interrupted_.exchange(true)) _exit(kExitInterrupted);
      source_.request_stop();
    }
  });
}

InterruptWatch::~InterruptWatch() {
  watcher_.request_stop();
  watcher_.join();
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace retinue::cli
