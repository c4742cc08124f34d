#include "agent/supervisor/spec.h"

#include "agent/record/bytes.h"
#include "agent/record/frame.h"

namespace assist::agent::supervisor {
namespace {

// A spec that says another version is not understood; the frame's type is the version.
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kClientVersion = 2;   // the same, of a client
constexpr std::uint8_t kBudgetVersion = 3;   // with budgets: whether it is a client, and they, stand behind the rest
constexpr std::uint8_t kConsoleVersion = 4;  // and behind those the console's code page
constexpr std::uint8_t kLogonVersion = 5;    // and the account to log on
constexpr std::size_t kMaxSpec = 4 << 20;
constexpr std::uint32_t kMaxTail = 64 * 1024;

void PutList(record::ByteWriter& writer, const std::vector<std::string>& texts) {
  writer.U32(static_cast<std::uint32_t>(texts.size()));
  for (const auto& text : texts) writer.Text(text);
}

std::vector<std::string> GetList(record::ByteReader& reader) {
  std::vector<std::string> texts;
  const std::uint32_t count = reader.U32();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) texts.emplace_back(reader.Text());
  return texts;
}

}  // namespace

std::string EncodeSpec(const Spec& spec) {
  record::ByteWriter writer;
  writer.U32(static_cast<std::uint32_t>(spec.attempts.size()));
  for (const auto& attempt : spec.attempts) PutList(writer, attempt);
  writer.Text(spec.working_directory);
  PutList(writer, spec.environment);
  writer.U8(spec.run_as ? 1 : 0);
  if (spec.run_as) {
    writer.U32(spec.run_as->user);
    writer.U32(spec.run_as->group);
    writer.U32(static_cast<std::uint32_t>(spec.run_as->groups.size()));
    for (const auto group : spec.run_as->groups) writer.U32(group);
  }
  writer.I64(spec.timeout.count());
  writer.U8(static_cast<std::uint8_t>(spec.on_timeout));
  writer.Text(spec.boot_id);
  writer.U64(spec.cap_bytes);
  writer.U32(spec.tail_bytes);
  writer.Text(spec.notify_path);
  writer.U64(spec.ticket);
  const bool console = spec.console_code_page != 0;
  if (!spec.budgets.any() && !console && !spec.logon) {
    return record::EncodeFrame(spec.client ? kClientVersion : kVersion, writer.bytes());
  }
  writer.U8(spec.client ? 1 : 0);
  writer.U64(spec.budgets.cpu_seconds);
  writer.U64(spec.budgets.memory_bytes);
  writer.U64(spec.budgets.processes);
  writer.U64(spec.budgets.output_bytes);
  if (!console && !spec.logon) return record::EncodeFrame(kBudgetVersion, writer.bytes());
  writer.U32(spec.console_code_page);
  if (!spec.logon) return record::EncodeFrame(kConsoleVersion, writer.bytes());
  writer.Text(spec.logon->account);
  writer.Text(spec.logon->password_name);
  writer.Text(spec.logon->password_folder);
  writer.Text(spec.logon->script);
  return record::EncodeFrame(kLogonVersion, writer.bytes());
}

Result<Spec> DecodeSpec(std::string_view bytes) {
  record::Frame frame;
  if (record::DecodeFrame(bytes, kMaxSpec, frame) != record::FrameState::kWhole || frame.size() != bytes.size()) {
    return Fail(Errc::kInvalid, "the spec is truncated or damaged");
  }
  if (frame.type < kVersion || frame.type > kLogonVersion) {
    return Fail(Errc::kInvalid, "the spec is of another version");
  }
  record::ByteReader reader(frame.payload);
  Spec spec;
  spec.client = frame.type == kClientVersion;
  const std::uint32_t attempts = reader.U32();
  for (std::uint32_t i = 0; i < attempts && reader.ok(); ++i) spec.attempts.push_back(GetList(reader));
  spec.working_directory = reader.Text();
  spec.environment = GetList(reader);
  if (reader.U8() != 0) {
    RunAs run_as;
    run_as.user = reader.U32();
    run_as.group = reader.U32();
    const std::uint32_t groups = reader.U32();
    for (std::uint32_t i = 0; i < groups && reader.ok(); ++i) run_as.groups.push_back(reader.U32());
    spec.run_as = std::move(run_as);
  }
  spec.timeout = std::chrono::seconds(reader.I64());
  const std::uint8_t mode = reader.U8();
  spec.boot_id = reader.Text();
  spec.cap_bytes = reader.U64();
  spec.tail_bytes = reader.U32();
  spec.notify_path = reader.Text();
  spec.ticket = reader.U64();
  if (frame.type >= kBudgetVersion) {
    spec.client = reader.U8() != 0;
    spec.budgets.cpu_seconds = reader.U64();
    spec.budgets.memory_bytes = reader.U64();
    spec.budgets.processes = reader.U64();
    spec.budgets.output_bytes = reader.U64();
    if (frame.type >= kConsoleVersion) spec.console_code_page = reader.U32();
    if (frame.type == kLogonVersion) {
      WindowsLogon& logon = spec.logon.emplace();
      logon.account = reader.Text();
      logon.password_name = reader.Text();
      logon.password_folder = reader.Text();
      logon.script = reader.Text();
    }
  }
  if (!reader.ok() || reader.left() != 0) return Fail(Errc::kInvalid, "the spec is truncated");
  if (mode != 1 && mode != 2) return Fail(Errc::kInvalid, "the spec names an unknown termination mode");
  spec.on_timeout = static_cast<TerminationMode>(mode);
  if (spec.attempts.empty() || spec.tail_bytes > kMaxTail) return Fail(Errc::kInvalid, "the spec makes no sense");
  for (const auto& attempt : spec.attempts) {
    if (attempt.empty() || attempt[0].empty()) return Fail(Errc::kInvalid, "the spec names no program");
  }
  return spec;
}

}  // namespace assist::agent::supervisor
