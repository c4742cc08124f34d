#include "cli/service/posix_console.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "cli/text/width.h"

namespace assist::cli {
namespace {

constexpr std::size_t kLongestLine = std::size_t{64} << 10;

/// Past short writes, signals and descriptors that are set not to wait. False when the other end is gone.
bool WriteFully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool CanRedraw() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t Columns(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// One byte of standard input; empty at the end.
std::optional<char> ReadByte() {
  for (;;) {
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got == 1) return c;
    if (got < 0 && errno == EINTR) continue;
    return std::nullopt;
  }
}

/// Sets the terminal so that each key arrives at once and unseen; puts it back at the end.
class HiddenInput {
 public:
  HiddenInput() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    active_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  ~HiddenInput() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;

 private:
  termios before_{};
  bool active_ = false;
};

}  // namespace

PosixConsole::PosixConsole()
    : out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_is_terminal_(::isatty(STDERR_FILENO) == 1),
      can_redraw_(CanRedraw()) {}

PosixConsole::~PosixConsole() { HideStatus(); }

bool PosixConsole::Out(std::string_view bytes) {
  if (bytes.empty()) return !closed_;
  if (out_is_terminal_) {
    HideStatus();
    in_line_ = bytes.back() != '\n';
  }
  if (!closed_ && !WriteFully(STDOUT_FILENO, bytes)) closed_ = true;
  return !closed_;
}

std::size_t PosixConsole::columns() const { return Columns(STDOUT_FILENO); }

void PosixConsole::Err(std::string_view lines) {
  HideStatus();
  if (in_line_ && err_is_terminal_) WriteFully(STDERR_FILENO, "\n");
  in_line_ = false;
  WriteFully(STDERR_FILENO, lines);
}

void PosixConsole::Status(std::string_view line) {
  if (!can_redraw_ || in_line_) return;
  if (line.empty()) {
    HideStatus();
    return;
  }
  WriteFully(STDERR_FILENO, "\r" + CutColoured(line, Columns(STDERR_FILENO) - 1) + "\x1b[K");
  status_shown_ = true;
}

void PosixConsole::HideStatus() {
  if (!status_shown_) return;
  WriteFully(STDERR_FILENO, "\r\x1b[K");
  status_shown_ = false;
}

PosixPrompter::PosixPrompter(Console& console) : console_(console), interactive_(::isatty(STDIN_FILENO) == 1) {}

std::optional<std::string> PosixPrompter::Ask(std::string_view prompt, bool secret) {
  if (!interactive_) return ReadLine();
  console_.Err(prompt);
  auto line = secret ? ReadHidden() : ReadLine();
  if (secret || !line) console_.Err("\n");
  return line;
}

void PosixPrompter::Complain(std::string_view line) { console_.Err(fmt::format("assist: {}\n", line)); }

std::optional<std::string> PosixPrompter::ReadLine() {
  std::string line;
  for (;;) {
    const auto c = ReadByte();
    if (!c) {
      if (line.empty()) return std::nullopt;
      return line;
    }
    if (*c == '\n') return line;
    if (line.size() < kLongestLine) line += *c;
  }
}

std::optional<std::string> PosixPrompter::ReadHidden() {
  constexpr char kCtrlC = 3;
  constexpr char kCtrlD = 4;
  constexpr char kCtrlU = 21;
  constexpr char kBackspace = 8;
  constexpr char kDelete = 127;
  bool interrupted = false;
  std::string line;
  {
    const HiddenInput hidden;
    for (;;) {
      const auto c = ReadByte();
      if (!c || (*c == kCtrlD && line.empty())) return std::nullopt;
      if (*c == '\n' || *c == '\r') break;
      if (*c == kCtrlC) {
        interrupted = true;
        break;
      }
      if (*c == kCtrlU) {
        line.clear();
      } else if (*c == kBackspace || *c == kDelete) {
        if (!line.empty()) line.pop_back();
      } else if (line.size() < kLongestLine) {
        line += *c;
      }
    }
  }
  if (interrupted) {
    console_.Err("\n");
    ::raise(SIGINT);
    return std::nullopt;
  }
  return line;
}

}  // namespace assist::cli
