#include "server/control/start_invocation.h"

#include <algorithm>

#include "server/control/idempotency.h"
#include "server/control/modify_invocation.h"
#include "server/control/runner.h"
#include "server/control/schedule_clock.h"
#include "server/control/stop_invocation.h"
#include "server/control/tag_matches.h"
#include "server/control/targets.h"
#include "server/control/task_change.h"
#include "server/control/waves.h"
#include "server/model/content.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kRun = "RunCommand";
constexpr std::string_view kInvoke = "InvokeCommand";

Status CheckTarget(const store::ReadTx::Target& target, const std::string& who, model::CommandType type,
                   const StartInvocationIn& in) {
  const bool windows = target.os_type == model::OsType::kWindows;
  if (windows == (type == model::CommandType::kRunShellScript)) {
    return Fail(
        Errc::kInvalid,
        std::string(Name(type)) + " does not run on " + who + ", a machine with " + std::string(Name(target.os_type)),
        "InvalidInstance.NotMatch");
  }
  const bool container = !in.container_id.empty() || !in.container_name.empty();
  if (container && target.os_type != model::OsType::kLinux) {
    return Fail(
        Errc::kInvalid,
        "containers are there on Linux only, and " + who + " is a machine with " + std::string(Name(target.os_type)),
        "InvalidInstance.NotMatch");
  }
  if (windows && !in.username.empty() && in.windows_password_name.empty()) {
    return Fail(Errc::kInvalid, "Username on the Windows machine " + who + " needs WindowsPasswordName",
                "WindowsPasswordName.Missed");
  }
  return {};
}

Result<Targets> TargetsByTag(store::ReadTx& tx, const ReadContext& context, model::CommandType type,
                             const StartInvocationIn& in) {
  const std::int64_t limit = context.limits().targets;
  const std::vector<store::ReadTx::Target> found = tx.MachinesWithTags(Matches(in.resource_tags), limit + 1);
  if (found.empty()) {
    return Fail(Errc::kNotFound, "no machine has these tags", "InvalidResourceTag.InstanceNotFound");
  }
  if (static_cast<std::int64_t>(found.size()) > limit) return TooManyTargets(limit);
  Targets targets;
  for (const store::ReadTx::Target& target : found) {
    if (Status fits = CheckTarget(target, "one of them", type, in); !fits) return Forward(fits);
    targets.keys.push_back(target.key);
  }
  return targets;
}

Result<Targets> TargetsById(store::ReadTx& tx, const ReadContext& context, model::CommandType type,
                            const StartInvocationIn& in) {
  Result<NamedTargets> named = ResolveNamed(tx, in.instances, context.limits().targets);
  if (!named) return Forward(named);
  Targets targets;
  for (std::size_t i = 0; i < named->found.size(); ++i) {
    if (Status fits = CheckTarget(named->found[i], named->ids[i].str(), type, in); !fits) return Forward(fits);
    targets.keys.push_back(named->found[i].key);
  }
  targets.ids = std::move(named->ids);
  return targets;
}

Result<Targets> FindTargets(store::ReadTx& tx, const ReadContext& context, model::CommandType type,
                            const StartInvocationIn& in) {
  if (!in.instances.empty()) return TargetsById(tx, context, type, in);
  if (!in.resource_tags.empty()) return TargetsByTag(tx, context, type, in);
  return Fail(Errc::kInvalid, "no machine is named", "MissingParam.InstanceId");
}

/// The command of a call: a stored one, or made of the inline one (key and content still empty).
struct Script {
  model::Command command;
  std::string content;
  std::string filled;
  bool stored = false;
  bool keep = false;
};

Result<Script> LoadScript(store::Tx& tx, const Context& context, const StartInvocationIn& in) {
  const model::Limits& limits = context.limits();
  Script script;
  if (const auto* id = std::get_if<CommandId>(&in.command)) {
    std::optional<model::Command> command = tx.FindCommand(*id);
    if (!command) return Fail(Errc::kNotFound, "there is no command " + id->str(), "InvalidCmdId.NotFound");
    script.command = std::move(*command);
    script.content = tx.LoadContent(script.command.content);
    script.stored = true;
  } else {
    const auto& inline_command = std::get<InlineCommand>(in.command);
    script.command.name = inline_command.name;
    script.command.description = inline_command.description;
    script.command.type = inline_command.type;
    script.command.enable_parameter = inline_command.enable_parameter;
    script.content = inline_command.content.Reveal();
    script.keep = inline_command.keep;
    if (Status fits = model::CheckContentSize(script.content, limits); !fits) return Forward(fits);
    if (script.command.enable_parameter) {
      Result<std::vector<std::string>> names = model::ParameterNames(script.content, limits);
      if (!names) return Forward(names);
      script.command.parameter_names = std::move(*names);
    }
  }
  if (!script.command.enable_parameter) {
    if (in.has_parameters) {
      return Fail(Errc::kInvalid, "Parameters need EnableParameter=true", "Parameter.Disabled");
    }
    script.filled = script.content;
    return script;
  }
  const model::Parameters& values = in.parameters.Reveal();
  if (Status fits = model::CheckParameters(script.command.parameter_names, values, limits); !fits) return Forward(fits);
  Result<std::string> filled = model::FillIn(script.content, values, limits);
  if (!filled) return Forward(filled);
  script.filled = std::move(*filled);
  return script;
}

Status CheckRoom(store::Tx& tx, const Context& context, const Script& script) {
  const model::Limits& limits = context.limits();
  if (script.keep && tx.CountCommands() >= limits.commands) {
    return Fail(Errc::kTooLarge, "there are " + std::to_string(limits.commands) + " commands, the limit: delete some",
                "CmdCount.ExceedQuota");
  }
  return CheckInvocationRoom(tx, context);
}

/// Gives keys and ids to the command, and keeps it where that was asked for.
void KeepScript(store::Tx& tx, Context& context, const StartInvocationIn& in, Script& script) {
  model::Command& command = script.command;
  if (script.stored) {
    tx.CountInvoke(command.key);
    return;
  }
  command.id = CommandId("c-" + context.random.Hex(16));
  command.timeout = std::max(in.timeout.value_or(command.timeout), context.limits().timeout_min);
  command.working_dir = in.working_dir.value_or("");
  command.launcher = in.launcher.value_or("");
  command.created = context.now;
  if (!script.keep) return;
  command.content = tx.KeepContent(script.content);
  tx.InsertCommand(command);
  tx.CountInvoke(command.key);
}

/// With a frequency it is a period, whatever the mode says (openapi.md, 9.3).
model::RepeatMode ModeOf(const StartInvocationIn& in) noexcept {
  return in.frequency.empty() ? in.repeat_mode : model::RepeatMode::kPeriod;
}

std::chrono::seconds TimeoutOf(const Context& context, const StartInvocationIn& in, const Script& script) {
  return std::max(in.timeout.value_or(script.command.timeout), context.limits().timeout_min);
}

Result<model::ScheduleTerms> MakeSchedule(const Context& context, const StartInvocationIn& in, const Script& script) {
  model::ScheduleTerms terms;
  const model::RepeatMode mode = ModeOf(in);
  if (mode == model::RepeatMode::kOnce) return terms;
  if (in.splay < std::chrono::seconds(0) || in.splay > model::kMaxSplay) {
    return Fail(Errc::kInvalid, "Splay is 0 to " + std::to_string(model::kMaxSplay.count()) + " seconds",
                "InvalidParam.Splay");
  }
  terms.missed = in.missed_policy;
  terms.overlap = in.overlap_policy;
  terms.splay = in.splay;
  if (mode != model::RepeatMode::kPeriod) return terms;
  if (in.frequency.empty()) return Fail(Errc::kInvalid, "a period needs a Frequency", "MissingParam.Frequency");
  Result<std::string> cron =
      CronOf(in.frequency, TimeoutOf(context, in, script), context.now, context, "InvalidParam.Frequency");
  if (!cron) return Forward(cron);
  terms.cron = std::move(*cron);
  return terms;
}

model::Invocation MakeInvocation(store::Tx& tx, Context& context, const StartInvocationIn& in, const Script& script,
                                 const model::ScheduleTerms& schedule, std::int64_t targets,
                                 std::optional<model::Wave> wave) {
  const model::Command& command = script.command;
  const model::Limits& limits = context.limits();
  model::Invocation invocation;
  invocation.id = InvokeId("t-" + context.random.Hex(16));
  invocation.command = command.key;
  invocation.command_id = command.id;
  invocation.command_name = command.name;
  invocation.description = command.description;
  invocation.type = command.type;
  invocation.content = tx.KeepContent(script.content);
  invocation.run_content = script.filled == script.content ? invocation.content : tx.KeepContent(script.filled);
  invocation.enable_parameter = command.enable_parameter;
  invocation.builtins = command.enable_parameter && model::NamesBuiltins(script.content);
  invocation.parameters = in.parameters_json;
  invocation.timeout = TimeoutOf(context, in, script);
  invocation.working_dir = in.working_dir.value_or(command.working_dir);
  invocation.username = in.username;
  invocation.windows_password_name = in.windows_password_name;
  invocation.launcher = in.launcher.value_or(command.launcher);
  invocation.container_id = in.container_id;
  invocation.container_name = in.container_name;
  invocation.termination_mode = in.termination_mode;
  invocation.repeat_mode = ModeOf(in);
  invocation.frequency = in.frequency;
  invocation.schedule = schedule;
  invocation.region = in.region;
  invocation.repeatable = in.repeatable;
  // A schedule holds until it is stopped: a machine that is away gets it when it returns.
  invocation.delivery_timeout =
      in.delivery_timeout.value_or(invocation.is_schedule() ? std::chrono::seconds(-1) : limits.delivery_timeout);
  if (invocation.delivery_timeout >= std::chrono::seconds(0)) {
    invocation.delivery_deadline = context.now + invocation.delivery_timeout;
  }
  invocation.targets = targets;
  invocation.budgets = in.budgets;
  invocation.wave = std::move(wave);
  invocation.creating = targets > store::kSliceRows;
  invocation.created = context.now;
  invocation.tags = in.tags;
  tx.InsertInvocation(invocation);
  return invocation;
}

}  // namespace

Status CheckInvocationRoom(store::Tx& tx, const Context& context) {
  const model::Limits& limits = context.limits();
  // The scheduler deletes the oldest finished ones; it is given a tenth of room to keep up.
  const std::int64_t invocations = tx.CountInvocations();
  if (invocations >= limits.invocations &&
      (invocations >= limits.invocations + limits.invocations / 10 || tx.OldInvocations(context.now, 1).empty())) {
    return Fail(Errc::kTooLarge,
                "there are " + std::to_string(invocations) + " invocations that have not ended, the limit",
                "Invocation.ExceedQuota");
  }
  return {};
}

Result<StartInvocationOut> StartInvocation(store::Tx& tx, Context& context, const StartInvocationIn& in) {
  const std::string_view operation = std::holds_alternative<CommandId>(in.command) ? kInvoke : kRun;
  if (!in.dry_run) {
    Result<std::optional<std::string>> former = FormerAnswer(tx, context, operation, in.client_token);
    if (!former) return Forward(former);
    if (*former) {
      const std::string& text = **former;
      const std::size_t cut = text.find('\n');
      StartInvocationOut out{CommandId(text.substr(0, cut)), InvokeId(text.substr(cut + 1)), 0, false};
      if (const auto invocation = tx.FindInvocation(out.invocation)) {
        out.targets = invocation->targets;
        out.creating = invocation->creating;
      }
      return out;
    }
  }
  if (in.timeout && *in.timeout > context.limits().timeout_max) {
    return Fail(Errc::kTooLarge,
                "Timeout is at most " + std::to_string(context.limits().timeout_max.count()) + " seconds",
                "InvalidTimeout.ExceedLimit");
  }
  Result<Script> script = LoadScript(tx, context, in);
  if (!script) return Forward(script);
  const model::CommandType type = script->command.type;
  Result<model::ScheduleTerms> schedule = MakeSchedule(context, in, *script);
  if (!schedule) return Forward(schedule);
  Result<Targets> targets = in.resolved ? Targets{{}, *in.resolved} : FindTargets(tx, context, type, in);
  if (!targets) return Forward(targets);
  if (Status room = CheckRoom(tx, context, *script); !room) return Forward(room);
  StartInvocationOut out;
  out.targets = static_cast<std::int64_t>(targets->keys.size());
  Result<std::optional<model::Wave>> wave = MakeWave(in.max_concurrency, in.max_errors, ModeOf(in), out.targets);
  if (!wave) return Forward(wave);
  if (in.dry_run) return out;

  KeepScript(tx, context, in, *script);
  const model::Invocation invocation =
      MakeInvocation(tx, context, in, *script, *schedule, out.targets, std::move(*wave));
  WriteTargets(tx, context, invocation, std::move(*targets));
  out.command = script->command.id;
  out.invocation = invocation.id;
  out.creating = invocation.creating;
  RememberAnswer(tx, context, operation, in.client_token, out.command.str() + '\n' + out.invocation.str());
  return out;
}

Result<ResolveTargetsOut> ResolveTargets(store::ReadTx& tx, const ReadContext& context, const StartInvocationIn& in) {
  model::CommandType type = model::CommandType::kRunShellScript;
  if (const auto* id = std::get_if<CommandId>(&in.command)) {
    const std::optional<model::Command> command = tx.FindCommand(*id);
    if (!command) return Fail(Errc::kNotFound, "there is no command " + id->str(), "InvalidCmdId.NotFound");
    type = command->type;
  } else {
    type = std::get<InlineCommand>(in.command).type;
  }
  Result<Targets> targets = FindTargets(tx, context, type, in);
  if (!targets) return Forward(targets);
  return ResolveTargetsOut{std::move(targets->keys)};
}

Result<ContinueInvocationOut> ContinueInvocation(store::Tx& tx, Context& context, const ContinueInvocationIn& in) {
  ContinueInvocationOut out;
  const std::optional<model::Invocation> invocation = tx.FindInvocation(in.invocation);
  if (!invocation) return out;
  std::optional<store::Tx::Targets> slice;
  if (invocation->creating || invocation->spreading) slice = tx.TakeTargets(invocation->key);
  if (slice) {
    tx.InsertTasks(*invocation, slice->first, slice->machines);
    // Machines may have left since the call.
    for (const model::MachineKey gone : tx.GoneAmong(slice->machines)) {
      std::optional<model::Task> task = tx.FindTask(invocation->key, gone);
      if (task) ChangeTask(tx, context, *invocation, *task, model::MachineReleased{});
    }
    out.more = slice->first > 0 || invocation->stopping || invocation->spreading;
  } else if (invocation->stopping) {
    out.more = ContinueStop(tx, context, *invocation) || invocation->spreading;
  } else if (invocation->spreading) {
    out.more = ContinueChange(tx, context, *invocation);
  }
  if (invocation->creating && !out.more) tx.FinishCreating(invocation->key, context.now);
  return out;
}

Result<WakeTargetsOut> WakeTargets(store::Tx& tx, Context& context, const WakeTargetsIn& in) {
  WakeTargetsOut out;
  const std::optional<model::Invocation> invocation = tx.FindInvocation(in.invocation);
  if (!invocation || invocation->creating) return out;
  if (invocation->wave && invocation->wave->terms.turns > 0) {
    WakeNext(tx, context, *invocation);
    return out;
  }
  const std::vector<store::TaskOn> tasks = tx.OpenTasksOf(invocation->key, model::TaskKey{in.after}, store::kSliceRows);
  for (const store::TaskOn& task : tasks) context.effects.wakes.push_back(task.instance);
  if (static_cast<std::int64_t>(tasks.size()) == store::kSliceRows) out.after = tasks.back().task.key.value;
  return out;
}

boost::asio::awaitable<Result<StartInvocationOut>> StartWholeInvocation(Runner& runner, StartInvocationIn in,
                                                                        Origin origin) {
  // A short list of ids is looked up in the change itself; tags may stand for any number.
  // Whom tags mean is part of what a key with a policy is judged by: then it is looked up in the change itself.
  const bool judged = origin.access != nullptr && !origin.access->everywhere();
  const bool tags_ahead = !in.resource_tags.empty() && !judged;
  if (static_cast<std::int64_t>(in.instances.size()) > store::kSliceRows || tags_ahead) {
    StartInvocationIn query = in;
    Result<ResolveTargetsOut> targets = co_await runner.Read(ResolveTargets, std::move(query));
    // What is wrong with the targets the change tells, after what is checked before them.
    if (targets) {
      in.resolved = std::move(targets->machines);
    } else if (targets.error().code == Errc::kUnavailable) {
      co_return Forward(targets);
    }
  }
  Result<StartInvocationOut> out = co_await runner.Change(StartInvocation, std::move(in), std::move(origin));
  if (!out || !out->creating) co_return out;
  // It is committed: what fails from here on scheduler makes up for.
  InvokeId id = out->invocation;
  Status complete = co_await CompleteInvocation(runner, std::move(id));
  out->creating = !complete;
  co_return out;
}

boost::asio::awaitable<Status> CompleteInvocation(Runner& runner, InvokeId invocation) {
  for (bool more = true; more;) {
    ContinueInvocationIn next{invocation};
    Result<ContinueInvocationOut> slice = co_await runner.Change(ContinueInvocation, std::move(next));
    if (!slice) co_return Forward(slice);
    more = slice->more;
  }
  Status woken = co_await WakeWholeInvocation(runner, std::move(invocation));
  (void)woken;  // a wake is best effort; agents that connect are told anyway
  co_return Status();
}

boost::asio::awaitable<Status> WakeWholeInvocation(Runner& runner, InvokeId invocation) {
  WakeTargetsIn in{std::move(invocation), 0};
  for (;;) {
    WakeTargetsIn slice = in;
    Result<WakeTargetsOut> woken = co_await runner.Change(WakeTargets, std::move(slice));
    if (!woken) co_return Forward(woken);
    if (woken->after == 0) co_return Status();
    in.after = woken->after;
  }
}

}  // namespace assist::server::control
