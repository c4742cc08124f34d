#include "server/gateway/runner_backend.h"

#include <utility>

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

}  // namespace assist::server::gateway
