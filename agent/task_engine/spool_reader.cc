#include "agent/task_engine/spool_reader.h"

#include <algorithm>

#include "agent/record/frame.h"
#include "agent/supervisor/spool.h"

namespace assist::agent::task_engine {
namespace {

// Holds at least one whole frame.
constexpr std::size_t kBlock = supervisor::kMaxFramePayload + record::kFrameHeaderBytes;

}  // namespace

SpoolReader::Place SpoolReader::Start() { return {supervisor::kHeadBytes, 0, 0}; }

asio::awaitable<Result<SpoolReader::Chunk>> SpoolReader::Read(std::size_t max) {
  Chunk chunk;
  next_ = at_;
  for (;;) {
    const std::size_t wanted =
        std::max(kBlock, std::min<std::size_t>(2 * kBlock, max - std::min(max, chunk.bytes.size())));
    auto block = co_await disk_.Read(path_, next_.position, wanted);
    if (!block) co_return Forward(block);
    std::string_view rest = *block;
    std::size_t frames = 0;
    supervisor::Frame frame;
    while (supervisor::DecodeFrame(rest, frame) == supervisor::FrameState::kWhole) {
      ++frames;
      const bool gap = frame.type == supervisor::FrameType::kGap;
      const std::size_t fresh = gap ? 0 : frame.payload.size() - std::min(next_.skip, frame.payload.size());
      if (!chunk.bytes.empty() && (gap || chunk.bytes.size() + fresh > max)) {
        chunk.more = true;
        chunk.end = next_.offset;
        co_return chunk;
      }
      if (!gap) chunk.bytes.append(frame.payload.substr(frame.payload.size() - fresh));
      next_.position += frame.size;
      next_.offset += fresh;
      next_.skip = 0;
      rest.remove_prefix(frame.size);
    }
    if (frames == 0) break;
  }
  chunk.end = next_.offset;
  co_return chunk;
}

void SpoolReader::Advance() { at_ = next_; }

asio::awaitable<Status> SpoolReader::Seek(std::uint64_t offset) {
  if (offset < at_.offset) at_ = Start();
  while (at_.offset < offset) {
    auto block = co_await disk_.Read(path_, at_.position, kBlock);
    if (!block) co_return Forward(block);
    std::string_view rest = *block;
    supervisor::Frame frame;
    std::size_t frames = 0;
    while (at_.offset < offset && supervisor::DecodeFrame(rest, frame) == supervisor::FrameState::kWhole) {
      ++frames;
      const std::size_t payload = frame.type == supervisor::FrameType::kGap
                                      ? 0
                                      : frame.payload.size() - std::min(at_.skip, frame.payload.size());
      const std::uint64_t wanted = offset - at_.offset;
      if (wanted < payload) {
        at_.skip += static_cast<std::size_t>(wanted);
        at_.offset = offset;
        co_return Status();
      }
      at_.offset += payload;
      at_.position += frame.size;
      at_.skip = 0;
      rest.remove_prefix(frame.size);
    }
    if (frames == 0) break;
  }
  co_return Status();
}

}  // namespace assist::agent::task_engine
