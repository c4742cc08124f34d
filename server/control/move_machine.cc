#include "server/control/move_machine.h"

#include "common/crypto/hash.h"
#include "server/control/task_change.h"
#include "server/model/unknown_reasons.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::size_t kCodeLetters = 32;
constexpr std::chrono::minutes kLongest{24 * 60};
constexpr std::int64_t kPage = 500;

/// What the former agent was given is lost with it.
void LoseTraces(store::Tx& tx, Context& context, const model::Machine& machine) {
  model::TaskKey after;
  for (;;) {
    std::vector<model::Task> open = tx.OpenTasksOn(machine.key, after, kPage);
    for (model::Task& task : open) {
      after = task.key;
      const std::optional<model::Invocation> invocation = tx.LoadInvocation(task.invocation);
      if (!invocation || task.progress.delivery == model::Delivery::kNotDelivered) continue;
      ChangeTask(tx, context, *invocation, task, model::TraceLost{model::unknown::kMachineMoved});
    }
    if (static_cast<std::int64_t>(open.size()) < kPage) return;
  }
}

}  // namespace

Result<AllowMoveOut> AllowMove(store::Tx& tx, Context& context, const AllowMoveIn& in) {
  const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
  if (!machine || machine->deregistered) {
    return Fail(Errc::kNotFound, "there is no machine " + in.instance.str(), "InvalidInstance.NotFound");
  }
  if (in.life < std::chrono::minutes(1) || in.life > kLongest) {
    return Fail(Errc::kInvalid, "a move code lives from 1 to 1440 minutes", "Move.Time");
  }
  AllowMoveOut out;
  out.instance = machine->id;
  out.code = Secret<std::string>("m-" + context.random.Alphanumeric(kCodeLetters));
  out.expires = context.now + in.life;
  tx.PutMoveCode({Sha256(out.code.Reveal()), machine->key, out.expires, false});
  return out;
}

Result<RegisterMachineOut> MoveMachine(store::Tx& tx, Context& context, const RegisterMachineIn& in) {
  std::optional<store::MoveCode> code = tx.FindMoveCode(Sha256(in.move_code.Reveal()));
  std::optional<model::Machine> machine;
  if (code && context.now < code->expires) machine = tx.LoadMachine(code->machine);
  // The answer to a first try was lost: the same agent asks again with the same key.
  const bool again = machine && code->used && machine->public_key == in.public_key;
  if (again && !machine->deregistered) return RegisterMachineOut{machine->id, false};
  if (!machine || machine->deregistered || code->used) {
    return Fail(Errc::kDenied, "the move code is wrong, was used, or its time is over", "Move.Refused");
  }
  if (in.key_type != model::KeyType::kEd25519 || in.assist_protocol <= 0) {
    return Fail(Errc::kDenied, "a machine is moved to assist-agent only", "Move.NotOurs");
  }
  if (in.os_type != machine->os_type) {
    return Fail(Errc::kDenied,
                machine->id.str() + " is a machine with " + std::string(model::Name(machine->os_type)) + ", this is " +
                    std::string(model::Name(in.os_type)),
                "Move.System");
  }
  LoseTraces(tx, context, *machine);
  // Its numbers go on; which run of which process had what is of the former agent.
  std::optional<model::Machine> next = tx.LoadMachine(machine->key);
  next->agent_run = 0;
  tx.SaveDeliveryMarks(*next);
  next->public_key = in.public_key;
  next->key_type = in.key_type;
  next->assist_protocol = in.assist_protocol;
  next->machine_id = in.machine_id;
  next->agent_version = in.agent_version;
  next->os_version = in.os_version;
  next->hostname = in.hostname;
  next->intranet_ip = in.intranet_ip;
  next->internet_ip = in.internet_ip;
  tx.ReplaceAgent(*next);
  code->used = true;
  tx.PutMoveCode(*code);
  context.effects.wakes.push_back(next->id);
  context.effects.notes.push_back({OperatorNote::Level::kInfo, "machine.moved", next->id,
                                   "it has another agent and another key now; what the former agent was running is "
                                   "unknown"});
  return RegisterMachineOut{next->id, true};
}

}  // namespace assist::server::control
