#pragma once

// The end of a run in words and as JSON. Thread rule: plain values.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "retinue/pipeline/run_stream.h"

namespace retinue::cli {

/// One stream's end: its summary, or why it has none.
struct StreamReport {
  std::string name;
  StreamSummary summary;
  std::string failure;  ///< Empty when it ran to its end.
};

struct RunReport {
  std::string verb;
  std::string model;             ///< Name or file.
  std::string engine;            ///< Runtime, device, precision.
  std::vector<StreamReport> streams;
  std::vector<std::string> files;   ///< Written, as the user would name them.
  double elapsed_seconds = 0;       ///< From the first frame asked for to the last file written.
  double cpu_seconds = 0;
  double peak_mb = 0;
};

/// The summary that ends a run, several lines.
std::string SummaryText(const RunReport& report);

/// The same for `stats=`; schema in docs/schema/stats.schema.json.
nlohmann::ordered_json SummaryJson(const RunReport& report);

/// `{"decode_wait": {"mean_ms": …, "p50_ms": …, "p95_ms": …, "p99_ms": …}, …}`
nlohmann::ordered_json StagesJson(const StageStats& stages);

/// The stages as an aligned table.
std::string StagesText(const StageStats& stages);

}  // namespace retinue::cli
