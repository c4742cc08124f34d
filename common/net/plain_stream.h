// A socket's bytes as they are; private to common/net.
#pragma once

#include <memory>

#include "common/net/socket_core.h"

namespace assist::net_internal {

class PlainStream final : public Stream {
 public:
  explicit PlainStream(std::unique_ptr<SocketCore> core) : core_(std::move(core)) {}

  asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) override;
  asio::awaitable<Status> Write(std::string_view bytes) override;
  asio::awaitable<Status> WaitReadable() override { return core_->Wait(Direction::kRead, Direction::kRead); }
  asio::awaitable<Status> ShutdownWrite() override;
  void Close() noexcept override { core_->Close(); }
  void SetReadDeadline(SteadyTime when) override { core_->SetDeadline(Direction::kRead, when); }
  void SetWriteDeadline(SteadyTime when) override { core_->SetDeadline(Direction::kWrite, when); }
  [[nodiscard]] bool IsQuiet() noexcept override;
  [[nodiscard]] const Peer& peer() const noexcept override { return core_->peer(); }
  [[nodiscard]] bool secure() const noexcept override { return false; }
  [[nodiscard]] Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const override;
  [[nodiscard]] asio::any_io_executor executor() const override { return core_->socket().get_executor(); }

  /// The first byte, left unread; -1 at the end.
  asio::awaitable<Result<int>> Peek();
  /// Gives the socket away, for TLS.
  [[nodiscard]] std::unique_ptr<SocketCore> TakeCore() { return std::move(core_); }

 private:
  std::unique_ptr<SocketCore> core_;
};

}  // namespace assist::net_internal
