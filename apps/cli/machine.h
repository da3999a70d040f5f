#pragma once

// What the process has used and where it runs: for summaries and benches.
// Thread rule: any.

#include <string>

#include "retinue/base/time.h"

namespace retinue::cli {

/// CPU seconds of all threads so far, user and system.
double CpuSeconds();
/// The most memory that was resident at once, in MB (10^6 bytes).
double PeakMb();
/// "AMD EPYC, 2 cores, Linux 6.1 x86_64".
std::string MachineDescription();
/// Gives what is free inside the heap back to the system. Video after video would else
/// leave their holes (60 videos of 4 frames with save=: 294 MB instead of 412).
void ReturnFreeMemory();
/// Cores this process may use.
int Cores();

/// What other programs take of the machine meanwhile: then figures say less than they seem to.
class OtherPrograms {
 public:
  /// Looks from now on.
  OtherPrograms();
  /// The part of this process's cores' time that others used since then, 0…1.
  double Share() const;

 private:
  Nanoseconds start_;
  double own_cpu_seconds_;
  double all_cpu_seconds_;
};

}  // namespace retinue::cli
