#include "bench/peer/channel.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

namespace assist::bench {
namespace {

std::string SystemError(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

std::string TlsError(const char* what) {
  unsigned long last = 0;
  while (const unsigned long code = ERR_get_error()) last = code;
  const char* reason = last != 0 ? ERR_reason_error_string(last) : nullptr;
  return std::string(what) + ": " + (reason != nullptr ? reason : "the connection ended");
}

using ReadBuffer = std::array<char, std::size_t{64} << 10>;
ReadBuffer& Scratch() {
  thread_local const auto buffer = std::make_unique<ReadBuffer>();
  return *buffer;
}

}  // namespace

bool Channel::Fail(std::string why) {
  Close();
  why_ = std::move(why);
  return false;
}

void Channel::Close() {
  if (tls_ != nullptr) SSL_free(tls_);
  tls_ = nullptr;
  if (fd_ >= 0) ::close(fd_);  // and out of the epoll
  fd_ = -1;
  state_ = State::kClosed;
  out_.clear();
}

bool Channel::Register() {
  wants_write_ = state_ == State::kConnecting;
  epoll_event event{};
  event.events = EPOLLIN | (wants_write_ ? EPOLLOUT : 0U);
  event.data.u64 = tag_;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) return Fail(SystemError("epoll_ctl"));
  return true;
}

void Channel::Want(bool write) {
  if (write == wants_write_) return;
  wants_write_ = write;
  epoll_event event{};
  event.events = EPOLLIN | (write ? EPOLLOUT : 0U);
  event.data.u64 = tag_;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event);
}

bool Channel::Connect(int epoll, std::uint64_t tag, const sockaddr_in& source, const sockaddr_in& target,
                      SSL_CTX* tls) {
  Close();
  in_.clear();
  why_.clear();
  epoll_ = epoll;
  tag_ = tag;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return Fail(SystemError("socket"));
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) return Fail(SystemError("bind"));
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0 && errno != EINPROGRESS) {
    return Fail(SystemError("connect"));
  }
  if (tls != nullptr) {
    tls_ = SSL_new(tls);
    if (tls_ == nullptr || SSL_set_fd(tls_, fd_) != 1) return Fail(TlsError("TLS"));
    SSL_set_connect_state(tls_);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), "127.0.0.1");
  }
  state_ = State::kConnecting;
  return Register();
}

bool Channel::Adopt(int epoll, std::uint64_t tag, int socket, SSL_CTX* tls) {
  Close();
  epoll_ = epoll;
  tag_ = tag;
  fd_ = socket;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls != nullptr) {
    tls_ = SSL_new(tls);
    if (tls_ == nullptr || SSL_set_fd(tls_, fd_) != 1) return Fail(TlsError("TLS"));
    SSL_set_accept_state(tls_);
  }
  state_ = tls != nullptr ? State::kHandshake : State::kOpen;
  return Register();
}

bool Channel::Handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(tls_);
  if (done == 1) {
    state_ = State::kOpen;
    return true;
  }
  const int error = SSL_get_error(tls_, done);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return Fail(TlsError("TLS handshake"));
  Want(error == SSL_ERROR_WANT_WRITE);
  return true;
}

bool Channel::OnEvents(std::uint32_t events) {
  if (state_ == State::kClosed) return false;
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Fail(std::string("connect: ") + std::strerror(error));
    if ((events & EPOLLOUT) == 0) return true;
    state_ = tls_ != nullptr ? State::kHandshake : State::kOpen;
  }
  if (state_ == State::kHandshake && !Handshake()) return false;
  if (state_ != State::kOpen) return true;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !Read()) return false;
  return Flush();
}

bool Channel::Read() {
  ReadBuffer& buffer = Scratch();
  for (;;) {
    ssize_t got = 0;
    if (tls_ != nullptr) {
      ERR_clear_error();
      got = SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) {
        const int error = SSL_get_error(tls_, static_cast<int>(got));
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE || Fail(TlsError("read"));
      }
    } else {
      got = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (got < 0) return errno == EAGAIN || Fail(SystemError("read"));
      if (got == 0) return Fail("the peer closed");
    }
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    if (tls_ == nullptr && static_cast<std::size_t>(got) < buffer.size()) return true;
  }
}

bool Channel::Flush() {
  std::size_t sent = 0;
  while (sent < out_.size()) {
    ssize_t put = 0;
    bool later = false;
    if (tls_ != nullptr) {
      ERR_clear_error();
      put = SSL_write(tls_, out_.data() + sent, static_cast<int>(out_.size() - sent));
      if (put <= 0) {
        const int error = SSL_get_error(tls_, static_cast<int>(put));
        later = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
      }
    } else {
      put = ::send(fd_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
      later = put < 0 && errno == EAGAIN;
    }
    if (put <= 0 && !later) return Fail(tls_ != nullptr ? TlsError("write") : SystemError("write"));
    if (later) break;
    sent += static_cast<std::size_t>(put);
  }
  out_.erase(0, sent);
  Want(!out_.empty());
  return true;
}

bool Channel::Send(std::string_view bytes) {
  if (state_ == State::kClosed) return false;
  out_.append(bytes);
  return state_ != State::kOpen || Flush();
}

std::string Channel::KeyingMaterial(std::string_view label, std::size_t size) const {
  if (tls_ == nullptr) return {};
  std::string value(size, '\0');
  if (SSL_export_keying_material(tls_, reinterpret_cast<unsigned char*>(value.data()), size, label.data(), label.size(),
                                 nullptr, 0, 0) != 1) {
    Die(TlsError("exporter"));
  }
  return value;
}

SSL_CTX* ClientContext(const std::string& ca_file) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr || SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    Die(TlsError(ca_file.c_str()));
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // stock agents begin anew each time
  return context;
}

SSL_CTX* ServerContext(const std::string& certificate_file, const std::string& key_file) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr || SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    Die(TlsError(certificate_file.c_str()));
  }
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

sockaddr_in AddressOf(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) Die(host + " is no IPv4 address");
  return address;
}

std::uint64_t RaiseDescriptorLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

double MonotonicSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void Die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
  std::exit(1);
}

}  // namespace assist::bench
