// Registration by activation code, and what the gateway needs to know of a machine (agent-protocol.md, 3 and 5).
#pragma once

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct RegisterMachineIn {
  ActivationId activation;
  Secret<std::string> code;
  std::string machine_id;
  std::string region;
  std::string instance_name;  ///< Empty: the activation's default, else the host name.
  std::string hostname;
  std::string intranet_ip;
  std::string internet_ip;  ///< Address of the peer; checked against the activation's range.
  std::string os_version;
  model::OsType os_type = model::OsType::kLinux;
  std::string agent_version;
  std::string public_key;  ///< PEM SubjectPublicKeyInfo, decoded and checked by the gateway.
  model::KeyType key_type = model::KeyType::kRsaMd5;
  std::int32_t assist_protocol = 0;  ///< 0: a stock agent.
  model::Tags tags;                  ///< From the agent; the activation's come first.
  /// Given: no new machine, but a new agent for one that is there (move_machine.h). Then activation and code are not
  /// looked at, nor name and tags.
  Secret<std::string> move_code;
};
struct RegisterMachineOut {
  InstanceId instance;  ///< mi-…
  bool moved = false;   ///< Its former agent is to be forgotten.
};
/// With a move code it is MoveMachine(). Reasons: Activation.Refused (unknown id or wrong code: one answer for both),
/// Activation.Disabled, Activation.Expired, Activation.Used (count reached), Activation.Address,
/// ManagedInstanceCountExceedLimit.
Result<RegisterMachineOut> RegisterMachine(store::Tx& tx, Context& context, const RegisterMachineIn& in);

/// `mi-` and 18 letters and digits.
[[nodiscard]] InstanceId NewInstanceId(Random& random);

/// `key_hash`: SHA-256 of the public key by which a request was verified a moment ago; empty: not to be compared.
/// False: the machine has got another agent since (move_machine.h).
[[nodiscard]] bool HasKey(const model::Machine& machine, const std::optional<std::string>& key_hash);

/// By the agent itself. A machine that is not there (any more) is a success: its agent deletes its identity anyway.
struct DeregisterMachineIn {
  InstanceId instance;
  std::optional<std::string> key_hash = {};  ///< As in HasKey(); of another key nothing happens.
};
struct DeregisterMachineOut {};
Result<DeregisterMachineOut> DeregisterMachine(store::Tx& tx, Context& context, const DeregisterMachineIn& in);

/// For checking an agent's signature. Empty `machine`: unknown or deregistered.
struct LoadMachineIn {
  InstanceId instance;
};
struct LoadMachineOut {
  std::optional<model::Machine> machine;
};
Result<LoadMachineOut> LoadMachine(store::ReadTx& tx, const ReadContext& context, const LoadMachineIn& in);

/// Writes signs of life, at most 2,000 at a time.
struct TouchMachinesIn {
  std::vector<Seen> seen;
};
struct TouchMachinesOut {};
Result<TouchMachinesOut> TouchMachines(store::Tx& tx, Context& context, const TouchMachinesIn& in);

}  // namespace assist::server::control
