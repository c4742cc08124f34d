#include "server/gateway/runner_backend.h"

#include <utility>

#include "server/artifacts/artifacts.h"
#include "server/control/packages.h"
#include "server/gateway/gateway_impl.h"

namespace assist::server::gateway {

using control::Runner;

asio::awaitable<Result<control::RegisterMachineOut>> RunnerBackend::Register(control::RegisterMachineIn in) {
  return runner_.Change(control::RegisterMachine, std::move(in));
}
asio::awaitable<Result<control::DeregisterMachineOut>> RunnerBackend::Deregister(control::DeregisterMachineIn in) {
  return runner_.Change(control::DeregisterMachine, std::move(in));
}
asio::awaitable<Result<control::LoadMachineOut>> RunnerBackend::LoadMachine(control::LoadMachineIn in) {
  return runner_.Read(control::LoadMachine, std::move(in));
}
asio::awaitable<Result<control::LoadMachineOut>> RunnerBackend::LoadMachineAt(control::LoadMachineAtIn in) {
  return runner_.Read(control::LoadMachineAt, std::move(in));
}
asio::awaitable<Result<control::FetchTasksOut>> RunnerBackend::FetchTasks(control::FetchTasksIn in) {
  return runner_.Change(control::FetchTasks, std::move(in));
}
asio::awaitable<Result<control::FindWorkOut>> RunnerBackend::FindWork(control::FindWorkIn in) {
  return runner_.Read(control::FindWork, std::move(in));
}
asio::awaitable<Result<control::RecordReportOut>> RunnerBackend::RecordReport(control::RecordReportIn in) {
  return runner_.Change(control::RecordReport, std::move(in));
}
asio::awaitable<Result<control::PutInventoryOut>> RunnerBackend::PutInventory(control::PutInventoryIn in) {
  return runner_.Change(control::PutInventory, std::move(in));
}
asio::awaitable<Result<control::RecordPluginStatusOut>> RunnerBackend::RecordPluginStatus(
    control::RecordPluginStatusIn in) {
  return runner_.Change(control::RecordPluginStatus, std::move(in));
}
asio::awaitable<Result<control::RecordUpgradeFailureOut>> RunnerBackend::RecordUpgradeFailure(
    control::RecordUpgradeFailureIn in) {
  return runner_.Change(control::RecordUpgradeFailure, std::move(in));
}
asio::awaitable<Result<control::ListStockPluginsOut>> RunnerBackend::ListStockPlugins(control::ListStockPluginsIn in) {
  return runner_.Read(control::ListStockPlugins, std::move(in));
}
asio::awaitable<Result<control::CheckStockPluginsOut>> RunnerBackend::CheckStockPlugins(
    control::CheckStockPluginsIn in) {
  return runner_.Read(control::CheckStockPlugins, std::move(in));
}
asio::awaitable<Result<control::StockUpdateOut>> RunnerBackend::FindStockUpdate(control::StockUpdateIn in) {
  return runner_.Read(control::FindStockUpdate, std::move(in));
}
asio::awaitable<Result<control::StockUpdateOut>> RunnerBackend::TellStockUpdate(control::StockUpdateIn in) {
  return runner_.Change(control::TellStockUpdate, std::move(in));
}

asio::awaitable<Result<control::LookUpPackageOut>> RunnerBackend::LookUpPackage(control::LookUpPackageIn in) {
  return runner_.Read(control::LookUpPackage, std::move(in));
}

asio::awaitable<HttpResponse> RunnerBackend::SendArtifact(const HttpRequest& request, std::string sha256,
                                                          InstanceId agent) {
  // What nobody published goes to nobody, whole or not.
  control::UseOfArtifactIn in{sha256};
  Result<store::ArtifactUse> use = co_await runner_.Read(control::UseOfArtifact, std::move(in));
  if (!use) {
    HttpResponse later = RefusalResponse(503, "ServiceUnavailable", "Try again.");
    later.headers.Set("Retry-After", "5");
    co_return later;
  }
  if (!use->named || artifacts_ == nullptr) {
    co_return RefusalResponse(404, "NotFound", "No published package has this archive.");
  }
  HttpResponse response = co_await artifacts_->Send(request, std::move(sha256), agent.str());
  co_return response;
}

}  // namespace assist::server::gateway
