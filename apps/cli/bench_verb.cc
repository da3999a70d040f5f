#include "apps/cli/bench_verb.h"

#include "apps/cli/interrupt.h"

namespace retinue::cli {

int RunBenchVerb(const Options& options,
                 Outcome<void> (*verb)(const Options&, Log&, std::stop_token)) {
  InterruptWatch interrupt;  // before anything that starts threads
  Log log(LogOptions(options));
  const auto run = verb(options, log, interrupt.token());
  if (run) return kExitDone;
  log.Error(run.error().message);
  return run.error().code;
}

}  // namespace retinue::cli
