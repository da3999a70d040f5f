#include "apps/cli/machine.h"

#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include <fmt/format.h>

namespace retinue::cli {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name") || line.starts_with("Model")) {
      const auto colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "unknown CPU";
}

// CPU seconds of everything on this machine. The first line of /proc/stat: user nice system idle
// iowait irq softirq steal, in ticks.
double MachineCpuSeconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  double busy = 0, ticks = 0;
  for (int i = 0; i < 8 && file >> ticks; ++i) {
    const bool is_idle = i == 3 || i == 4;
    if (!is_idle) busy += ticks;
  }
  return busy / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

int Cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

OtherPrograms::OtherPrograms()
    : start_(SteadyClock().Now()),
      own_cpu_seconds_(CpuSeconds()),
      all_cpu_seconds_(MachineCpuSeconds()) {}

double OtherPrograms::Share() const {
  const double seconds = ToSeconds(SteadyClock().Now() - start_);
  if (seconds <= 0) return 0;
  const double own = CpuSeconds() - own_cpu_seconds_;
  const double all = MachineCpuSeconds() - all_cpu_seconds_;
  return std::clamp((all - own) / seconds / Cores(), 0.0, 1.0);
}

double PeakMb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 * 1e-6;
}

void ReturnFreeMemory() { ::malloc_trim(0); }

std::string MachineDescription() {
  utsname system{};
  uname(&system);
  const int cores = Cores();
  return fmt::format("{}, {} core{}, {} {} {}", CpuName(), cores, cores == 1 ? "" : "s",
                     system.sysname, system.release, system.machine);
}

}  // namespace retinue::cli
