// Backend over control's Runner: each call is one use case.
#pragma once

#include "server/gateway/gateway.h"

namespace assist::server::artifacts {
class Artifacts;
}
namespace assist::server::gateway {

class RunnerBackend final : public Backend {
 public:
  /// Both outlive this. Without `artifacts` there is none.
  explicit RunnerBackend(control::Runner& runner, artifacts::Artifacts* artifacts = nullptr)
      : runner_(runner), artifacts_(artifacts) {}
  asio::awaitable<Result<control::RegisterMachineOut>> Register(control::RegisterMachineIn in) override;
  asio::awaitable<Result<control::DeregisterMachineOut>> Deregister(control::DeregisterMachineIn in) override;
  asio::awaitable<Result<control::LoadMachineOut>> LoadMachine(control::LoadMachineIn in) override;
  asio::awaitable<Result<control::LoadMachineOut>> LoadMachineAt(control::LoadMachineAtIn in) override;
  asio::awaitable<Result<control::FetchTasksOut>> FetchTasks(control::FetchTasksIn in) override;
  asio::awaitable<Result<control::FindWorkOut>> FindWork(control::FindWorkIn in) override;
  asio::awaitable<Result<control::RecordReportOut>> RecordReport(control::RecordReportIn in) override;
  asio::awaitable<Result<control::PutInventoryOut>> PutInventory(control::PutInventoryIn in) override;
  asio::awaitable<Result<control::RecordPluginStatusOut>> RecordPluginStatus(control::RecordPluginStatusIn in) override;
  asio::awaitable<Result<control::RecordUpgradeFailureOut>> RecordUpgradeFailure(
      control::RecordUpgradeFailureIn in) override;
  asio::awaitable<Result<control::LookUpPackageOut>> LookUpPackage(control::LookUpPackageIn in) override;
  asio::awaitable<HttpResponse> SendArtifact(const HttpRequest& request, std::string sha256, InstanceId agent) override;
  asio::awaitable<Result<control::ListStockPluginsOut>> ListStockPlugins(control::ListStockPluginsIn in) override;
  asio::awaitable<Result<control::CheckStockPluginsOut>> CheckStockPlugins(control::CheckStockPluginsIn in) override;
  asio::awaitable<Result<control::StockUpdateOut>> FindStockUpdate(control::StockUpdateIn in) override;
  asio::awaitable<Result<control::StockUpdateOut>> TellStockUpdate(control::StockUpdateIn in) override;

 private:
  control::Runner& runner_;
  artifacts::Artifacts* const artifacts_;
};

}  // namespace assist::server::gateway
