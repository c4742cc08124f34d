// Windows asks a service for signs of life nowhere, and nobody waits for datagrams.
#include "common/service_framework/service_notifier.h"

namespace assist {

ServiceNotifier ServiceNotifier::FromEnvironment() { return {"", std::chrono::microseconds(0)}; }

void ServiceNotifier::Tell(std::string_view /*message*/) const {}

asio::awaitable<void> ServiceNotifier::KeepTelling(Clock& /*clock*/) const { co_return; }

}  // namespace assist
