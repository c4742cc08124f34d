#include "common/net/websocket.h"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <span>
#include <utility>

#include "common/async/event.h"
#include "common/net/websocket_frame.h"

namespace assist {

using net_internal::ClosePayload;
using net_internal::EncodeFrame;
using net_internal::Opcode;
using net_internal::WebSocketDecoder;
using net_internal::WebSocketItem;

namespace {

constexpr std::size_t kSmallRead = 1024;
constexpr std::size_t kLargeRead = 16 * 1024;

constexpr std::uint16_t Code(WebSocketCloseCode code) noexcept { return static_cast<std::uint16_t>(code); }

}  // namespace

// Shared with the coroutines that run its methods, so that the WebSocket may be destroyed while they wait: the stream
// is closed then, and they end.
class WebSocket::Impl {
 public:
  Impl(std::shared_ptr<Stream> stream, std::string already_read, Role role, Clock& clock, Random& random,
       const Options& options)
      : stream_(std::move(stream)),
        clock_(clock),
        random_(random),
        options_(options),
        decoder_(role == Role::kServer, options.max_message),
        input_(std::move(already_read)),
        role_(role) {}

  static asio::awaitable<Result<WebSocketMessage>> Receive(std::shared_ptr<Impl> self);
  static asio::awaitable<Status> Send(std::shared_ptr<Impl> self, Opcode opcode, std::string payload);
  /// Ends it at once.
  void Break() noexcept;
  /// The owner is gone.
  void Leave() noexcept;

  const std::shared_ptr<Stream> stream_;
  Clock& clock_;
  Random& random_;
  const Options options_;
  WebSocketDecoder decoder_;
  std::uint16_t close_code_ = Code(WebSocketCloseCode::kAbnormal);
  bool close_sent_ = false;
  bool over_ = false;  // closed by the peer, broken or aborted

 private:
  // What waits to be written, in order; shared with those who wait for it. Counts are bytes since it was made.
  struct Output {
    explicit Output(asio::any_io_executor executor) : progress(std::move(executor)) {}
    std::string waiting;
    std::uint64_t queued = 0;
    std::uint64_t written = 0;
    bool writing = false;
    Event progress;
  };

  [[nodiscard]] std::string Encode(Opcode opcode, std::string_view payload);
  [[nodiscard]] Error OverError() const;
  /// Queues a frame; false when it does not fit.
  [[nodiscard]] bool Enqueue(Opcode opcode, std::string_view payload);
  /// Takes the next item out of what was read.
  [[nodiscard]] Result<std::optional<WebSocketItem>> Decode();
  static asio::awaitable<Status> Flush(std::shared_ptr<Impl> self);
  static asio::awaitable<void> Reply(std::shared_ptr<Impl> self, Opcode opcode, std::string payload);
  static asio::awaitable<void> End(std::shared_ptr<Impl> self, std::uint16_t code, std::string close_payload);

  std::string input_;               // read and not yet decoded
  std::shared_ptr<Output> output_;  // there while something waits to be written
  const Role role_;
  bool receiving_ = false;
};

std::string WebSocket::Impl::Encode(Opcode opcode, std::string_view payload) {
  if (role_ == Role::kServer) return EncodeFrame(opcode, payload, std::nullopt);
  std::array<std::uint8_t, 4> mask{};
  random_.Fill(mask);
  return EncodeFrame(opcode, payload, mask);
}

Error WebSocket::Impl::OverError() const {
  if (close_code_ == Code(WebSocketCloseCode::kAbnormal)) {
    return {Errc::kUnavailable, "the WebSocket's connection is gone"};
  }
  return {Errc::kUnavailable, "the WebSocket was closed with code " + std::to_string(close_code_)};
}

void WebSocket::Impl::Break() noexcept {
  over_ = true;
  stream_->Close();
  if (output_ != nullptr) output_->progress.Pulse();
}

void WebSocket::Impl::Leave() noexcept {
  // After a close frame the connection's owner may still let it reach the peer; nobody else may wait, though.
  if (receiving_ || (!over_ && !close_sent_)) Break();
}

bool WebSocket::Impl::Enqueue(Opcode opcode, std::string_view payload) {
  if (output_ == nullptr) output_ = std::make_shared<Output>(stream_->executor());
  const std::string frame = Encode(opcode, payload);
  const std::uint64_t unwritten = output_->queued - output_->written;
  if (unwritten > 0 && unwritten + frame.size() > options_.max_queued_bytes) return false;
  output_->waiting += frame;
  output_->queued += frame.size();
  return true;
}

// Writes all that waits. One coroutine does it at a time; the others wait for it.
asio::awaitable<Status> WebSocket::Impl::Flush(std::shared_ptr<Impl> self) {
  const std::shared_ptr<Output> output = self->output_;
  output->writing = true;
  Status result;
  while (!output->waiting.empty() && result) {
    const std::string batch = std::exchange(output->waiting, {});
    self->stream_->SetWriteDeadline(self->clock_.Steady() + self->options_.write_timeout);
    result = co_await self->stream_->Write(batch);
    if (result) output->written += batch.size();
    output->progress.Pulse();
  }
  output->writing = false;
  if (!result) {
    self->Break();  // half a frame may be out: nothing can follow it
    co_return result;
  }
  self->stream_->SetWriteDeadline(kNoDeadline);
  self->output_.reset();
  co_return result;
}

asio::awaitable<Status> WebSocket::Impl::Send(std::shared_ptr<Impl> self, Opcode opcode, std::string payload) {
  if (self->over_) co_return tl::unexpected<Error>(self->OverError());
  if (self->close_sent_) co_return Fail(Errc::kUnavailable, "the WebSocket is being closed");
  if (!self->Enqueue(opcode, payload)) {
    co_return Fail(Errc::kUnavailable, "too much waits to be written to this WebSocket", kNetFull);
  }
  payload = {};
  if (opcode == Opcode::kClose) self->close_sent_ = true;
  const std::shared_ptr<Output> output = self->output_;
  if (!output->writing) co_return co_await Flush(self);
  const std::uint64_t mine = output->queued;
  while (output->written < mine) {
    if (self->over_) co_return tl::unexpected<Error>(self->OverError());
    co_await output->progress.Wait();
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Fail(Errc::kUnavailable, "cancelled");
  }
  co_return Status();
}

// An answer of Receive() itself. It does not wait behind another writer, and is dropped when the queue is full.
asio::awaitable<void> WebSocket::Impl::Reply(std::shared_ptr<Impl> self, Opcode opcode, std::string payload) {
  if (self->over_ || self->close_sent_) co_return;
  if (!self->Enqueue(opcode, payload)) co_return;
  if (opcode == Opcode::kClose) self->close_sent_ = true;
  if (!self->output_->writing) (void)co_await Flush(self);
}

asio::awaitable<void> WebSocket::Impl::End(std::shared_ptr<Impl> self, std::uint16_t code, std::string close_payload) {
  co_await Reply(self, Opcode::kClose, std::move(close_payload));
  if (self->over_) co_return;
  self->over_ = true;
  self->close_code_ = code;
  const bool writing = self->output_ != nullptr && self->output_->writing;
  if (!writing) (void)co_await self->stream_->ShutdownWrite();
}

Result<std::optional<WebSocketItem>> WebSocket::Impl::Decode() {
  if (input_.empty()) return std::nullopt;
  std::string_view rest = input_;
  auto item = decoder_.Put(rest);
  input_ = rest.empty() ? std::string() : std::string(rest);
  return item;
}

asio::awaitable<Result<WebSocketMessage>> WebSocket::Impl::Receive(std::shared_ptr<Impl> self) {
  for (;;) {
    if (self->over_) co_return tl::unexpected<Error>(self->OverError());
    auto item = self->Decode();
    if (!item) {
      const auto code =
          item.error().code == Errc::kTooLarge ? WebSocketCloseCode::kTooBig : WebSocketCloseCode::kProtocolError;
      std::string payload = ClosePayload(Code(code), item.error().detail);
      co_await End(self, Code(code), std::move(payload));
      co_return Forward(item);
    }
    if (*item) {
      switch ((*item)->opcode) {
        case Opcode::kPing: {
          std::string payload = (*item)->payload;
          co_await Reply(self, Opcode::kPong, std::move(payload));
          if (!self->options_.deliver_pings) continue;
          co_return WebSocketMessage{WebSocketMessage::Kind::kPing, std::move((*item)->payload)};
        }
        case Opcode::kPong:
          if (!self->options_.deliver_pongs) continue;
          co_return WebSocketMessage{WebSocketMessage::Kind::kPong, std::move((*item)->payload)};
        case Opcode::kClose: {
          const std::uint16_t code = (*item)->close_code;
          std::string payload;
          if (code != Code(WebSocketCloseCode::kNoStatus)) payload = ClosePayload(code, "");
          co_await End(self, code, std::move(payload));
          co_return tl::unexpected<Error>(self->OverError());
        }
        case Opcode::kBinary:
          co_return WebSocketMessage{WebSocketMessage::Kind::kBinary, std::move((*item)->payload)};
        default:
          co_return WebSocketMessage{WebSocketMessage::Kind::kText, std::move((*item)->payload)};
      }
    }
    // Idle: nothing is held but this frame and the waits below it.
    self->receiving_ = true;
    Status readable = co_await self->stream_->WaitReadable();
    self->receiving_ = false;
    if (!readable) {
      if (readable.error().code != Errc::kExpired) self->Break();
      co_return Forward(readable);
    }
    self->input_.resize(self->decoder_.missing() > kSmallRead ? kLargeRead : kSmallRead);
    const std::span<char> into(self->input_.data(), self->input_.size());
    self->receiving_ = true;
    auto n = co_await self->stream_->ReadSome(into);
    self->receiving_ = false;
    self->input_.resize(n ? *n : 0);
    if (!n && n.error().code == Errc::kExpired) co_return Forward(n);
    if (!n || *n == 0) {
      self->Break();
      if (!n) co_return Forward(n);
      co_return tl::unexpected<Error>(self->OverError());
    }
  }
}

WebSocket::WebSocket(std::shared_ptr<Stream> stream, std::string already_read, Role role, Clock& clock, Random& random,
                     const Options& options)
    : impl_(std::make_shared<Impl>(std::move(stream), std::move(already_read), role, clock, random, options)) {}

WebSocket::~WebSocket() { impl_->Leave(); }

asio::awaitable<Result<WebSocketMessage>> WebSocket::Receive() { return Impl::Receive(impl_); }

asio::awaitable<Status> WebSocket::SendText(std::string payload) {
  return Impl::Send(impl_, Opcode::kText, std::move(payload));
}

asio::awaitable<Status> WebSocket::SendBinary(std::string payload) {
  return Impl::Send(impl_, Opcode::kBinary, std::move(payload));
}

asio::awaitable<Status> WebSocket::Ping(std::string payload) {
  payload.resize(std::min(payload.size(), net_internal::kMaxControlPayload));
  return Impl::Send(impl_, Opcode::kPing, std::move(payload));
}

asio::awaitable<Status> WebSocket::Close(WebSocketCloseCode code, std::string reason) {
  return Impl::Send(impl_, Opcode::kClose, ClosePayload(Code(code), reason));
}

void WebSocket::Abort() noexcept { impl_->Break(); }

void WebSocket::SetReceiveDeadline(SteadyTime when) { impl_->stream_->SetReadDeadline(when); }
std::uint16_t WebSocket::close_code() const noexcept { return impl_->close_code_; }
bool WebSocket::open() const noexcept { return !impl_->over_ && !impl_->close_sent_; }
std::uint64_t WebSocket::frames_received() const noexcept { return impl_->decoder_.frames(); }
const Peer& WebSocket::peer() const noexcept { return impl_->stream_->peer(); }
asio::any_io_executor WebSocket::executor() const { return impl_->stream_->executor(); }

}  // namespace assist
