#include "tests/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

namespace retinue::testing {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read_end = ends[0];
    write_end = ends[1];
  }
  void CloseRead() { Close(read_end); }
  void CloseWrite() { Close(write_end); }
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

 private:
  static void Close(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

[[noreturn]] void BecomeProgram(const std::vector<std::string>& command,
                                const ProgramOptions& options, int in, int out, int err) {
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  if (options.file_size_limit > 0) {
    const rlimit limit{options.file_size_limit, options.file_size_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

// Reads what there is; false at the end of the stream.
bool ReadSome(int end, std::string& into) {
  char buffer[65536];
  const ssize_t count = read(end, buffer, sizeof buffer);
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

ProgramResult RunProgram(const std::vector<std::string>& command, const ProgramOptions& options) {
  Pipe in, out, err;
  const pid_t child = fork();
  if (child == 0) BecomeProgram(command, options, in.read_end, out.write_end, err.write_end);
  in.CloseRead();
  out.CloseWrite();
  err.CloseWrite();

  ProgramResult result;
  std::size_t fed = 0;
  bool signalled = false;
  while (out.read_end >= 0 || err.read_end >= 0) {
    if (fed == options.input.size()) in.CloseWrite();
    pollfd waits[] = {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0},
                      {in.write_end, POLLOUT, 0}};
    if (poll(waits, 3, -1) < 0) continue;
    if (waits[0].revents != 0 && !ReadSome(out.read_end, result.out)) out.CloseRead();
    if (waits[1].revents != 0 && !ReadSome(err.read_end, result.err)) err.CloseRead();
    if (waits[2].revents != 0) {
      const std::size_t size = std::min<std::size_t>(4096, options.input.size() - fed);
      const ssize_t count = write(in.write_end, options.input.data() + fed, size);
      if (count > 0) {
        fed += static_cast<std::size_t>(count);
      } else {
        fed = options.input.size();
      }
    }
    if (options.signal != 0 && !signalled &&
        result.err.find(options.signal_after) != std::string::npos) {
      signalled = true;
      kill(child, options.signal);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

bool HasProgram(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace retinue::testing
