// Processes for tests: StartSupervisor() is only noted; the test says what the supervisor does, by what it writes into
// the spool (through `spool`), Hold() and Notify(). One executor.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/process/process_host.h"

namespace assist::agent::process {

class FakeProcessHost final : public ProcessHost {
 public:
  explicit FakeProcessHost(asio::any_io_executor executor) : changed_(std::move(executor)) {
    account.name = "tester";
    account.user = 1000;
    account.group = 1000;
    account.home = "/home/tester";
    account.own = true;
    folders = {"/", "/home/tester", "/tmp"};
    programs = {"/bin/sh"};
  }

  // What the machine is like.
  std::string boot = "boot-1";
  Account account;                          ///< The agent's own.
  std::map<std::string, Account> accounts;  ///< Others.
  std::set<std::string> folders;
  std::set<std::string> programs;
  std::vector<std::string> base_environment{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  bool windows = false;
  bool pwsh = false;
  std::size_t start_failures = 0;  ///< So many of the next starts fail.
  bool supervisors_die = false;    ///< A supervisor ends before it takes the lock.
  /// Called in StartSupervisor, with the folder.
  std::function<void(const std::string&)> on_start;

  // What was asked.
  std::vector<std::string> started;
  std::string asked_password;  ///< Name in the last Needs.
  std::vector<std::pair<std::string, StopMode>> stops;
  bool listens = true;  ///< Whether supervisors take stop requests.

  // What supervisors do.
  void TakeLock(const std::string& folder) { locked_.insert(folder); }
  void DropLock(const std::string& folder) { locked_.erase(folder); }
  void Notify(std::uint64_t ticket) {
    changes_.tickets.push_back(ticket);
    changed_.Set();
  }
  void NotifyAll() {
    changes_.any = true;
    changed_.Set();
  }

  [[nodiscard]] std::string boot_id() const override { return boot; }
  [[nodiscard]] bool is_windows() const noexcept override { return windows; }
  [[nodiscard]] bool prefers_pwsh() const noexcept override { return pwsh; }
  asio::awaitable<Result<Found>> Find(Needs needs) override {
    asked_password = needs.password_name;
    Found found;
    found.account = account;
    if (!needs.account.empty() && needs.account != account.name) {
      const auto other = accounts.find(needs.account);
      if (other == accounts.end()) co_return Fail(Errc::kNotFound, "no such user");
      found.account = other->second;
    }
    found.folder = folders.contains(needs.folder.empty() ? found.account.home : needs.folder);
    for (const auto& program : needs.programs) {
      if (found.program.empty() && programs.contains(program)) found.program = program;
    }
    co_return found;
  }
  [[nodiscard]] std::vector<std::string> environment() const override { return base_environment; }
  [[nodiscard]] std::string Absolute(const std::string& relative) const override { return "/state/" + relative; }
  [[nodiscard]] std::string notify_path() const override { return "/state/run/events"; }
  asio::awaitable<Status> StartSupervisor(std::string folder) override {
    if (start_failures > 0) {
      --start_failures;
      co_return Fail(Errc::kUnavailable, "cannot spawn");
    }
    started.push_back(folder);
    if (!supervisors_die) locked_.insert(folder);
    if (on_start) on_start(folder);
    co_return Status();
  }
  asio::awaitable<Result<bool>> LockHeld(std::string folder) override { co_return locked_.contains(folder); }
  asio::awaitable<Status> RequestStop(std::string folder, StopMode mode) override {
    if (!listens || !locked_.contains(folder)) co_return Fail(Errc::kUnavailable, "nobody listens");
    stops.emplace_back(std::move(folder), mode);
    co_return Status();
  }
  [[nodiscard]] Event& changed() override { return changed_; }
  [[nodiscard]] Changes TakeChanged() override {
    changed_.Reset();
    return std::exchange(changes_, {});
  }

 private:
  std::set<std::string> locked_;
  Event changed_;
  Changes changes_;
};

}  // namespace assist::agent::process
