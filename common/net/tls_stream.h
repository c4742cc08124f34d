// TLS as one OpenSSL object that reads and writes the socket itself: no buffers beside OpenSSL's, which it gives back
// while idle (SSL_MODE_RELEASE_BUFFERS). Private to common/net.
#pragma once

#include <memory>
#include <string>

#include "common/net/socket_core.h"
#include "common/net/tls_context.h"

struct ssl_st;

namespace assist::net_internal {

class TlsStream final : public Stream {
 public:
  enum class Role : unsigned char { kServer, kClient };
  TlsStream(std::unique_ptr<SocketCore> core, const std::shared_ptr<ssl_ctx_st>& context, Role role);

  /// `host`: whom the server's certificate must name; empty on a server.
  asio::awaitable<Status> Handshake(std::string host);

  asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) override;
  asio::awaitable<Status> Write(std::string_view bytes) override;
  asio::awaitable<Status> WaitReadable() override;
  asio::awaitable<Status> ShutdownWrite() override;
  void Close() noexcept override { core_->Close(); }
  void SetReadDeadline(SteadyTime when) override { core_->SetDeadline(Direction::kRead, when); }
  void SetWriteDeadline(SteadyTime when) override { core_->SetDeadline(Direction::kWrite, when); }
  [[nodiscard]] bool IsQuiet() noexcept override;
  [[nodiscard]] const Peer& peer() const noexcept override { return core_->peer(); }
  [[nodiscard]] bool secure() const noexcept override { return true; }
  [[nodiscard]] Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const override;
  [[nodiscard]] asio::any_io_executor executor() const override { return core_->socket().get_executor(); }

 private:
  struct FreeSsl {
    void operator()(ssl_st* ssl) const noexcept;
  };
  Status Broken(int ssl_error, std::string_view what);

  std::unique_ptr<SocketCore> core_;  // before ssl_, whose BIO points to it
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  bool broken_ = false;  // after a fatal error OpenSSL must not be called any more
};

}  // namespace assist::net_internal
