#include "common/net/plain_stream.h"

#include <boost/asio/buffer.hpp>

namespace assist::net_internal {
namespace {

bool WouldBlock(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

asio::awaitable<Result<std::size_t>> PlainStream::ReadSome(std::span<char> into) {
  if (core_->NeedsBreath()) co_await core_->Breathe();
  for (;;) {
    boost::system::error_code error;
    const std::size_t n = core_->socket().read_some(asio::buffer(into.data(), into.size()), error);
    if (!error) co_return n;
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error == asio::error::interrupted) continue;
    if (!WouldBlock(error)) co_return tl::unexpected<Error>(core_->Failure(error));
    Status ready = co_await core_->Wait(Direction::kRead, Direction::kRead);
    if (!ready) co_return Forward(ready);
  }
}

asio::awaitable<Status> PlainStream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    boost::system::error_code error;
    const std::size_t n = core_->socket().write_some(asio::buffer(bytes.data(), bytes.size()), error);
    bytes.remove_prefix(n);
    if (!error || error == asio::error::interrupted) continue;
    if (!WouldBlock(error)) co_return tl::unexpected<Error>(core_->Failure(error));
    Status ready = co_await core_->Wait(Direction::kWrite, Direction::kWrite);
    if (!ready) co_return Forward(ready);
  }
  co_return Status();
}

asio::awaitable<Status> PlainStream::ShutdownWrite() {
  boost::system::error_code error;
  core_->socket().shutdown(asio::socket_base::shutdown_send, error);
  if (error) co_return tl::unexpected<Error>(core_->Failure(error));
  co_return Status();
}

asio::awaitable<Result<int>> PlainStream::Peek() {
  for (;;) {
    unsigned char byte = 0;
    boost::system::error_code error;
    const std::size_t n = core_->socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
    if (!error && n == 1) co_return static_cast<int>(byte);
    if (!error || error == asio::error::eof) co_return -1;
    if (error == asio::error::interrupted) continue;
    if (!WouldBlock(error)) co_return tl::unexpected<Error>(core_->Failure(error));
    Status ready = co_await core_->Wait(Direction::kRead, Direction::kRead);
    if (!ready) co_return Forward(ready);
  }
}

bool PlainStream::IsQuiet() noexcept {
  if (core_->closed()) return false;
  unsigned char byte = 0;
  boost::system::error_code error;
  core_->socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  return WouldBlock(error);
}

Result<std::string> PlainStream::KeyingMaterial(std::string_view, std::size_t) const {
  return Fail(Errc::kInvalid, "only a TLS connection has keying material");
}

}  // namespace assist::net_internal
