#include "agent/supervisor/client_word.h"

#include "agent/record/bytes.h"
#include "agent/record/frame.h"

namespace assist::agent::supervisor {
namespace {

constexpr std::uint8_t kWord = 1;
constexpr std::size_t kMaxMessage = 1000;

}  // namespace

std::string EncodeClientWord(const ClientWord& word) {
  record::ByteWriter writer;
  writer.U32(static_cast<std::uint32_t>(word.code));
  writer.Text(std::string_view(word.message).substr(0, kMaxMessage));
  return record::EncodeFrame(kWord, writer.bytes());
}

std::optional<ClientWord> DecodeClientWord(std::string_view bytes) {
  record::Frame frame;
  if (record::DecodeFrame(bytes, 2 * kMaxMessage, frame) != record::FrameState::kWhole || frame.type != kWord) {
    return std::nullopt;
  }
  record::ByteReader reader(frame.payload);
  ClientWord word;
  word.code = static_cast<std::int32_t>(reader.U32());
  word.message = reader.Text();
  if (!reader.ok() || word.code > 0 || word.code < kClientUnsure) return std::nullopt;
  return word;
}

}  // namespace assist::agent::supervisor
