// A connection for tests of handlers: no socket, only what a handler may ask of it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/net/http_server.h"

namespace assist::server::identity {

class IdleStream final : public Stream {
 public:
  IdleStream(bool secure, std::string address, std::string exporter) : secure_(secure), exporter_(std::move(exporter)) {
    peer_.address = std::move(address);
    peer_.is_loopback = peer_.address == "127.0.0.1";
  }
  asio::awaitable<Result<std::size_t>> ReadSome(std::span<char>) override { co_return std::size_t{0}; }
  asio::awaitable<Status> Write(std::string_view) override { co_return Status{}; }
  asio::awaitable<Status> WaitReadable() override { co_return Status{}; }
  asio::awaitable<Status> ShutdownWrite() override { co_return Status{}; }
  [[nodiscard]] bool IsQuiet() noexcept override { return true; }
  void Close() noexcept override {}
  void SetReadDeadline(SteadyTime) override {}
  void SetWriteDeadline(SteadyTime) override {}
  [[nodiscard]] const Peer& peer() const noexcept override { return peer_; }
  [[nodiscard]] bool secure() const noexcept override { return secure_; }
  [[nodiscard]] Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const override {
    if (!secure_) return Fail(Errc::kInvalid, "plain");
    std::string material = exporter_ + std::string(label);
    material.resize(size, '\0');
    return material;
  }
  [[nodiscard]] asio::any_io_executor executor() const override { return {}; }

 private:
  Peer peer_;
  bool secure_;
  std::string exporter_;
};

/// A connection with its stream. `exporter` tells TLS connections apart.
struct FakeConnection {
  explicit FakeConnection(bool secure, std::string address = "192.0.2.7", std::string exporter = "one")
      : stream(secure, std::move(address), std::move(exporter)), info(stream, 1) {}
  IdleStream stream;
  ConnectionInfo info;
};

}  // namespace assist::server::identity
