// Machines whose agents have no identity: an operator binds addresses to them (agent-protocol.md, 3.1, 21 and 22). Who
// comes from such an address and proves nothing is taken for that machine, so it is the operator's word alone.
#pragma once

#include "server/control/context.h"
#include "server/control/register_machine.h"
#include "server/store/read_tx.h"

namespace assist::server::control {

struct BindAddressIn {
  std::string address;                            ///< An IP address in its usual text form; checked by the caller.
  InstanceId instance;                            ///< Empty: a new machine with a new id.
  std::string name;                               ///< Of a new machine; empty: the address.
  model::OsType os_type = model::OsType::kLinux;  ///< Of a new machine.
};
struct BindAddressOut {
  InstanceId instance;
  bool created = false;  ///< The machine is new.
};
/// An id that no machine has yet is given to a new one, so that a fleet can keep its ids. The same binding again is a
/// success. Reasons: Binding.Taken (of another machine), Binding.HasKey (the machine proves itself by a key: an address
/// would weaken that), InvalidInstance.NotFound (deregistered), InvalidInstanceId.Malformed, Binding.TooMany,
/// ManagedInstanceCountExceedLimit.
Result<BindAddressOut> BindAddress(store::Tx& tx, Context& context, const BindAddressIn& in);

struct UnbindAddressIn {
  std::string address;
};
struct UnbindAddressOut {};
/// The machine stays. Reason Binding.NotFound.
Result<UnbindAddressOut> UnbindAddress(store::Tx& tx, Context& context, const UnbindAddressIn& in);

struct ListBindingsIn {};
struct ListBindingsOut {
  std::vector<store::Binding> bindings;
};
Result<ListBindingsOut> ListBindings(store::ReadTx& tx, const ReadContext& context, const ListBindingsIn& in);

/// For telling who speaks: the machine to which an address is bound. Empty `machine`: none.
struct LoadMachineAtIn {
  std::string address;
};
Result<LoadMachineOut> LoadMachineAt(store::ReadTx& tx, const ReadContext& context, const LoadMachineAtIn& in);

}  // namespace assist::server::control
