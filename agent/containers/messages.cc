#include "agent/containers/messages.h"

#include "agent/record/bytes.h"
#include "agent/record/frame.h"

namespace assist::agent::containers {
namespace {

// The frame's type is the version.
constexpr std::uint8_t kOrder = 1;
constexpr std::uint8_t kAnswer = 1;
constexpr std::size_t kMaxOrder = 8 << 20;
constexpr std::size_t kMaxAnswer = 64 << 10;

void PutTarget(record::ByteWriter& writer, const Target& target) {
  writer.U8(static_cast<std::uint8_t>(target.runtime));
  writer.Text(target.socket);
  writer.Text(target.id);
}

bool GetTarget(record::ByteReader& reader, Target& target) {
  const std::uint8_t runtime = reader.U8();
  target.runtime = static_cast<Runtime>(runtime);
  target.socket = reader.Text();
  target.id = reader.Text();
  return reader.ok() && (runtime == 1 || runtime == 2);
}

Result<record::ByteReader> Open(std::string_view bytes, std::size_t limit, std::uint8_t type) {
  record::Frame frame;
  if (record::DecodeFrame(bytes, limit, frame) != record::FrameState::kWhole || frame.size() != bytes.size()) {
    return Fail(Errc::kInvalid, "truncated or damaged");
  }
  if (frame.type != type) return Fail(Errc::kInvalid, "of another version");
  return record::ByteReader(frame.payload);
}

}  // namespace

std::string EncodeOrder(const Order& order) {
  record::ByteWriter writer;
  PutTarget(writer, order.target);
  for (const auto* text : {&order.crictl, &order.user, &order.working_directory, &order.script}) writer.Text(*text);
  return record::EncodeFrame(kOrder, writer.bytes());
}

Result<Order> DecodeOrder(std::string_view bytes) {
  Result<record::ByteReader> reader = Open(bytes, kMaxOrder, kOrder);
  if (!reader) return Forward(reader);
  Order order;
  const bool target = GetTarget(*reader, order.target);
  for (auto* text : {&order.crictl, &order.user, &order.working_directory, &order.script}) *text = reader->Text();
  if (!target || !reader->ok() || reader->left() != 0) return Fail(Errc::kInvalid, "the order makes no sense");
  return order;
}

std::string EncodeAnswer(const Outcome<Target>& answer) {
  record::ByteWriter writer;
  writer.U8(answer ? 1 : 0);
  if (answer) {
    PutTarget(writer, *answer);
  } else {
    writer.U8(answer.error().invalid ? 1 : 0);
    writer.Text(answer.error().code);
    writer.Text(answer.error().why);
  }
  return record::EncodeFrame(kAnswer, writer.bytes());
}

Result<Outcome<Target>> DecodeAnswer(std::string_view bytes) {
  Result<record::ByteReader> reader = Open(bytes, kMaxAnswer, kAnswer);
  if (!reader) return Forward(reader);
  if (reader->U8() == 1) {
    Target target;
    if (!GetTarget(*reader, target) || reader->left() != 0) return Fail(Errc::kInvalid, "the answer makes no sense");
    return Outcome<Target>(std::move(target));
  }
  Trouble trouble;
  trouble.invalid = reader->U8() == 1;
  trouble.code = reader->Text();
  trouble.why = reader->Text();
  if (!reader->ok() || reader->left() != 0) return Fail(Errc::kInvalid, "the answer makes no sense");
  return Outcome<Target>(tl::unexpected<Trouble>(std::move(trouble)));
}

}  // namespace assist::agent::containers
