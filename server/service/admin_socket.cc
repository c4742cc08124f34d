#include "server/service/admin_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

#include "common/async/scope.h"
#include "common/posix/file.h"
#include "common/posix/unique_fd.h"
#include "server/service/admin_requests.h"

namespace assist::server::service {
namespace {

using Protocol = asio::local::stream_protocol;
constexpr std::size_t kMaxConnections = 16;
constexpr auto kRequestTime = std::chrono::seconds(10);

bool FitsSocketPath(const std::string& path) { return path.size() < sizeof(sockaddr_un{}.sun_path); }

/// Who asks, as the kernel knows it; for the audit log.
std::string SourceOf(Protocol::socket& socket) {
  ucred who{};
  socklen_t size = sizeof(who);
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return "admin.sock";
  return "admin.sock uid=" + std::to_string(who.uid);
}

}  // namespace

class AdminSocket::Impl {
 public:
  Impl(asio::any_io_executor executor, std::string path, Protocol::acceptor acceptor, control::Runner& runner,
       Clock& clock, Log& log)
      : path_(std::move(path)),
        acceptor_(std::move(acceptor)),
        runner_(runner),
        clock_(clock),
        scope_(std::move(executor), [&log](std::string_view name, std::string_view what) {
          log.Error("admin_socket.escaped", {{"coroutine", name}, {"what", what}});
        }) {}

  void Start() { scope_.Spawn("admin_socket", Accept()); }
  asio::awaitable<void> Stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    co_await scope_.Close();
    (void)RemoveFile(path_);
  }

 private:
  asio::awaitable<void> Accept() {
    for (;;) {
      boost::system::error_code error;
      Protocol::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
      if (error) {
        co_await clock_.SleepFor(std::chrono::milliseconds(100));  // out of descriptors: not in a tight loop
        continue;
      }
      if (connections_ >= kMaxConnections) continue;  // closes it
      ++connections_;
      scope_.Spawn("admin_request", Serve(std::move(socket)));
    }
  }

  asio::awaitable<void> Serve(Protocol::socket socket) {
    auto watchdog = clock_.CallAt(clock_.Steady() + kRequestTime, socket.get_executor(), [&socket] {
      boost::system::error_code ignored;
      socket.close(ignored);
    });
    std::string line;
    boost::system::error_code error;
    auto buffer = asio::dynamic_buffer(line, kMaxAdminLine);
    const std::size_t length =
        co_await asio::async_read_until(socket, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      std::string request = line.substr(0, length - 1);
      std::string answer = co_await AnswerAdminRequest(runner_, std::move(request), SourceOf(socket));
      answer += '\n';
      co_await asio::async_write(socket, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
    }
    watchdog.reset();
    --connections_;
  }

  const std::string path_;
  Protocol::acceptor acceptor_;
  control::Runner& runner_;
  Clock& clock_;
  std::size_t connections_ = 0;
  Scope scope_;
};

AdminSocket::AdminSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminSocket::~AdminSocket() = default;
void AdminSocket::Start() { impl_->Start(); }
asio::awaitable<void> AdminSocket::Stop() { co_await impl_->Stop(); }

Result<std::unique_ptr<AdminSocket>> AdminSocket::Open(asio::any_io_executor executor, const std::string& path,
                                                       control::Runner& runner, Clock& clock, Log& log) {
  if (!FitsSocketPath(path)) {
    return Fail(Errc::kInvalid, "the path " + path + " is too long for a socket; give --data a shorter folder");
  }
  if (Status removed = RemoveFile(path); !removed) return Forward(removed);
  boost::system::error_code error;
  Protocol::acceptor acceptor(executor);
  acceptor.open(Protocol(), error);
  if (!error) acceptor.bind(Protocol::endpoint(path), error);
  if (!error && ::chmod(path.c_str(), 0600) != 0) error.assign(errno, boost::system::system_category());
  if (!error) acceptor.listen(16, error);
  if (error) return Fail(Errc::kInternal, "cannot listen on " + path + ": " + error.message());
  auto impl = std::make_unique<Impl>(std::move(executor), path, std::move(acceptor), runner, clock, log);
  return std::unique_ptr<AdminSocket>(new AdminSocket(std::move(impl)));
}

Result<std::string> AskAdminSocket(const std::string& path, const std::string& request) {
  if (!FitsSocketPath(path)) return Fail(Errc::kNotFound, "no server listens on " + path);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return tl::make_unexpected(ErrnoError(errno, "open a socket for", path));
  timeval limit{};
  limit.tv_sec = 20;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return Fail(Errc::kNotFound, "no server listens on " + path);
    return tl::make_unexpected(ErrnoError(errno, "connect to", path));
  }
  if (Status sent = WriteAll(fd.get(), request + "\n", path); !sent) return Forward(sent);
  std::string answer;
  char piece[4096];
  while (answer.find('\n') == std::string::npos) {
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Fail(Errc::kUnavailable, "the server behind " + path + " did not answer");
    answer.append(piece, static_cast<std::size_t>(got));
    if (answer.size() > (std::size_t{16} << 20)) return Fail(Errc::kTooLarge, "the answer of " + path + " has no end");
  }
  answer.resize(answer.find('\n'));
  return answer;
}

}  // namespace assist::server::service
