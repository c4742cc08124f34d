#include "agent/supervisor/program/windows/output_pipe.h"

#include <string>
#include <utility>

#include "agent/supervisor/windows/object_name.h"
#include "common/windows/security.h"

namespace assist::agent::supervisor {
namespace {

constexpr DWORD kPipeBytes = 64 * 1024;  // that a script may write before it has to wait for us

}  // namespace

std::unique_ptr<OutputPipe> OutputPipe::Make(UniqueHandle& write) {
  // Anonymous pipes cannot be read without blocking; a named one with one instance, taken at once, can.
  Result<std::string> random = RandomObjectName();
  Result<PrivateSecurity> security = PrivateSecurity::Make();
  if (!random || !security) {
    ::SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return nullptr;
  }
  const std::wstring name = NoticePipeName(*random) + L"-output";
  UniqueHandle read(::CreateNamedPipeW(name.c_str(),
                                       PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                       PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1,
                                       0, kPipeBytes, 0, security->get()));
  if (!read) return nullptr;
  SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  write.Reset(::CreateFileW(name.c_str(), GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, &inherited, OPEN_EXISTING,
                            FILE_ATTRIBUTE_NORMAL, nullptr));
  UniqueHandle ready(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!write || !ready) return nullptr;
  return std::unique_ptr<OutputPipe>(new OutputPipe(std::move(read), std::move(ready)));
}

OutputPipe::OutputPipe(UniqueHandle read, UniqueHandle ready) : pipe_(std::move(read)), ready_(std::move(ready)) {}

OutputPipe::~OutputPipe() {
  if (!pending_) return;
  DWORD ignored = 0;
  ::CancelIo(pipe_.get());
  ::GetOverlappedResult(pipe_.get(), &under_way_, &ignored, TRUE);  // the buffer is the system's until then
}

OutputPipe::Got OutputPipe::Read(std::string_view& bytes) {
  if (!pending_) {
    under_way_ = {};
    under_way_.hEvent = ready_.get();
    if (::ReadFile(pipe_.get(), buffer_.data(), kPiece, nullptr, &under_way_) == 0 &&
        ::GetLastError() != ERROR_IO_PENDING) {
      return Got::kEnd;
    }
    pending_ = true;
  }
  DWORD got = 0;
  if (::GetOverlappedResult(pipe_.get(), &under_way_, &got, FALSE) == 0) {
    if (::GetLastError() == ERROR_IO_INCOMPLETE) return Got::kNothing;
    pending_ = false;
    return Got::kEnd;
  }
  pending_ = false;
  bytes = std::string_view(buffer_.data(), got);
  return Got::kBytes;
}

std::size_t OutputPipe::Waiting() {
  std::size_t waiting = 0;
  DWORD count = 0;
  if (pending_ && ::GetOverlappedResult(pipe_.get(), &under_way_, &count, FALSE) != 0) waiting += count;
  count = 0;
  if (::PeekNamedPipe(pipe_.get(), nullptr, 0, nullptr, &count, nullptr) != 0) waiting += count;
  return waiting;
}

}  // namespace assist::agent::supervisor
