#pragma once

// What the process has used and where it runs: for summaries and benches.
// Thread rule: any.

#include <string>

namespace retinue::cli {

/// CPU seconds of all threads so far, user and system.
double CpuSeconds();
/// The most memory that was resident at once, in MB (10^6 bytes).
double PeakMb();
/// "AMD EPYC, 2 cores, Linux 6.1 x86_64".
std::string MachineDescription();
/// Cores this process may use.
int Cores();

}  // namespace retinue::cli
