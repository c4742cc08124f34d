#include "protocol/wire/registration.h"

#include <utility>

#include "server/gateway/gateway_impl.h"
#include "server/gateway/translate.h"

namespace assist::server::gateway {
namespace {

/// Takes a place among the registrations that run, gives it back at the end.
class Turn {
 public:
  explicit Turn(std::atomic<std::size_t>& running) : running_(running), number_(running.fetch_add(1) + 1) {}
  ~Turn() { running_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  [[nodiscard]] std::size_t number() const noexcept { return number_; }

 private:
  std::atomic<std::size_t>& running_;
  const std::size_t number_;
};

}  // namespace

asio::awaitable<HttpResponse> Gateway::Impl::Register(const ConnectionInfo& connection, const HttpRequest& request) {
  if (!connection.secure() && !connection.peer().is_loopback) {
    co_return RefusalResponse(403, "TlsRequired", "Machines are registered over TLS, or from a loopback address.");
  }
  const Turn turn(registrations_);
  if (turn.number() > options_.max_registrations) {
    co_return RefusalResponse(503, "ServiceUnavailable", "Too many machines register now; try again.");
  }
  auto parsed = wire::ParseRegisterRequest(request.body);
  if (!parsed) co_return RefusalResponse(403, "InvalidRequest", parsed.error().detail);
  auto in = FromWire(std::move(*parsed), connection.peer().address);
  if (!in) co_return RefusalResponse(403, "InvalidRequest", in.error().detail);
  const bool ours = in->assist_protocol > 0;
  const int protocol = in->assist_protocol;
  const std::string activation = in->activation.str();

  control::RegisterMachineIn registration = std::move(*in);
  auto out = co_await backend_->Register(std::move(registration));
  if (!out) {
    const Error& error = out.error();
    log_.Warn("agent.registration_refused",
              {{"activation", activation}, {"peer", connection.peer().address}, {"why", error.reason}});
    const std::string_view message = RegistrationMessage(error.reason);
    if (!message.empty()) co_return RefusalResponse(403, error.reason, message);
    if (error.code == Errc::kUnavailable) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
    if (error.code == Errc::kInvalid || error.code == Errc::kDenied || error.code == Errc::kConflict) {
      co_return RefusalResponse(403, error.reason.empty() ? std::string_view("InvalidRequest") : error.reason,
                                error.detail);
    }
    log_.Error("agent.registration_failed", {{"why", error.detail}});
    co_return RefusalResponse(500, "InternalError", "The server could not register the machine.");
  }
  if (out->moved) {
    Forget(out->instance);  // its former agent: its key, its signs of life, its WebSocket
  } else {
    keys_.Forget(out->instance);
  }
  if (out->moved) log_.Info("agent.moved", {{"instance", out->instance}, {"peer", connection.peer().address}});
  log_.Info("agent.registered", {{"instance", out->instance}, {"activation", activation}, {"ours", ours}});
  wire::RegisterResponse response;
  response.instance_id = out->instance.str();
  if (ours) {
    wire::RegisterResponse::Assist assist;
    assist.protocol = protocol;
    if (connection.secure() && ca_pem_) assist.ca_pem = ca_pem_();
    response.assist = std::move(assist);
  }
  co_return JsonResponse(200, wire::RenderRegisterResponse(response));
}

asio::awaitable<HttpResponse> Gateway::Impl::Deregister(Agent agent) {
  const InstanceId id = agent->instance_id;
  if (!agent->deregistered) {
    control::DeregisterMachineIn in;
    in.instance = id;
    in.key_hash = agent->key_hash;
    auto out = co_await backend_->Deregister(std::move(in));
    if (!out) {
      log_.Error("agent.deregistration_failed", {{"instance", id}, {"why", out.error().detail}});
      // A stock agent takes any error for success and deletes its identity; another code in a 200 keeps it.
      co_return JsonResponse(200, wire::RenderRefusal(500, "ServiceUnavailable", "Try again."));
    }
    log_.Info("agent.deregistered", {{"instance", id}});
  }
  Forget(id);
  co_return JsonResponse(200, wire::RenderOk(id.str()));
}

}  // namespace assist::server::gateway
