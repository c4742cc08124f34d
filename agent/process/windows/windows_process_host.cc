#include "agent/process/windows/windows_process_host.h"

#include <algorithm>
#include <boost/asio/windows/object_handle.hpp>
#include <map>
#include <utility>

#include "agent/passwords/password_store.h"
#include "agent/passwords/patient_logon.h"
#include "agent/process/agent_variables.h"
#include "agent/process/windows/machine.h"
#include "agent/process/windows/notice_pipe.h"
#include "agent/supervisor/spec.h"
#include "agent/supervisor/windows/object_name.h"
#include "agent/supervisor/windows/spool_lock.h"
#include "agent/supervisor/windows_command_line.h"
#include "common/windows/error.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"

namespace assist::agent::process {
namespace {

constexpr const char* kEvents = "run/events";
constexpr std::size_t kMaxTickets = 4096;  ///< More at once: look at every task.

std::wstring SystemFolder() {
  std::wstring folder(MAX_PATH, L'\0');
  folder.resize(::GetSystemDirectoryW(folder.data(), MAX_PATH));
  return folder;
}

/// A name may be a domain's, and a share is another machine's.
bool AsksFarAway(const Needs& needs) {
  const auto is_slash = [](char c) { return c == '/' || c == '\\'; };
  const std::string& folder = needs.folder;
  return !needs.account.empty() || (folder.size() > 1 && is_slash(folder[0]) && is_slash(folder[1]));
}

/// Nothing of ours open, a console of its own without a window (program/windows/main.cc says what for), out of the job
/// that the agent may be in where that lets it go, so that it outlives what ends with the job. It stands in the
/// system's folder: what somebody stands in cannot be removed.
Result<UniqueHandle> Spawn(const std::string& program, const std::string& folder) {
  const std::wstring path = WidePath(program);
  const std::wstring stand = SystemFolder();
  std::wstring environment = ToWide(supervisor::WindowsEnvironmentBlock(SupervisorEnvironment()));
  constexpr DWORD kFlags = CREATE_NO_WINDOW | CREATE_DEFAULT_ERROR_MODE | CREATE_UNICODE_ENVIRONMENT;
  DWORD error = ERROR_SUCCESS;
  for (const DWORD more : {DWORD{CREATE_BREAKAWAY_FROM_JOB}, DWORD{0}}) {
    std::wstring line = ToWide(supervisor::WindowsCommandLine({program, folder}));
    STARTUPINFOW start{};
    start.cb = sizeof start;
    PROCESS_INFORMATION made{};
    if (::CreateProcessW(path.c_str(), line.data(), nullptr, nullptr, FALSE, kFlags | more, environment.data(),
                         stand.c_str(), &start, &made) != 0) {
      ::CloseHandle(made.hThread);
      return UniqueHandle(made.hProcess);
    }
    error = ::GetLastError();
    if (error != ERROR_ACCESS_DENIED) break;
  }
  return tl::unexpected<Error>(WindowsError(error, "start", program));
}

}  // namespace

struct WindowsProcessHost::State : std::enable_shared_from_this<State> {
  using Process = asio::windows::basic_object_handle<asio::any_io_executor>;
  struct Started {
    std::string folder;
    std::unique_ptr<Process> process;
  };

  State(Options options_, asio::any_io_executor executor_, Pools pools_, Log& log_)
      : options(std::move(options_)), executor(executor_), pools(pools_), log(log_), changed(std::move(executor_)) {}

  /// Tickets are written whole, eight bytes each; anything else was not written by a supervisor.
  void TakeNotices(std::string_view bytes) {
    if (bytes.size() % 8 != 0) waiting.any = true;
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t ticket = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        ticket |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
      }
      if (waiting.any || std::find(waiting.tickets.begin(), waiting.tickets.end(), ticket) != waiting.tickets.end()) {
        continue;
      }
      if (waiting.tickets.size() >= kMaxTickets) waiting.any = true;
      waiting.tickets.push_back(ticket);
    }
    changed.Set();
  }

  void Watch(UniqueHandle handle, std::string folder) {
    const std::uint64_t number = next++;
    auto process = std::make_unique<Process>(executor, handle.Release());
    Process& watched = *process;
    started.emplace(number, Started{std::move(folder), std::move(process)});
    watched.async_wait([self = shared_from_this(), number](boost::system::error_code error) {
      if (!self->closed && !error) self->Ended(number);
    });
  }

  void Ended(std::uint64_t number) {
    const auto found = started.find(number);
    if (found == started.end()) return;
    DWORD code = 0;
    ::GetExitCodeProcess(found->second.process->native_handle(), &code);
    // A supervisor that ended as it should has told so itself; after any other end every task is looked at.
    if (code != 0) {
      log.Warn("supervisor.ended", {{"folder", found->second.folder}, {"exit", static_cast<std::int64_t>(code)}});
      waiting.any = true;
      changed.Set();
    }
    started.erase(found);
  }

  [[nodiscard]] bool StartedAndAlive(const std::string& folder) const {
    return std::any_of(started.begin(), started.end(), [&](const auto& each) {
      return each.second.folder == folder &&
             ::WaitForSingleObject(each.second.process->native_handle(), 0) != WAIT_OBJECT_0;
    });
  }

  const Options options;
  std::string boot_id;
  asio::any_io_executor executor;
  Pools pools;
  Log& log;
  Event changed;
  Changes waiting;
  const std::shared_ptr<passwords::PatientLogon> logon = std::make_shared<passwords::PatientLogon>();
  std::uint64_t next = 0;
  std::map<std::uint64_t, Started> started;  // supervisors of this process whose end was not heard of
  bool closed = false;
  std::unique_ptr<NoticePipe> notices;  // first to go
};

WindowsProcessHost::WindowsProcessHost(std::shared_ptr<State> state) : state_(std::move(state)) {}

WindowsProcessHost::~WindowsProcessHost() {
  state_->closed = true;
  state_->notices.reset();
  state_->started.clear();
}

Result<std::unique_ptr<WindowsProcessHost>> WindowsProcessHost::Make(Options options, asio::any_io_executor executor,
                                                                     Pools pools, Log& log) {
  if (options.root.find('%') != std::string::npos) {
    return Fail(Errc::kInvalid, "the agent's folder " + options.root +
                                    " has a percent sign in its name, which cmd takes for a variable: choose another");
  }
  Result<std::string> boot_id = FindBootId();
  if (!boot_id) return Forward(boot_id);
  const std::string events = options.root + "/" + kEvents;
  auto state = std::make_shared<State>(std::move(options), executor, pools, log);
  state->boot_id = std::move(*boot_id);
  Result<std::unique_ptr<NoticePipe>> notices =
      NoticePipe::Make(events, std::move(executor), [weak = std::weak_ptr<State>(state)](std::string_view bytes) {
        if (const auto self = weak.lock()) self->TakeNotices(bytes);
      });
  if (!notices) return Forward(notices);
  state->notices = std::move(*notices);
  return std::unique_ptr<WindowsProcessHost>(new WindowsProcessHost(std::move(state)));
}

std::string WindowsProcessHost::boot_id() const { return state_->boot_id; }

bool WindowsProcessHost::prefers_pwsh() const noexcept { return state_->options.prefers_pwsh; }

asio::awaitable<Result<Found>> WindowsProcessHost::Find(Needs needs) {
  BlockingPool& pool = AsksFarAway(needs) ? state_->pools.far_away : state_->pools.files;
  auto work = [needs = std::move(needs), folder = Absolute(std::string(passwords::kFolder)), logon = state_->logon] {
    return FindNow(needs, folder, *logon);
  };
  co_return co_await pool.Run(std::move(work));
}

std::vector<std::string> WindowsProcessHost::environment() const {
  std::vector<std::string> environment = ScriptEnvironment();
  AddAgentVariables(WindowsPath(state_->options.agent), WindowsPath(state_->options.root), environment);
  return environment;
}

std::optional<std::string> WindowsProcessHost::ToConsole(std::string_view text) const {
  return ToCodePage(::GetOEMCP(), text);
}

std::string WindowsProcessHost::Absolute(const std::string& relative) const {
  return state_->options.root + "/" + relative;
}

std::string WindowsProcessHost::notify_path() const { return Absolute(kEvents); }

asio::awaitable<Status> WindowsProcessHost::StartSupervisor(std::string folder) {
  // In this thread: the pool may be waiting for a disk.
  Result<UniqueHandle> process = Spawn(state_->options.supervisor, Absolute(folder));
  if (!process) co_return Forward(process);
  state_->Watch(std::move(*process), std::move(folder));
  co_return Status();
}

asio::awaitable<Result<bool>> WindowsProcessHost::LockHeld(std::string folder) {
  if (state_->StartedAndAlive(folder)) co_return true;
  auto work = [path = Absolute(folder) + "/" + std::string(supervisor::kSpoolFile)] {
    return supervisor::SpoolIsLocked(path);
  };
  co_return co_await state_->pools.files.Run(std::move(work));
}

asio::awaitable<Status> WindowsProcessHost::RequestStop(std::string folder, StopMode mode) {
  auto work = [path = Absolute(folder) + "/" + std::string(supervisor::kControlFile), mode]() -> Status {
    Result<std::string> name = supervisor::ReadObjectName(path);
    if (!name && name.error().code == Errc::kNotFound) return Fail(Errc::kUnavailable, "nobody listens at " + path);
    if (!name) return Forward(name);
    const std::wstring wish =
        mode == StopMode::kTree ? supervisor::TreeEventName(*name) : supervisor::ProcessEventName(*name);
    const UniqueHandle event(::OpenEventW(EVENT_MODIFY_STATE, FALSE, wish.c_str()));
    if (!event) {
      const DWORD error = ::GetLastError();
      if (error == ERROR_FILE_NOT_FOUND) return Fail(Errc::kUnavailable, "nobody listens at " + path);
      return tl::unexpected<Error>(WindowsError(error, "open the event named in", path));
    }
    if (::SetEvent(event.get()) == 0) {
      return tl::unexpected<Error>(WindowsError(::GetLastError(), "set the event named in", path));
    }
    return {};
  };
  co_return co_await state_->pools.files.Run(std::move(work));
}

Event& WindowsProcessHost::changed() { return state_->changed; }

ProcessHost::Changes WindowsProcessHost::TakeChanged() {
  state_->changed.Reset();
  return std::exchange(state_->waiting, {});
}

}  // namespace assist::agent::process
