// A non-blocking connection, with or without TLS, in an epoll of its owner (level-triggered). One thread; the owner
// reads from in() what has come and gives out what is to be sent. Not to be moved while it is open.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace assist::bench {

class Channel {
 public:
  enum class State : std::uint8_t { kClosed, kConnecting, kHandshake, kOpen };

  Channel() = default;
  ~Channel() { Close(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// From `source` (its port is chosen by the system) to `target`. `tls`: null for plain TCP; the certificate is
  /// checked for 127.0.0.1 by what the context trusts. `tag` comes back with the events of `epoll`. False: closed, see
  /// why().
  bool Connect(int epoll, std::uint64_t tag, const sockaddr_in& source, const sockaddr_in& target, SSL_CTX* tls);
  /// The server's side of an accepted socket, which is taken over.
  bool Adopt(int epoll, std::uint64_t tag, int socket, SSL_CTX* tls);
  /// After an event: goes on connecting, reads what there is, writes what it can. False: closed; in() may hold what
  /// came before the end.
  bool OnEvents(std::uint32_t events);
  /// Sends, or keeps for later. False: closed.
  bool Send(std::string_view bytes);
  void Close();

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool open() const noexcept { return state_ == State::kOpen; }
  [[nodiscard]] std::string& in() noexcept { return in_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  [[nodiscard]] bool secure() const noexcept { return tls_ != nullptr; }
  /// TLS exporter value (RFC 5705) without context; empty on plain TCP.
  [[nodiscard]] std::string KeyingMaterial(std::string_view label, std::size_t size) const;

 private:
  bool Register();
  bool Fail(std::string why);
  bool Handshake();
  bool Read();
  bool Flush();
  void Want(bool write);

  int epoll_ = -1;
  int fd_ = -1;
  std::uint64_t tag_ = 0;
  SSL* tls_ = nullptr;
  State state_ = State::kClosed;
  bool wants_write_ = false;
  std::string in_;
  std::string out_;
  std::string why_;
};

/// A context that trusts the PEM file, or dies.
[[nodiscard]] SSL_CTX* ClientContext(const std::string& ca_file);
/// A context with this certificate and key (PEM files), or dies.
[[nodiscard]] SSL_CTX* ServerContext(const std::string& certificate_file, const std::string& key_file);
/// `host` an IPv4 address.
[[nodiscard]] sockaddr_in AddressOf(const std::string& host, std::uint16_t port);
/// As many descriptors as the hard limit gives; how many.
std::uint64_t RaiseDescriptorLimit();
/// CLOCK_MONOTONIC, seconds: the same in all processes of a machine.
[[nodiscard]] double MonotonicSeconds();
/// Prints `name: what` to stderr and ends with 1.
[[noreturn]] void Die(const std::string& what);

}  // namespace assist::bench
