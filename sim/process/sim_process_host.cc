#include "sim/process/sim_process_host.h"

#include <algorithm>

#include "common/async/completion.h"

namespace assist::sim::process {

SimProcessHost::SimProcessHost(Options options, Supervisors& supervisors, std::shared_ptr<world::Process> process)
    : options_(options),
      supervisors_(supervisors),
      process_(std::move(process)),
      lane_(process_->NewLane("processes")),
      dice_(process_->world().seed(), "processes" + std::to_string(process_->id())),
      changed_(process_->main()->executor()) {
  supervisors_.NoticesTo([this](std::uint64_t ticket) {
    if (dice_.OnceIn(options_.lose_notice_once_in)) return;
    const auto delay = std::chrono::microseconds(dice_.Between(0, options_.max_delay.count()));
    process_->world().After(delay, process_->main(), [this, ticket] {
      tickets_.push_back(ticket);
      changed_.Set();
    });
  });
}

SimProcessHost::~SimProcessHost() { supervisors_.NoticesTo({}); }

asio::awaitable<void> SimProcessHost::Pause() {
  UniqueFunction<void(Completion<>)> start = [this](Completion<> done) {
    const auto delay = std::chrono::microseconds(dice_.Between(0, options_.max_delay.count()));
    process_->world().After(delay, lane_, [done = std::move(done)]() mutable { done(); });
  };
  return Await<>(std::move(start));
}

std::string SimProcessHost::boot_id() const { return supervisors_.site().machine.boot_id(); }

asio::awaitable<Result<agent::process::Found>> SimProcessHost::Find(agent::process::Needs needs) {
  co_await Pause();
  const std::string& name = needs.account;
  if (!name.empty() && name != "operator") co_return Fail(Errc::kNotFound, "no such account: " + name);
  agent::process::Found found;
  agent::process::Account& account = found.account;
  account.name = name.empty() ? "root" : name;
  account.user = name.empty() ? 0 : 1000;
  account.group = account.user;
  account.groups.push_back(account.group);
  account.home = "/home/" + account.name;
  account.own = name.empty();
  const std::string& folder = needs.folder.empty() ? account.home : needs.folder;
  found.folder = folder.starts_with("/home/") || folder == "/";
  for (const auto& program : needs.programs) {
    if (found.program.empty() && (program == "/bin/sh" || program == "/bin/bash")) found.program = program;
  }
  co_await Pause();
  co_return found;
}

std::vector<std::string> SimProcessHost::environment() const {
  return std::vector<std::string>(1, "PATH=/usr/local/bin:/usr/bin:/bin");
}

std::string SimProcessHost::Absolute(const std::string& relative) const { return supervisors_.site().root + relative; }
std::string SimProcessHost::notify_path() const { return Absolute("notify"); }

asio::awaitable<Status> SimProcessHost::StartSupervisor(std::string folder) {
  co_await Pause();
  if (dice_.OnceIn(options_.fail_start_once_in)) co_return Fail(Errc::kUnavailable, "no more processes");
  const std::uint64_t id = supervisors_.Start(folder);
  started_[folder].push_back(id);
  co_await Pause();
  co_return Status{};
}

asio::awaitable<Result<bool>> SimProcessHost::LockHeld(std::string folder) {
  co_await Pause();
  bool held = supervisors_.LockHeld(folder);
  if (const auto mine = started_.find(folder); mine != started_.end()) {
    held = held || std::any_of(mine->second.begin(), mine->second.end(),
                               [this](std::uint64_t id) { return supervisors_.Alive(id); });
  }
  co_return held;
}

asio::awaitable<Status> SimProcessHost::RequestStop(std::string folder, agent::process::StopMode mode) {
  co_await Pause();
  if (!supervisors_.RequestStop(folder, mode == agent::process::StopMode::kTree)) {
    co_return Fail(Errc::kUnavailable, "nobody listens");
  }
  co_await Pause();
  co_return Status{};
}

agent::process::ProcessHost::Changes SimProcessHost::TakeChanged() {
  Changes changes;
  changes.tickets = std::move(tickets_);
  tickets_.clear();
  changed_.Reset();
  return changes;
}

}  // namespace assist::sim::process
