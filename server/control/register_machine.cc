#include "server/control/register_machine.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "server/control/machine_release.h"
#include "server/control/move_machine.h"
#include "server/model/address_range.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

/// NAME-001: the number is as wide as the activation's count is (openapi.md, 11.16).
std::string DefaultName(const model::Activation& activation, const RegisterMachineIn& in) {
  if (!in.instance_name.empty()) return in.instance_name;
  if (activation.instance_name.empty()) return in.hostname;
  std::string number = std::to_string(activation.registered_count + 1);
  const std::size_t width = std::max<std::size_t>(3, std::to_string(activation.instance_count).size());
  if (number.size() < width) number.insert(0, width - number.size(), '0');
  return activation.instance_name + "-" + number;
}

model::Tags Merged(const model::Tags& first, const model::Tags& then, std::int64_t most) {
  model::Tags tags = first;
  for (const model::Tag& tag : then) {
    const bool known = std::any_of(tags.begin(), tags.end(), [&](const model::Tag& t) { return t.key == tag.key; });
    if (!known && static_cast<std::int64_t>(tags.size()) < most) tags.push_back(tag);
  }
  return tags;
}

}  // namespace

InstanceId NewInstanceId(Random& random) {
  static constexpr char kLetters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string id = "mi-";
  for (int i = 0; i < 18; ++i) id += kLetters[random.Below(36)];
  return InstanceId(std::move(id));
}

bool HasKey(const model::Machine& machine, const std::optional<std::string>& key_hash) {
  return !key_hash || *key_hash == Sha256(machine.public_key);
}

Result<RegisterMachineOut> RegisterMachine(store::Tx& tx, Context& context, const RegisterMachineIn& in) {
  if (!in.move_code.Reveal().empty()) return MoveMachine(tx, context, in);
  std::optional<model::Activation> activation = tx.FindActivation(in.activation);
  if (!activation || !ConstantTimeEqual(activation->code_hash, Sha256(in.code.Reveal()))) {
    return Fail(Errc::kDenied, "the activation id or code is wrong", "Activation.Refused");
  }
  // The answer to a first try was lost: the same machine asks again with the same key.
  if (const auto known = tx.FindMachineWithKey(in.machine_id, in.public_key)) {
    if (known->activation == activation->id) return RegisterMachineOut{known->id, false};
  }
  if (activation->disabled) return Fail(Errc::kDenied, "the activation is disabled", "Activation.Disabled");
  if (context.now >= activation->created + activation->time_to_live) {
    return Fail(Errc::kDenied,
                "the activation's time is over since " + FormatIso8601(activation->created + activation->time_to_live) +
                    "; make a new one",
                "Activation.Expired");
  }
  if (activation->registered_count >= activation->instance_count) {
    return Fail(Errc::kDenied,
                "the activation has been used for " + std::to_string(activation->instance_count) +
                    " machines, its limit; make a new one",
                "Activation.Used");
  }
  if (!activation->ip_address_range.empty() && !model::IsInRange(in.internet_ip, activation->ip_address_range)) {
    return Fail(Errc::kDenied,
                "the activation may be used from " + activation->ip_address_range + " only, this is " + in.internet_ip,
                "Activation.Address");
  }
  if (tx.CountMachines() >= context.limits().machines) {
    return Fail(Errc::kDenied, "there are " + std::to_string(context.limits().machines) + " machines, the limit",
                "ManagedInstanceCountExceedLimit");
  }
  model::Machine machine;
  machine.id = NewInstanceId(context.random);
  machine.name = DefaultName(*activation, in);
  machine.hostname = in.hostname;
  machine.machine_id = in.machine_id;
  machine.region = in.region;
  machine.intranet_ip = in.intranet_ip;
  machine.internet_ip = in.internet_ip;
  machine.os_type = in.os_type;
  machine.os_version = in.os_version;
  machine.agent_version = in.agent_version;
  machine.public_key = in.public_key;
  machine.key_type = in.key_type;
  machine.assist_protocol = in.assist_protocol;
  machine.activation = activation->id;
  machine.registered = context.now;
  machine.tags = Merged(activation->tags, in.tags, context.limits().tags);
  tx.InsertMachine(machine);
  ++activation->registered_count;
  tx.SaveActivation(*activation);
  return RegisterMachineOut{machine.id, false};
}

Result<DeregisterMachineOut> DeregisterMachine(store::Tx& tx, Context& context, const DeregisterMachineIn& in) {
  const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
  if (machine && !HasKey(*machine, in.key_hash)) return DeregisterMachineOut{};
  if (machine && !machine->deregistered) ReleaseMachine(tx, context, *machine);
  return DeregisterMachineOut{};
}

Result<LoadMachineOut> LoadMachine(store::ReadTx& tx, const ReadContext& /*context*/, const LoadMachineIn& in) {
  std::optional<model::Machine> machine = tx.FindMachine(in.instance);
  if (machine && machine->deregistered) machine.reset();
  return LoadMachineOut{std::move(machine)};
}

Result<TouchMachinesOut> TouchMachines(store::Tx& tx, Context& /*context*/, const TouchMachinesIn& in) {
  std::vector<store::SeenRow> rows;
  rows.reserve(in.seen.size());
  for (const Seen& seen : in.seen) rows.push_back({seen.instance, seen.at, seen.agent_version, seen.os_version});
  tx.Touch(rows);
  return TouchMachinesOut{};
}

}  // namespace assist::server::control
