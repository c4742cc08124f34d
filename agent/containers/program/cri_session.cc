#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/containers/program/child.h"
#include "agent/containers/program/session.h"

namespace assist::agent::containers {
namespace {

constexpr std::size_t kMaxWords = 4096;

class CriSession final : public Session {
 public:
  explicit CriSession(const Order& order) : order_(order) {}

  supervisor::ClientWord Open(const std::vector<std::string>& line, TimePoint /*deadline*/) override {
    std::vector<std::string> arguments{order_.crictl, "--runtime-endpoint", "unix://" + order_.target.socket, "exec",
                                       order_.target.id};
    arguments.insert(arguments.end(), line.begin(), line.end());
    Result<Child> child = Child::Start(arguments);
    if (!child) return {supervisor::kClientFailed, child.error().detail};
    child_ = std::move(*child);
    open_ = true;
    return {};
  }

  [[nodiscard]] int fd() const override { return open_ ? child_.output() : -1; }

  bool Read(std::string& output) override {
    TakeWords();
    std::array<char, 65536> piece{};
    const ssize_t got = ::read(child_.output(), piece.data(), piece.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got > 0) output.append(piece.data(), static_cast<std::size_t>(got));
    open_ = got > 0;
    return open_;
  }

  [[nodiscard]] std::string words() override {
    TakeWords();
    return words_;
  }

  /// crictl's own exit code: that of the command only when it is 0.
  Fate Ask(TimePoint deadline) override { return {Fate::Kind::kEnded, child_.Wait(deadline)}; }

 private:
  /// It may say more than a pipe holds, and would wait.
  void TakeWords() {
    std::array<char, 4096> piece{};
    for (;;) {
      const ssize_t got = ::read(child_.errors(), piece.data(), piece.size());
      if (got <= 0) return;
      words_.append(piece.data(), std::min(static_cast<std::size_t>(got), kMaxWords - words_.size()));
    }
  }

  const Order& order_;
  Child child_;
  bool open_ = false;
  std::string words_;
};

}  // namespace

std::unique_ptr<Session> MakeCriSession(const Order& order) { return std::make_unique<CriSession>(order); }

}  // namespace assist::agent::containers
