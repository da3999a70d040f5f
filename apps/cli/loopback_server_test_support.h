#pragma once

// An HTTP server on 127.0.0.1 for tests of downloads: answers what the test says,
// and remembers what it was asked. One connection after another.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace retinue::testing {

class LoopbackServer {
 public:
  struct Request {
    std::string path;
    std::map<std::string, std::string> headers;  ///< Names in lower case.
    std::string Header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };
  struct Reply {
    int status = 200;
    std::map<std::string, std::string> headers;  ///< Content-Length is that of `body`.
    std::string body;
    std::size_t cut = std::string::npos;  ///< Closes the connection after so many bytes of it.
    std::function<void()> after_cut;      ///< Called when those are sent.
    bool hold = false;                    ///< Keeps the connection open until the client goes.
  };
  using Handler = std::function<Reply(const Request&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        pipe(stop_) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~LoopbackServer() {
    (void)!write(stop_[1], "x", 1);
    thread_.join();
    close(listener_);
    close(stop_[0]);
    close(stop_[1]);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// What a good server does with a file: ranges, If-Range, 416.
  static Reply Serve(const std::string& content, const Request& request,
                     const std::string& etag = "\"one\"") {
    Reply reply{200,  {{"ETag", etag}, {"Accept-Ranges", "bytes"}}, content, std::string::npos, {},
                false};
    const std::string range = request.Header("range");
    const std::string if_range = request.Header("if-range");
    if (!range.starts_with("bytes=") || (!if_range.empty() && if_range != etag)) return reply;
    std::size_t begin = 0, end = content.size() - 1;
    char dash = 0;
    std::istringstream stream(range.substr(6));
    stream >> begin >> dash;
    if (std::size_t last = 0; stream >> last) end = std::min(end, last);
    if (begin >= content.size()) {
      reply.status = 416;
      reply.body.clear();
      return reply;
    }
    reply.status = 206;
    reply.body = content.substr(begin, end - begin + 1);
    reply.headers["Content-Range"] = "bytes " + std::to_string(begin) + "-" + std::to_string(end) +
                                     "/" + std::to_string(content.size());
    return reply;
  }

 private:
  // False when the server is to stop.
  bool Await(int descriptor) const {
    pollfd ends[2] = {{descriptor, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    while (poll(ends, 2, -1) < 0) {
    }
    return ends[1].revents == 0;
  }

  void Serve() {
    while (Await(listener_)) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      Answer(client);
      close(client);
    }
  }

  void Answer(int client) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      char buffer[4096];
      if (!Await(client)) return;
      const ssize_t count = read(client, buffer, sizeof buffer);
      if (count <= 0) return;
      text.append(buffer, static_cast<std::size_t>(count));
    }
    const Request request = Parse(text);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Reply reply = handler_(request);
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\nConnection: close\r\n";
    for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
    head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
    Send(client, head + reply.body.substr(0, reply.cut));
    if (reply.after_cut) reply.after_cut();
    char byte;
    if (reply.hold && Await(client)) (void)!read(client, &byte, 1);
  }

  static void Send(int client, const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t count = send(client, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (count <= 0) return;
      at += static_cast<std::size_t>(count);
    }
  }

  static Request Parse(const std::string& text) {
    Request request;
    std::istringstream lines(text);
    std::string method, line;
    lines >> method >> request.path;
    std::getline(lines, line);
    while (std::getline(lines, line) && line != "\r") {
      const auto colon = line.find(": ");
      if (colon == std::string::npos) continue;
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
    }
    return request;
  }

  const Handler handler_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  int port_ = 0;
  mutable std::mutex mutex_;  // guards requests_
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace retinue::testing
