#include "apps/cli/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

extern char** environ;

namespace retinue::cli {
namespace {

constexpr std::size_t kKept = 16 << 10;
constexpr int kPeriodMs = 100;  // how soon a request to stop is seen
constexpr std::chrono::seconds kGrace{2};

std::string ErrorText(int error) { return std::generic_category().message(error); }

// What posix_spawn wants to be told, and freed.
struct SpawnSetup {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
};

// The command holds signals back and ignores some (main.cc, interrupt.h): the program must not.
void ResetSignals(SpawnSetup& setup) {
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&setup.attributes, &none);
  posix_spawnattr_setsigdefault(&setup.attributes, &defaults);
  posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

std::vector<std::string> EnvironmentOf(const ChildOptions& options) {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string line = *one;
    if (!options.environment.contains(line.substr(0, line.find('=')))) all.push_back(line);
  }
  for (const auto& [name, value] : options.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<pid_t> Spawn(std::vector<std::string> command, const ChildOptions& options, int out) {
  SpawnSetup setup;
  posix_spawn_file_actions_addopen(&setup.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&setup.actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&setup.actions, out, STDERR_FILENO);
  if (!options.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(&setup.actions, options.folder.c_str());
  }
  ResetSignals(setup);
  std::vector<std::string> environment = EnvironmentOf(options);
  const std::vector<char*> arguments = Pointers(command);
  const std::vector<char*> variables = Pointers(environment);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &setup.actions, &setup.attributes,
                                 arguments.data(), variables.data());
  if (error == 0) return child;
  const bool absent = error == ENOENT || error == EACCES;
  return Fail(absent ? ErrorCode::kNotFound : ErrorCode::kResourceExhausted,
              command[0] + ": " + ErrorText(error));
}

// Adds what comes through `pipe` to `output` until its end, or until `stop`.
void Gather(int pipe, std::string& output, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd poll{pipe, POLLIN, 0};
    if (::poll(&poll, 1, kPeriodMs) <= 0) continue;
    char buffer[4096];
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    output.append(buffer, static_cast<std::size_t>(count));
    if (output.size() > kKept) output.erase(0, output.size() - kKept);
  }
}

// Waits for the program; ends it when `stop` asks.
int Await(pid_t child, const std::stop_token& stop) {
  using Time = std::chrono::steady_clock;
  Time::time_point patience;
  bool asked = false;
  int status = 0;
  while (::waitpid(child, &status, stop.stop_possible() || asked ? WNOHANG : 0) != child) {
    if (stop.stop_requested() && !asked) {
      ::kill(child, SIGTERM);
      asked = true;
      patience = Time::now() + kGrace;
    }
    if (asked && Time::now() > patience) ::kill(child, SIGKILL);
    ::poll(nullptr, 0, 10);
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<ChildResult> RunChild(const std::vector<std::string>& command, const ChildOptions& options,
                             std::stop_token stop) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Fail(ErrorCode::kResourceExhausted, "no pipe: " + ErrorText(errno));
  }
  const auto child = Spawn(command, options, ends[1]);
  ::close(ends[1]);
  ChildResult result;
  if (child) {
    Gather(ends[0], result.output, stop);
    result.exit_code = Await(*child, stop);
  }
  ::close(ends[0]);
  if (!child) return Fail(child.error());
  if (stop.stop_requested()) return Fail(ErrorCode::kInterrupted, command[0] + " was interrupted");
  return result;
}

}  // namespace retinue::cli
