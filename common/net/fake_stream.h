// Two Streams that are connected in memory, for tests: what one writes the other reads. One executor; deadlines by the
// given clock. A writer waits while the other side has kMaxUnread bytes unread.
#pragma once

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "common/async/event.h"
#include "common/net/stream.h"

namespace assist {

class FakeStream final : public Stream {
 public:
  static constexpr std::size_t kMaxUnread = std::size_t{64} << 10;

  static std::pair<std::unique_ptr<FakeStream>, std::unique_ptr<FakeStream>> MakePair(asio::any_io_executor executor,
                                                                                      Clock& clock) {
    auto a = std::make_shared<Pipe>(executor);
    auto b = std::make_shared<Pipe>(executor);
    return {std::unique_ptr<FakeStream>(new FakeStream(executor, clock, a, b)),
            std::unique_ptr<FakeStream>(new FakeStream(executor, clock, b, a))};
  }
  ~FakeStream() override { FakeStream::Close(); }

  asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) override {
    Status ready = co_await WaitReadable();
    if (!ready) co_return Forward(ready);
    const std::size_t n = std::min(into.size(), in_->bytes.size());
    std::memcpy(into.data(), in_->bytes.data(), n);
    in_->bytes.erase(0, n);
    in_->changed.Pulse();
    co_return n;
  }
  asio::awaitable<Status> Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (closed_ || out_->reader_gone || out_->ended) co_return Fail(Errc::kUnavailable, "the connection is gone");
      const std::size_t n = std::min(bytes.size(), kMaxUnread - out_->bytes.size());
      out_->bytes += bytes.substr(0, n);
      bytes.remove_prefix(n);
      if (n > 0) {
        out_->changed.Pulse();
        continue;
      }
      Status waited = co_await WaitFor(out_, write_deadline_);
      if (!waited) co_return waited;
    }
    co_return Status();
  }
  asio::awaitable<Status> WaitReadable() override {
    while (in_->bytes.empty() && !in_->ended) {
      if (closed_) co_return Fail(Errc::kUnavailable, "the connection is closed");
      Status waited = co_await WaitFor(in_, read_deadline_);
      if (!waited) co_return waited;
    }
    if (closed_) co_return Fail(Errc::kUnavailable, "the connection is closed");
    co_return Status();
  }
  asio::awaitable<Status> ShutdownWrite() override {
    out_->ended = true;
    out_->changed.Pulse();
    co_return Status();
  }
  void Close() noexcept override {
    if (std::exchange(closed_, true)) return;
    out_->ended = true;
    in_->reader_gone = true;
    out_->changed.Pulse();
    in_->changed.Pulse();
  }
  void SetReadDeadline(SteadyTime when) override {
    read_deadline_ = when;
    in_->changed.Pulse();
  }
  void SetWriteDeadline(SteadyTime when) override {
    write_deadline_ = when;
    out_->changed.Pulse();
  }
  [[nodiscard]] bool IsQuiet() noexcept override { return !closed_ && in_->bytes.empty() && !in_->ended; }
  [[nodiscard]] const Peer& peer() const noexcept override { return peer_; }
  [[nodiscard]] bool secure() const noexcept override { return secure_; }
  [[nodiscard]] Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const override {
    if (!secure_) return Fail(Errc::kInvalid, "only a TLS connection has keying material");
    std::string material(keying_);
    material += label;
    material.resize(size, '.');
    return material;
  }
  [[nodiscard]] asio::any_io_executor executor() const override { return executor_; }

  void set_peer(Peer peer) { peer_ = std::move(peer); }
  /// Makes it look like TLS; the keying material is `keying` and the label, cut or filled up to the size asked for.
  void set_secure(std::string keying) {
    secure_ = true;
    keying_ = std::move(keying);
  }

 private:
  struct Pipe {
    explicit Pipe(const asio::any_io_executor& executor) : changed(executor) {}
    std::string bytes;
    bool ended = false;  // the writer sends no more
    bool reader_gone = false;
    Event changed;
  };
  FakeStream(asio::any_io_executor executor, Clock& clock, std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : executor_(std::move(executor)), clock_(clock), in_(std::move(in)), out_(std::move(out)) {}

  asio::awaitable<Status> WaitFor(std::shared_ptr<Pipe> pipe, SteadyTime deadline) {
    if (clock_.Steady() >= deadline) co_return Fail(Errc::kExpired, "too late");
    if (deadline == kNoDeadline) {
      co_await pipe->changed.Wait();
    } else {
      (void)co_await pipe->changed.WaitUntil(clock_, deadline);
    }
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Fail(Errc::kUnavailable, "cancelled");
    co_return Status();
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  SteadyTime read_deadline_ = kNoDeadline;
  SteadyTime write_deadline_ = kNoDeadline;
  Peer peer_{"127.0.0.1", 1, true};
  std::string keying_;
  bool secure_ = false;
  bool closed_ = false;
};

}  // namespace assist
