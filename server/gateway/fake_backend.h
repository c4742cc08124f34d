// Control as the gateway's tests need it: machines, work and reports in memory, answers on demand. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/async/event.h"
#include "server/gateway/gateway.h"

namespace assist::server::gateway {

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(asio::any_io_executor executor) : go_on(std::move(executor)) { go_on.Set(); }

  asio::awaitable<Result<control::RegisterMachineOut>> Register(control::RegisterMachineIn in) override {
    if (!refuse_registration.empty()) co_return Fail(Errc::kDenied, "refused", refuse_registration);
    model::Machine machine;
    machine.key = model::MachineKey{static_cast<std::int64_t>(machines.size()) + 1};
    machine.id = InstanceId("mi-" + std::to_string(machines.size() + 1));
    machine.machine_id = in.machine_id;
    machine.public_key = in.public_key;
    machine.key_type = in.key_type;
    machine.assist_protocol = in.assist_protocol;
    machines.emplace(machine.id.str(), machine);
    registrations.push_back(std::move(in));
    co_return control::RegisterMachineOut{machine.id, moved};
  }
  asio::awaitable<Result<control::DeregisterMachineOut>> Deregister(control::DeregisterMachineIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    machines.erase(in.instance.str());
    co_return control::DeregisterMachineOut{};
  }
  asio::awaitable<Result<control::LoadMachineOut>> LoadMachine(control::LoadMachineIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    control::LoadMachineOut out;
    const auto found = machines.find(in.instance.str());
    if (found != machines.end()) out.machine = found->second;
    co_return out;
  }
  asio::awaitable<Result<control::LoadMachineOut>> LoadMachineAt(control::LoadMachineAtIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    control::LoadMachineOut out;
    const auto found = bound.find(in.address);
    if (found != bound.end()) out.machine = machines.at(found->second);
    co_return out;
  }
  asio::awaitable<Result<control::FetchTasksOut>> FetchTasks(control::FetchTasksIn in) override {
    fetches.push_back(in);
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    control::FetchTasksOut out = work[in.machine.str()];
    work[in.machine.str()] = {};
    co_return out;
  }
  asio::awaitable<Result<control::LookUpPackageOut>> LookUpPackage(control::LookUpPackageIn in) override {
    lookups.push_back(std::move(in));
    if (hold_lookups) co_await go_on.Wait();
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    co_return packages;
  }
  asio::awaitable<HttpResponse> SendArtifact(const HttpRequest& /*request*/, std::string sha256,
                                             InstanceId agent) override {
    sent.push_back(sha256 + " to " + agent.str());
    co_return MakeResponse(200, "application/octet-stream", "bytes");
  }
  asio::awaitable<Result<control::FindWorkOut>> FindWork(control::FindWorkIn in) override {
    control::FindWorkOut out;
    for (const InstanceId& machine : in.machines) {
      const auto found = work.find(machine.str());
      if (found != work.end() && (!found->second.run.empty() || !found->second.stop.empty())) {
        out.with_work.push_back(machine);
      }
    }
    ++find_works;
    co_return out;
  }
  asio::awaitable<Result<control::RecordReportOut>> RecordReport(control::RecordReportIn in) override {
    co_await go_on.Wait();
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    control::RecordReportOut out = report_answer;
    reports.push_back(std::move(in));
    co_return out;
  }

  asio::awaitable<Result<control::PutInventoryOut>> PutInventory(control::PutInventoryIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    inventories.push_back(std::move(in));
    co_return control::PutInventoryOut{};
  }

  asio::awaitable<Result<control::RecordPluginStatusOut>> RecordPluginStatus(
      control::RecordPluginStatusIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    plugin_reports.push_back(std::move(in));
    co_return control::RecordPluginStatusOut{};
  }
  asio::awaitable<Result<control::RecordUpgradeFailureOut>> RecordUpgradeFailure(
      control::RecordUpgradeFailureIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    upgrade_failures.push_back(std::move(in));
    co_return control::RecordUpgradeFailureOut{};
  }

  asio::awaitable<Result<control::ListStockPluginsOut>> ListStockPlugins(control::ListStockPluginsIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    plugin_questions.push_back(std::move(in));
    co_return plugins;
  }
  asio::awaitable<Result<control::CheckStockPluginsOut>> CheckStockPlugins(control::CheckStockPluginsIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    plugin_checks.push_back(std::move(in));
    co_return newer_plugins;
  }
  asio::awaitable<Result<control::StockUpdateOut>> FindStockUpdate(control::StockUpdateIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    update_checks.push_back(std::move(in));
    co_return update;
  }
  asio::awaitable<Result<control::StockUpdateOut>> TellStockUpdate(control::StockUpdateIn in) override {
    if (unavailable) co_return Fail(Errc::kUnavailable, "busy");
    told_updates.push_back(std::move(in));
    co_return update;
  }

  /// Work of a machine for its next fetch.
  void Give(const std::string& machine, const std::string& task, bool ours) {
    control::RunEntry entry;
    entry.invocation = InvokeId(task);
    entry.delivery = 1;
    entry.content = Secret<std::string>("echo 123\n");
    entry.termination_mode = model::TerminationMode::kProcess;
    work[machine].run.push_back(std::move(entry));
    work[machine].ours = ours;
    work[machine].output_bytes = 24576;
  }

  std::map<std::string, model::Machine> machines;
  std::map<std::string, std::string> bound;  ///< Address to machine.
  std::map<std::string, control::FetchTasksOut> work;
  std::vector<control::RegisterMachineIn> registrations;
  Result<control::LookUpPackageOut> packages = control::LookUpPackageOut{};
  std::vector<control::LookUpPackageIn> lookups;
  bool hold_lookups = false;      ///< They wait for `go_on` too.
  std::vector<std::string> sent;  ///< Archives, and to whom.
  std::vector<control::FetchTasksIn> fetches;
  std::vector<control::RecordReportIn> reports;
  std::vector<control::PutInventoryIn> inventories;
  std::vector<control::RecordPluginStatusIn> plugin_reports;
  std::vector<control::ListStockPluginsIn> plugin_questions;
  std::vector<control::CheckStockPluginsIn> plugin_checks;
  std::vector<control::StockUpdateIn> update_checks;
  std::vector<control::StockUpdateIn> told_updates;
  control::ListStockPluginsOut plugins;
  control::CheckStockPluginsOut newer_plugins;
  control::StockUpdateOut update;
  std::vector<control::RecordUpgradeFailureIn> upgrade_failures;
  control::RecordReportOut report_answer;
  std::string_view refuse_registration;
  bool unavailable = false;
  bool moved = false;  ///< What Register() says.
  int find_works = 0;
  Event go_on;  ///< Reports wait for it.
};

}  // namespace assist::server::gateway
