// A scripted Docker for tests: speaks the API on a Unix socket and runs commands as processes of this machine, so that
// what is handed to a container's shell is really run. Faults on demand. Its own threads; destroyed with all of them.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/posix/unique_fd.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::containers {

class FakeDocker {
 public:
  explicit FakeDocker(std::string path) : path_(std::move(path)) { Listen(); }
  ~FakeDocker() { Stop(); }
  FakeDocker(const FakeDocker&) = delete;
  FakeDocker& operator=(const FakeDocker&) = delete;

  // Before or while it works.
  std::string list = "[]";
  std::atomic<int> create_status{201};
  std::atomic<int> start_status{101};
  std::atomic<bool> hang_on_list{false};
  std::atomic<bool> forget_execs{false};  ///< 404 for every question about one.
  std::atomic<bool> chunked{false};       ///< Answers come in chunks.

  struct Asked {
    std::vector<std::string> line;
    std::string user;
    std::string working_directory;
  };
  [[nodiscard]] std::vector<Asked> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  /// Cuts the streams of all commands; the commands go on.
  void CutStreams() { ++cut_; }
  /// Kills the command's first process, as a runtime does.
  void KillFirst(int signal) {
    const std::lock_guard lock(mutex_);
    if (!execs_.empty() && execs_.begin()->second.pid > 0) ::kill(execs_.begin()->second.pid, signal);
  }
  void Listen() {
    stop_ = false;
    ::unlink(path_.c_str());
    listener_.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 16) != 0) {
      std::abort();
    }
    accepting_ = std::thread([this] { Accept(); });
  }
  void Stop() {
    stop_ = true;
    if (accepting_.joinable()) accepting_.join();
    listener_.Reset();
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(mutex_);
      threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  struct Exec {
    Asked asked;
    pid_t pid = 0;
    bool running = false;
    int code = -1;
  };

  void Accept() {
    while (!stop_) {
      pollfd file{listener_.get(), POLLIN, 0};
      if (::poll(&file, 1, 10) <= 0) continue;
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const std::lock_guard lock(mutex_);
      threads_.emplace_back([this, fd] { Serve(UniqueFd(fd)); });
    }
  }

  static void Write(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void Answer(int fd, int status, const std::string& body) const {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Word\r\nContent-Type: application/json\r\n";
    if (chunked) {
      text += "Transfer-Encoding: chunked\r\n\r\n";
      for (std::size_t at = 0; at < body.size(); at += 7) {
        const std::string piece = body.substr(at, 7);
        text += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
      }
      text += "0\r\n\r\n";
    } else {
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    Write(fd, text);
  }

  void Serve(UniqueFd socket) {
    std::string text;
    std::size_t end = std::string::npos;
    std::size_t length = 0;
    while (end == std::string::npos || text.size() < end + 4 + length) {
      char piece[4096];
      const ssize_t got = ::recv(socket.get(), piece, sizeof piece, 0);
      if (got <= 0) return;
      text.append(piece, static_cast<std::size_t>(got));
      if (end != std::string::npos || (end = text.find("\r\n\r\n")) == std::string::npos) continue;
      const std::size_t field = text.find("Content-Length: ");
      if (field < end) length = std::stoul(text.substr(field + 16));
    }
    const std::string method = text.substr(0, text.find(' '));
    const std::string target = text.substr(method.size() + 1, text.find(" HTTP/") - method.size() - 1);
    const std::string body = text.substr(end + 4);
    if (target == "/containers/json?all=true") {
      while (hang_on_list && !stop_) ::usleep(1000);
      return Answer(socket.get(), 200, list);
    }
    if (method == "POST" && target.ends_with("/exec")) return Create(socket.get(), body);
    const std::string id = target.substr(6, target.rfind('/') - 6);
    if (method == "POST") return Start(std::move(socket), id);
    Inspect(socket.get(), id);
  }

  void Create(int fd, const std::string& body) {
    if (create_status != 201) return Answer(fd, create_status, R"({"message":"the runtime says no"})");
    const auto object = json::ParseObject(body);
    json::Reader in(*object);
    Exec exec;
    exec.asked = {in.Strings("Cmd"), std::string(in.StringOr("User", "")), std::string(in.StringOr("WorkingDir", ""))};
    const std::lock_guard lock(mutex_);
    asked_.push_back(exec.asked);
    const std::string id = "e" + std::to_string(++number_);
    execs_[id] = std::move(exec);
    Answer(fd, 201, R"({"Id":")" + id + "\"}");
  }

  void Inspect(int fd, const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto found = execs_.find(id);
    if (forget_execs || found == execs_.end()) return Answer(fd, 404, R"({"message":"no such exec"})");
    const Exec& exec = found->second;
    Answer(fd, 200,
           exec.running ? R"({"Running":true,"ExitCode":null})"
                        : R"({"Running":false,"ExitCode":)" + std::to_string(exec.code) + "}");
  }

  void Start(UniqueFd socket, const std::string& id) {
    if (start_status == 0) {  // never answers
      while (!stop_) ::usleep(1000);
      return;
    }
    if (start_status != 101) return Answer(socket.get(), start_status, R"({"message":"unable to find user"})");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    UniqueFd output(ends[0]);
    const int cut = cut_;  // before the command can be seen to run: whoever sees it may cut its stream
    pid_t pid = 0;
    {
      const std::lock_guard lock(mutex_);
      std::vector<char*> argv;
      for (std::string& word : execs_[id].asked.line) argv.push_back(word.data());
      argv.push_back(nullptr);
      pid = ::fork();
      if (pid == 0) {
        ::setsid();
        ::dup2(ends[1], 1);
        ::dup2(ends[1], 2);
        ::execv(argv[0], argv.data());
        ::_exit(127);
      }
      execs_[id].pid = pid;
      execs_[id].running = true;
    }
    ::close(ends[1]);
    Write(socket.get(), "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    bool open = true;
    int status = 0;
    pid_t ended = 0;
    while (!stop_ && (open || ended == 0)) {
      pollfd file{output.get(), POLLIN, 0};
      if (open && ::poll(&file, 1, 5) > 0) {
        char piece[4096];
        const ssize_t got = ::read(output.get(), piece, sizeof piece);
        open = got > 0;
        if (open && cut == cut_) {
          const auto size = static_cast<std::uint32_t>(got);
          std::string frame("\x01\0\0\0", 4);
          for (int i = 3; i >= 0; --i) frame += static_cast<char>(size >> (8 * i) & 0xff);
          Write(socket.get(), frame + std::string(piece, size));
        }
      }
      if (cut != cut_) ::shutdown(socket.get(), SHUT_RDWR);
      if (ended == 0) ended = ::waitpid(pid, &status, WNOHANG);
      if (!open && ended == 0) ::usleep(2000);
    }
    if (ended == 0) {
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, &status, 0);
    }
    const std::lock_guard lock(mutex_);
    execs_[id].running = false;
    execs_[id].code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  const std::string path_;
  UniqueFd listener_;
  std::thread accepting_;
  std::atomic<bool> stop_{false};
  std::atomic<int> cut_{0};
  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::map<std::string, Exec> execs_;
  std::vector<Asked> asked_;
  int number_ = 0;
};

}  // namespace assist::agent::containers
