#include "server/control/bindings.h"

#include <algorithm>

#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::size_t kAddressesOfAMachine = 16;
constexpr std::size_t kLongestId = 64;

bool IsInstanceId(std::string_view id) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  return (id.starts_with("i-") || id.starts_with("mi-")) && id.size() <= kLongestId &&
         id.find_first_not_of(kLetters) == std::string_view::npos;
}

Result<model::Machine> NewMachine(store::Tx& tx, Context& context, const BindAddressIn& in) {
  if (!in.instance.empty() && !IsInstanceId(in.instance.str())) {
    return Fail(Errc::kInvalid, "\"" + in.instance.str() + "\" is no instance id: i- or mi-, then letters and digits",
                "InvalidInstanceId.Malformed");
  }
  if (tx.CountMachines() >= context.limits().machines) {
    return Fail(Errc::kDenied, "there are " + std::to_string(context.limits().machines) + " machines, the limit",
                "ManagedInstanceCountExceedLimit");
  }
  model::Machine machine;
  machine.id = in.instance.empty() ? NewInstanceId(context.random) : in.instance;
  machine.name = in.name.empty() ? in.address : in.name;
  machine.intranet_ip = in.address;
  machine.internet_ip = in.address;
  machine.os_type = in.os_type;
  machine.key_type = model::KeyType::kAddress;
  machine.registered = context.now;
  tx.InsertMachine(machine);
  return machine;
}

}  // namespace

Result<BindAddressOut> BindAddress(store::Tx& tx, Context& context, const BindAddressIn& in) {
  if (const auto holder = tx.FindMachineAt(in.address)) {
    if (holder->id == in.instance) return BindAddressOut{holder->id, false};
    return Fail(Errc::kConflict, in.address + " is bound to " + holder->id.str() + "; unbind it first",
                "Binding.Taken");
  }
  std::optional<model::Machine> machine;
  if (!in.instance.empty()) machine = tx.FindMachine(in.instance);
  const bool created = !machine;
  if (created) {
    auto made = NewMachine(tx, context, in);
    if (!made) return Forward(made);
    machine = std::move(*made);
  }
  if (machine->deregistered) {
    return Fail(Errc::kNotFound, machine->id.str() + " was deregistered", "InvalidInstance.NotFound");
  }
  if (machine->key_type != model::KeyType::kAddress) {
    return Fail(Errc::kConflict, machine->id.str() + " proves itself by a key; an address in its place would be weaker",
                "Binding.HasKey");
  }
  if (tx.ListBindings(machine->key).size() >= kAddressesOfAMachine) {
    return Fail(Errc::kDenied,
                machine->id.str() + " has " + std::to_string(kAddressesOfAMachine) + " addresses, the limit",
                "Binding.TooMany");
  }
  tx.BindAddress(in.address, machine->key, context.now);
  return BindAddressOut{machine->id, created};
}

Result<UnbindAddressOut> UnbindAddress(store::Tx& tx, Context& /*context*/, const UnbindAddressIn& in) {
  if (!tx.UnbindAddress(in.address)) return Fail(Errc::kNotFound, in.address + " is not bound", "Binding.NotFound");
  return UnbindAddressOut{};
}

Result<ListBindingsOut> ListBindings(store::ReadTx& tx, const ReadContext& /*context*/, const ListBindingsIn& /*in*/) {
  return ListBindingsOut{tx.ListBindings({})};
}

Result<LoadMachineOut> LoadMachineAt(store::ReadTx& tx, const ReadContext& /*context*/, const LoadMachineAtIn& in) {
  return LoadMachineOut{tx.FindMachineAt(in.address)};
}

}  // namespace assist::server::control
