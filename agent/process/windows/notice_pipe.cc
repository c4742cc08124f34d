#include "agent/process/windows/notice_pipe.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/windows/overlapped_ptr.hpp>
#include <boost/asio/windows/stream_handle.hpp>
#include <utility>

#include "agent/supervisor/windows/object_name.h"
#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/security.h"

namespace assist::agent::process {
namespace {

// So many supervisors can write at the same moment; more wait for a tenth of a second, then give up: a notice may get
// lost, and the agent looks from time to time.
constexpr int kListeners = 8;
constexpr DWORD kPipeBytes = 4096;
constexpr unsigned kOwnerOnly = 0600;

}  // namespace

/// One instance of the pipe: waits for a supervisor, reads until it goes, waits for the next.
struct NoticePipe::Listener : std::enable_shared_from_this<Listener> {
  Listener(asio::any_io_executor executor_, HANDLE pipe_, Told told_)
      : executor(std::move(executor_)), pipe(executor, pipe_), told(std::move(told_)) {}

  void Listen() {
    have = 0;
    asio::windows::overlapped_ptr waiting(
        executor, [self = shared_from_this()](boost::system::error_code error, std::size_t /*size*/) {
          if (self->closed || error == asio::error::operation_aborted) return;
          self->Read();
        });
    if (::ConnectNamedPipe(pipe.native_handle(), waiting.get()) != 0 || ::GetLastError() == ERROR_IO_PENDING) {
      waiting.release();  // the answer comes
      return;
    }
    // ERROR_PIPE_CONNECTED: it came before; ERROR_NO_DATA: it has gone already, what it wrote is there. All else shows
    // when it is read.
    waiting.complete(boost::system::error_code(), 0);
  }

  void Read() {
    pipe.async_read_some(asio::buffer(buffer.data() + have, buffer.size() - have),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                           if (self->closed || error == asio::error::operation_aborted) return;
                           self->have += size;
                           if (!error && self->have < self->buffer.size()) return self->Read();
                           if (self->have > 0) self->told(std::string_view(self->buffer.data(), self->have));
                           ::DisconnectNamedPipe(self->pipe.native_handle());
                           self->Listen();
                         });
  }

  void Close() {
    closed = true;
    boost::system::error_code ignored;
    pipe.close(ignored);
  }

  asio::any_io_executor executor;
  asio::windows::basic_stream_handle<asio::any_io_executor> pipe;
  Told told;
  std::array<char, 64> buffer{};
  std::size_t have = 0;
  bool closed = false;
};

NoticePipe::NoticePipe(std::vector<std::shared_ptr<Listener>> listeners) : listeners_(std::move(listeners)) {
  for (const auto& listener : listeners_) listener->Listen();
}

NoticePipe::~NoticePipe() {
  for (const auto& listener : listeners_) listener->Close();
}

Result<std::unique_ptr<NoticePipe>> NoticePipe::Make(const std::string& path, asio::any_io_executor executor,
                                                     Told told) {
  Result<std::string> name = supervisor::RandomObjectName();
  if (!name) return Forward(name);
  Result<PrivateSecurity> security = PrivateSecurity::Make();
  if (!security) return Forward(security);
  const std::wstring pipe_name = supervisor::NoticePipeName(*name);
  std::vector<std::shared_ptr<Listener>> listeners;
  for (int i = 0; i < kListeners; ++i) {
    const DWORD first = i == 0 ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0;
    const HANDLE pipe = ::CreateNamedPipeW(pipe_name.c_str(), PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | first,
                                           PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                                           kListeners, 0, kPipeBytes, 0, security->get());
    if (pipe == INVALID_HANDLE_VALUE) {
      return tl::unexpected<Error>(WindowsError(::GetLastError(), "make", "the pipe of notices"));
    }
    listeners.push_back(std::make_shared<Listener>(executor, pipe, told));
  }
  Status written = WriteFileAtomically(path, *name, kOwnerOnly);
  if (!written) return Forward(written);
  return std::unique_ptr<NoticePipe>(new NoticePipe(std::move(listeners)));
}

}  // namespace assist::agent::process
