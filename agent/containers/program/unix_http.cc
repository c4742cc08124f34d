#include "agent/containers/program/unix_http.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace assist::agent::containers {
namespace {

constexpr std::size_t kMaxHead = 64 << 10;
constexpr std::size_t kMaxBody = 32 << 20;

tl::unexpected<Error> TooSlow() { return Fail(Errc::kExpired, "no answer in time"); }

/// False: the deadline.
bool WaitFor(int fd, short what, TimePoint deadline) {
  for (;;) {
    pollfd file{fd, what, 0};
    const int ready = ::poll(&file, 1, MillisUntil(deadline));
    if (ready > 0) return true;
    if (ready == 0 && MillisUntil(deadline) == 0) return false;
    if (ready < 0 && errno != EINTR) return true;  // the call that follows tells
  }
}

char Lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

struct Head {
  int status = 0;
  std::optional<std::size_t> length;
  bool chunked = false;
};

/// `text`: status line and fields, without the empty line.
Result<Head> ParseHead(std::string_view text) {
  Head head;
  const std::string_view line = text.substr(0, text.find("\r\n"));
  const std::string_view digits = line.size() >= 12 && line.starts_with("HTTP/1.") ? line.substr(9, 3) : "";
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), head.status);
  if (digits.empty() || error != std::errc() || end != digits.data() + 3) {
    return Fail(Errc::kInvalid, "it does not speak HTTP");
  }
  for (std::size_t at = line.size(); at < text.size();) {
    at += 2;
    const std::size_t stop = std::min(text.find("\r\n", at), text.size());
    const std::string_view field = text.substr(at, stop - at);
    at = stop;
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view value = Trim(field.substr(colon + 1));
    if (SameText(field.substr(0, colon), "Content-Length")) {
      std::size_t length = 0;
      const auto [stopped, wrong] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (wrong != std::errc() || stopped != value.data() + value.size()) {
        return Fail(Errc::kInvalid, "its answer has a bad length");
      }
      head.length = length;
    } else if (SameText(field.substr(0, colon), "Transfer-Encoding")) {
      head.chunked = SameText(value, "chunked");
    }
  }
  return head;
}

/// Takes whole chunks from the front of `raw`; true after the last one.
Result<bool> TakeChunks(std::string& raw, std::string& body) {
  std::size_t at = 0;
  bool last = false;
  while (!last) {
    const std::size_t stop = raw.find("\r\n", at);
    if (stop == std::string::npos) break;
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(raw.data() + at, raw.data() + stop, size, 16);
    if (error != std::errc() || end == raw.data() + at || size > kMaxBody) {
      return Fail(Errc::kInvalid, "its answer has a bad chunk");
    }
    if (raw.size() < stop + 2 + size + 2) break;
    last = size == 0;
    body.append(raw, stop + 2, size);
    at = stop + 2 + size + 2;
  }
  raw.erase(0, at);
  return last;
}

std::string Request(std::string_view method, std::string_view target, std::string_view body, bool stream) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  text.append(stream ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "Connection: close\r\n");
  if (!body.empty()) text += "Content-Type: application/json\r\n";
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text.append("\r\n").append(body);
  return text;
}

}  // namespace

Result<UnixHttp> UnixHttp::Connect(const std::string& path, TimePoint deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Fail(Errc::kUnavailable, "the socket's path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Fail(Errc::kUnavailable, std::string("no socket: ") + std::strerror(errno));
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EAGAIN && errno != EINTR) return Fail(Errc::kUnavailable, std::strerror(errno));
    // Its line of connections is full.
    if (MillisUntil(deadline) == 0) return TooSlow();
    ::poll(nullptr, 0, 20);
  }
  return UnixHttp(std::move(socket));
}

Status UnixHttp::Send(std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    if (!WaitFor(socket_.get(), POLLOUT, deadline)) return TooSlow();
    const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (put <= 0) return Fail(Errc::kUnavailable, std::string("connection lost: ") + std::strerror(errno));
    sent_ = true;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<bool> UnixHttp::Receive(std::string& into, TimePoint deadline) {
  std::array<char, 16384> piece{};
  for (;;) {
    if (!WaitFor(socket_.get(), POLLIN, deadline)) return TooSlow();
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return Fail(Errc::kUnavailable, std::string("connection lost: ") + std::strerror(errno));
    into.append(piece.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
}

Result<HttpAnswer> UnixHttp::Ask(std::string_view method, std::string_view target, std::string_view body,
                                 TimePoint deadline) {
  const bool stream = method.empty();
  if (Status sent = Send(Request(stream ? "POST" : method, target, body, stream), deadline); !sent) {
    return Forward(sent);
  }
  std::string raw;
  std::size_t end = std::string::npos;
  while ((end = raw.find("\r\n\r\n")) == std::string::npos) {
    if (raw.size() > kMaxHead) return Fail(Errc::kTooLarge, "its answer has no end of the header");
    Result<bool> more = Receive(raw, deadline);
    if (!more) return Forward(more);
    if (!*more) return Fail(Errc::kUnavailable, "connection closed before the answer");
  }
  Result<Head> head = ParseHead(std::string_view(raw).substr(0, end));
  if (!head) return Forward(head);
  raw.erase(0, end + 4);
  HttpAnswer answer;
  answer.status = head->status;
  if (stream && (head->status == 101 || (head->status == 200 && !head->chunked))) {
    answer.body = std::move(raw);
    return answer;
  }
  if (head->status == 204 || head->status == 304) return answer;
  for (;;) {
    if (head->chunked) {
      Result<bool> done = TakeChunks(raw, answer.body);
      if (!done) return Forward(done);
      if (*done) return answer;
    } else {
      answer.body += raw;
      raw.clear();
      if (head->length && answer.body.size() >= *head->length) return answer;
    }
    if (answer.body.size() + raw.size() > kMaxBody) return Fail(Errc::kTooLarge, "its answer is too large");
    Result<bool> more = Receive(raw, deadline);
    if (!more) return Forward(more);
    if (*more) continue;
    if (head->chunked || head->length) return Fail(Errc::kUnavailable, "connection closed within the answer");
    return answer;
  }
}

Result<HttpAnswer> UnixHttp::AskForStream(std::string_view target, std::string_view body, TimePoint deadline) {
  return Ask({}, target, body, deadline);
}

}  // namespace assist::agent::containers
