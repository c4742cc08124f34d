#include "agent/journal/file_reader.h"

#include <algorithm>

#include "agent/record/frame.h"

namespace assist::agent::journal {
namespace {

constexpr std::size_t kWindow = 64 * 1024;

}  // namespace

asio::awaitable<Result<bool>> FileReader::Open() {
  auto size = co_await disk_.Size(path_);
  if (!size) co_return Forward(size);
  file_size_ = *size;
  position_ = kHeaderBytes;
  auto bytes = co_await Window(0, kHeaderBytes);
  if (!bytes) co_return Forward(bytes);
  auto mark = DecodeHeader(*bytes);
  if (!mark) {
    damaged_ = std::max<std::uint64_t>(file_size_, 1);  // an empty file is one, too: it was never synced so
    co_return false;
  }
  mark_ = std::move(*mark);
  co_return true;
}

asio::awaitable<Result<std::string_view>> FileReader::Window(std::uint64_t offset, std::size_t size) {
  const std::uint64_t end = window_offset_ + window_.size();
  if (offset < window_offset_ || offset > end || (offset + size > end && end < file_size_)) {
    const std::size_t wanted = std::max(size, kWindow);
    window_.clear();
    window_offset_ = offset;
    while (window_.size() < wanted && window_offset_ + window_.size() < file_size_) {
      auto more = co_await disk_.Read(path_, window_offset_ + window_.size(), wanted - window_.size());
      if (!more) co_return Forward(more);
      if (more->empty()) break;
      if (window_.empty()) {
        window_ = std::move(*more);
      } else {
        window_ += *more;
      }
    }
  }
  if (offset > window_offset_ + window_.size()) co_return std::string_view();
  co_return std::string_view(window_).substr(static_cast<std::size_t>(offset - window_offset_));
}

asio::awaitable<Result<std::optional<FileReader::Item>>> FileReader::Decode(std::uint64_t offset) {
  std::optional<Item> none;
  auto bytes = co_await Window(offset, kMarkBytes + record::kFrameHeaderBytes);
  if (!bytes) co_return Forward(bytes);
  if (!bytes->starts_with(mark_)) co_return none;
  const std::size_t size = record::FrameSize(bytes->substr(kMarkBytes));
  if (size == 0 || size > record::kFrameHeaderBytes + kMaxPayload) co_return none;
  if (offset + kMarkBytes + size > file_size_) co_return none;
  bytes = co_await Window(offset, kMarkBytes + size);
  if (!bytes) co_return Forward(bytes);
  if (bytes->size() < kMarkBytes + size) co_return none;
  record::Frame frame;
  if (record::DecodeFrame(bytes->substr(kMarkBytes), kMaxPayload, frame) != record::FrameState::kWhole) co_return none;
  auto record = DecodePayload(frame.type, frame.payload);
  if (!record) co_return none;
  std::optional<Item> item(Item{std::move(*record), offset, kMarkBytes + size});
  co_return item;
}

asio::awaitable<Result<std::optional<std::uint64_t>>> FileReader::FindMark(std::uint64_t from) {
  std::optional<std::uint64_t> none;
  while (from + kMarkBytes <= file_size_) {
    auto bytes = co_await Window(from, kMarkBytes);
    if (!bytes) co_return Forward(bytes);
    if (bytes->size() < kMarkBytes) co_return none;
    const std::size_t at = bytes->find(mark_);
    if (at != std::string_view::npos) co_return std::optional<std::uint64_t>(from + at);
    from += bytes->size() - kMarkBytes + 1;
  }
  co_return none;
}

asio::awaitable<Result<std::optional<FileReader::Item>>> FileReader::Next() {
  std::optional<Item> none;
  if (position_ >= file_size_) co_return none;
  std::uint64_t candidate = position_;
  for (;;) {
    auto item = co_await Decode(candidate);
    if (!item) co_return Forward(item);
    if (*item) {
      damaged_ += candidate - position_;
      position_ = candidate + (*item)->size;
      co_return std::move(*item);
    }
    auto next = co_await FindMark(candidate + 1);
    if (!next) co_return Forward(next);
    if (!*next) {
      torn_ = file_size_ - position_;
      position_ = file_size_;
      co_return none;
    }
    candidate = **next;
  }
}

}  // namespace assist::agent::journal
