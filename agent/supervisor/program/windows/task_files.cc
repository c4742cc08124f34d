#include "agent/supervisor/program/windows/task_files.h"

#include <utility>

#include "agent/supervisor/windows/object_name.h"
#include "agent/supervisor/windows/spool_lock.h"
#include "common/windows/file.h"
#include "common/windows/security.h"

namespace assist::agent::supervisor {
namespace {

constexpr std::size_t kMaxSpecFile = 8 << 20;
constexpr unsigned kOwnerOnly = 0600;
constexpr int kNoticeTries = 3;
constexpr DWORD kNoticePatience = 50;  // ms a try, when every instance of the pipe is taken
constexpr std::string_view kSpool = "the spool";

std::string In(const std::string& folder, std::string_view name) { return folder + "/" + std::string(name); }

}  // namespace

std::optional<Spec> ReadSpec(const std::string& folder) {
  Result<std::string> bytes = ReadFile(In(folder, kSpecFile), kMaxSpecFile);
  if (!bytes) return std::nullopt;
  Result<Spec> spec = DecodeSpec(*bytes);
  if (!spec) return std::nullopt;
  return std::move(*spec);
}

bool SpoolFile::Open(const std::string& folder) {
  OpenHow how;
  how.access = GENERIC_READ | GENERIC_WRITE;
  how.disposition = OPEN_ALWAYS;
  how.is_private = true;
  Result<UniqueHandle> file = OpenFile(In(folder, kSpoolFile), how);
  if (!file || !TakeSpoolLock(file->get())) return false;
  file_ = std::move(*file);
  return true;
}

bool SpoolFile::HasStarted() const {
  const Result<std::string> bytes = ReadAt(file_.get(), kHeadBytes, 0, kSpool);
  if (!bytes) return true;
  const Head head = DecodeHead(*bytes);
  return head.start.has_value() || head.damaged;
}

bool SpoolFile::WriteHead(const StartMark& mark) {
  if (WriteAt(file_.get(), EncodeHead(mark), 0, kSpool)) return true;
  (void)Resize(file_.get(), 0, kSpool);
  return false;
}

bool SpoolFile::WriteExit(const ExitRecord& record) {
  return WriteAt(file_.get(), EncodeExit(record), kExitSlot, kSpool).has_value();
}

void SpoolFile::NoteFirstOutput(SystemTime when) {
  (void)WriteAt(file_.get(), EncodeFirstOutput(when), kOutputSlot, kSpool);
}

bool SpoolFile::Append(std::uint64_t gap, std::string_view first, std::string_view second) {
  std::string frames;
  if (gap > 0) frames = EncodeGap(gap);
  for (const std::string_view text : {first, second}) {
    if (!text.empty()) frames.append(EncodeOutputHeader(text)).append(text);
  }
  if (frames.empty()) return true;
  if (!WriteAt(file_.get(), frames, end_, kSpool)) {
    (void)Resize(file_.get(), end_, kSpool);
    return false;
  }
  end_ += frames.size();
  return true;
}

std::optional<Control> OpenControl(const std::string& folder) {
  const Result<std::string> name = RandomObjectName();
  Result<PrivateSecurity> security = PrivateSecurity::Make();
  if (!name || !security) return std::nullopt;
  Control control;
  control.wishes[0].Reset(::CreateEventW(security->get(), FALSE, FALSE, TreeEventName(*name).c_str()));
  control.wishes[1].Reset(::CreateEventW(security->get(), FALSE, FALSE, ProcessEventName(*name).c_str()));
  if (!control.wishes[0] || !control.wishes[1]) return std::nullopt;
  if (!WriteFileAtomically(In(folder, kControlFile), *name, kOwnerOnly)) return std::nullopt;
  return control;
}

void SendNotice(const std::string& path, std::uint64_t ticket) {
  if (path.empty()) return;
  const Result<std::string> name = ReadObjectName(path);
  if (!name) return;
  const std::wstring pipe_name = NoticePipeName(*name);
  UniqueHandle pipe;
  for (int tries = 0; !pipe && tries < kNoticeTries; ++tries) {
    // Whoever serves the pipe learns nothing of this account and cannot act as it.
    pipe.Reset(::CreateFileW(pipe_name.c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                             SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, nullptr));
    if (pipe) break;
    if (::GetLastError() != ERROR_PIPE_BUSY) return;
    (void)::WaitNamedPipeW(pipe_name.c_str(), kNoticePatience);
  }
  if (!pipe) return;
  std::array<unsigned char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(ticket >> (8 * i) & 0xff);
  DWORD put = 0;
  (void)::WriteFile(pipe.get(), bytes.data(), static_cast<DWORD>(bytes.size()), &put, nullptr);
}

}  // namespace assist::agent::supervisor
