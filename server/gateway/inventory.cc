#include "server/gateway/inventory.h"

#include <utility>

#include "server/gateway/gateway_impl.h"

namespace assist::server::gateway {

asio::awaitable<HttpResponse> Gateway::Impl::TakeInventory(Agent agent, const HttpRequest& request) {
  const InstanceId id = agent->instance_id;
  auto items = ParseInventory(request.body);
  if (items) {
    control::PutInventoryIn in;
    in.machine = id;
    in.items = std::move(*items);
    auto out = co_await backend_->PutInventory(std::move(in));
    if (!out) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
    if (out->refused > 0) log_.Warn("agent.inventory_cut", {{"instance", id}, {"refused", out->refused}});
  } else {
    // It comes again with the next collection, and would be no better: nobody is served by an error.
    log_.Warn("agent.bad_inventory", {{"instance", id}, {"why", items.error().detail}});
  }
  co_return JsonResponse(200, MinimalAnswer(RouteId::kPutInventory, id, random_.Alphanumeric(20)));
}

}  // namespace assist::server::gateway
