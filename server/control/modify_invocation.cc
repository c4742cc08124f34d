#include "server/control/modify_invocation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "protocol/json/json.h"
#include "server/control/idempotency.h"
#include "server/control/runner.h"
#include "server/control/schedule_clock.h"
#include "server/control/standing.h"
#include "server/control/start_invocation.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kOperation = "ModifyInvocationAttribute";
/// Stock agents must be newer to take a changed schedule (openapi.md, 11.10).
constexpr std::int64_t kLastWithoutChange = 541;
/// Keys of tasks hold so many targets (store).
constexpr std::int64_t kMostTargets = (std::int64_t{1} << 24) - 1;

/// This operation has names of its own for what is wrong with content and parameters.
tl::unexpected<Error> Renamed(Error error) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kNames = {{
      {"CmdContent.ExceedLimit", "InvalidCommandContent.LengthLimitExceeded"},
      {"CmdParam.InvalidParamName", "InvalidParameters.KeyMalformed"},
      {"CmdParam.EmptyKey", "InvalidParameters.KeyEmpty"},
      {"CmdParamName.ExceedLimit", "InvalidParameters.KeyLengthLimitExceeded"},
      {"CmdParamCount.ExceedLimit", "InvalidParameters.CountLimitExceeded"},
      {"ParameterCount.ExceedLimit", "InvalidParameters.CountLimitExceeded"},
      {"InvalidParameter.Parameters", "InvalidParameters.KeyEmpty"},
      {"ParameterKey.ExceedLimit", "InvalidParameters.KeyLengthLimitExceeded"},
      {"ParameterKey.Duplicate", "InvalidParameters.KeyDuplicate"},
      {"Parameter.NotMatched", "InvalidParameters.KeyNotMatch"},
  }};
  for (const auto& [ours, name] : kNames) {
    if (error.reason == ours) error.reason = name;
  }
  return tl::make_unexpected(std::move(error));
}

/// The values with which the schedule was started or changed, from their JSON text.
model::Parameters FormerValues(const model::Invocation& invocation) {
  model::Parameters out;
  const auto object = json::ParseObject(invocation.parameters.Reveal());
  if (!object) return out;
  for (const auto& [key, value] : *object) {
    std::string text;
    if (const auto* plain = value.if_string()) {
      text = json::View(*plain);
    } else if (const auto* number = value.if_double()) {
      std::array<char, 32> digits{};
      text.assign(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr);
    } else {
      text = json::Write(value);
    }
    out.emplace_back(std::string(key), std::move(text));
  }
  return out;
}

Result<std::vector<model::MachineKey>> FindAdded(store::ReadTx& tx, const ReadContext& context,
                                                 const model::Invocation& invocation,
                                                 const std::vector<InstanceId>& instances) {
  std::vector<InstanceId> ids;
  std::unordered_set<std::string_view> seen;
  for (const InstanceId& id : instances) {
    if (seen.insert(id.str()).second) ids.push_back(id);
  }
  if (static_cast<std::int64_t>(ids.size()) > context.limits().targets) {
    return Fail(Errc::kTooLarge, "at most " + std::to_string(context.limits().targets) + " machines in one call",
                "InvalidInstanceId.CountLimitExceeded");
  }
  std::vector<model::MachineKey> keys;
  const std::vector<store::ReadTx::Target> found = tx.ResolveMachines(ids);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].key) {
      return Fail(Errc::kNotFound, "there is no machine " + ids[i].str(), "InvalidInstanceId.NotFound");
    }
    const bool windows = found[i].os_type == model::OsType::kWindows;
    if (windows == (invocation.type == model::CommandType::kRunShellScript)) {
      return Fail(Errc::kInvalid,
                  std::string(Name(invocation.type)) + " does not run on " + ids[i].str() + ", a machine with " +
                      std::string(Name(found[i].os_type)),
                  "InvalidInstanceId.OSTypeUnsupported");
    }
    if (!tx.FindTask(invocation.key, found[i].key)) keys.push_back(found[i].key);
  }
  return keys;
}

class Change {
 public:
  Change(store::Tx& tx, Context& context, const ModifyInvocationIn& in, model::Invocation invocation)
      : tx_(tx), context_(context), in_(in), former_(std::move(invocation)), next_(former_) {}

  Result<ModifyInvocationOut> Run() {
    if (Status may = CheckMay(); !may) return Forward(may);
    if (Status script = ChangeScript(); !script) return Forward(script);
    if (Status terms = ChangeSchedule(); !terms) return Forward(terms);
    Result<std::vector<model::MachineKey>> added = in_.resolved ? Result<std::vector<model::MachineKey>>(*in_.resolved)
                                                                : FindAdded(tx_, context_, former_, in_.instances);
    if (!added) return Forward(added);
    if (Status room = CheckRoom(*added); !room) return Forward(room);
    if (changed_ || !added->empty()) Write(*added);
    ModifyInvocationOut out;
    out.command = next_.command_id;
    out.version = next_.version;
    const auto now = tx_.LoadInvocation(next_.key);
    out.spreading = now && now->spreading;
    return out;
  }

 private:
  Status CheckMay() {
    if (!former_.is_schedule()) {
      return Fail(Errc::kInvalid, "only schedules can be changed", "InvalidOperation.RepeatModeUnsupported");
    }
    if (in_.frequency && former_.repeat_mode != model::RepeatMode::kPeriod) {
      return Fail(Errc::kInvalid, "only a period has a Frequency", "InvalidOperation.RepeatModeUnsupported");
    }
    if (former_.counts.open() == 0) {
      return Fail(Errc::kInvalid, "the schedule is over", "InvalidOperation.InvokeAlreadyFinished");
    }
    const bool terms = in_.content || in_.parameters || in_.frequency;
    if (!terms) return {};
    for (const std::string& version : tx_.StockVersions(former_.key)) {
      const auto build = StockBuild(version);
      if (build && *build <= kLastWithoutChange) {
        return Fail(Errc::kInvalid, "an agent of version " + version + " does not take changes of a schedule",
                    "InvalidOperation.CloudAssistantVersionUnsupported");
      }
    }
    return {};
  }

  Status ChangeScript() {
    if (!in_.content && !in_.parameters) return {};
    const model::Limits& limits = context_.limits();
    const std::string content = in_.content ? in_.content->Reveal() : tx_.LoadContent(former_.content);
    const bool with_values = in_.parameters && !in_.parameters->Reveal().empty();
    const bool enable = in_.enable_parameter.value_or(former_.enable_parameter || with_values);
    if (Status fits = model::CheckContentSize(content, limits); !fits) return Renamed(std::move(fits.error()));
    if (with_values && !enable) {
      return Fail(Errc::kInvalid, "Parameters need EnableParameter=true", "InvalidParameters.KeyNotMatch");
    }
    std::vector<std::string> names;
    std::string filled = content;
    if (enable) {
      Result<std::vector<std::string>> found = model::ParameterNames(content, limits);
      if (!found) return Renamed(std::move(found.error()));
      names = std::move(*found);
      const model::Parameters values = in_.parameters ? in_.parameters->Reveal() : FormerValues(former_);
      if (Status fit = model::CheckParameters(names, values, limits); !fit) return Renamed(std::move(fit.error()));
      Result<std::string> text = model::FillIn(content, values, limits);
      if (!text) return Renamed(std::move(text.error()));
      filled = std::move(*text);
    }
    const bool new_command = in_.content && content != tx_.LoadContent(former_.content);
    if (new_command && former_.command && tx_.CountCommands() >= limits.commands) {
      return Fail(Errc::kTooLarge, "there are " + std::to_string(limits.commands) + " commands, the limit",
                  "CommandLimitExceeded");
    }
    const bool same =
        !new_command && filled == tx_.LoadContent(former_.run_content) && enable == former_.enable_parameter;
    if (in_.parameters) next_.parameters = in_.parameters_json;
    changed_ = changed_ || !same;
    if (same) return {};
    next_.enable_parameter = enable;
    next_.builtins = enable && model::NamesBuiltins(content);
    next_.content = tx_.KeepContent(content);
    next_.run_content = filled == content ? next_.content : tx_.KeepContent(filled);
    tx_.DropContent(former_.content);
    if (former_.run_content != former_.content) tx_.DropContent(former_.run_content);
    if (new_command) KeepCommand(content, std::move(names));
    return {};
  }

  /// A new command, kept where the former one was.
  void KeepCommand(const std::string& content, std::vector<std::string> names) {
    next_.command_id = CommandId("c-" + context_.random.Hex(16));
    if (!former_.command) return;
    model::Command command;
    if (auto stored = tx_.FindCommand(former_.command_id)) {
      command = std::move(*stored);
    } else {  // deleted since
      command.name = former_.command_name;
      command.description = former_.description;
      command.type = former_.type;
      command.timeout = former_.timeout;
      command.working_dir = former_.working_dir;
      command.launcher = former_.launcher;
    }
    command.key = {};
    command.id = next_.command_id;
    command.enable_parameter = next_.enable_parameter;
    command.parameter_names = std::move(names);
    command.invoke_times = 0;
    command.created = context_.now;
    command.content = tx_.KeepContent(content);
    tx_.InsertCommand(command);
    tx_.CountInvoke(command.key);
    next_.command = command.key;
  }

  Status ChangeSchedule() {
    if (in_.frequency) {
      Result<std::string> cron =
          CronOf(*in_.frequency, former_.timeout, former_.created, context_, "InvalidParameter.Frequency");
      if (!cron) return Forward(cron);
      next_.frequency = *in_.frequency;
      next_.schedule.cron = std::move(*cron);
    }
    if (in_.splay && (*in_.splay < std::chrono::seconds(0) || *in_.splay > model::kMaxSplay)) {
      return Fail(Errc::kInvalid, "Splay is 0 to " + std::to_string(model::kMaxSplay.count()) + " seconds",
                  "InvalidParameter.Splay");
    }
    next_.schedule.missed = in_.missed_policy.value_or(former_.schedule.missed);
    next_.schedule.overlap = in_.overlap_policy.value_or(former_.schedule.overlap);
    next_.schedule.splay = in_.splay.value_or(former_.schedule.splay);
    changed_ = changed_ || !(next_.schedule == former_.schedule) || next_.frequency != former_.frequency;
    return {};
  }

  Status CheckRoom(const std::vector<model::MachineKey>& added) {
    if (added.empty()) return {};
    if (former_.spreading) return Fail(Errc::kUnavailable, "another change is being written; try again in a moment");
    if (former_.targets + static_cast<std::int64_t>(added.size()) > kMostTargets) {
      return Fail(Errc::kTooLarge, "there are too many machines in it", "InvalidInstanceId.CountLimitExceeded");
    }
    return {};
  }

  void Write(const std::vector<model::MachineKey>& added) {
    if (changed_) ++next_.version;
    next_.targets += static_cast<std::int64_t>(added.size());
    tx_.SaveTerms(next_);
    // Those that are added come first: targets [0, added), written from the last to the first.
    const std::span<const model::MachineKey> all(added);
    constexpr auto kSlice = static_cast<std::size_t>(store::kSliceRows);
    std::size_t end = all.size();
    if (end <= kSlice && end > 0) {
      tx_.InsertTasks(next_, 0, all);
      for (const model::MachineKey key : added) context_.effects.wakes.push_back(tx_.InstanceOf(key));
      end = 0;
    }
    const bool kept = end > 0;
    while (end > 0) {
      const std::size_t begin = end > kSlice ? end - kSlice : 0;
      tx_.SaveTargets(next_.key, static_cast<std::int64_t>(begin), all.subspan(begin, end - begin));
      end = begin;
    }
    if (!kept) ContinueChange(tx_, context_, next_);
  }

  store::Tx& tx_;
  Context& context_;
  const ModifyInvocationIn& in_;
  const model::Invocation former_;
  model::Invocation next_;
  bool changed_ = false;  ///< What agents are given.
};

Result<model::Invocation> FindSchedule(store::ReadTx& tx, const InvokeId& id) {
  std::optional<model::Invocation> invocation = tx.FindInvocation(id);
  if (!invocation || invocation->is_file()) {
    return Fail(Errc::kNotFound, "there is no invocation " + id.str(), "InvalidInvokeId.NotFound");
  }
  if (invocation->creating) {
    return Fail(Errc::kUnavailable, "the invocation is still being written; try again in a moment");
  }
  return std::move(*invocation);
}

}  // namespace

Result<ModifyInvocationOut> ModifyInvocation(store::Tx& tx, Context& context, const ModifyInvocationIn& in) {
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kOperation, in.client_token);
  if (!former) return Forward(former);
  if (*former) {
    ModifyInvocationOut out;
    out.command = CommandId(**former);
    if (const auto now = tx.FindInvocation(in.invocation)) {
      out.version = now->version;
      out.spreading = now->spreading;
    }
    return out;
  }
  Result<model::Invocation> invocation = FindSchedule(tx, in.invocation);
  if (!invocation) return Forward(invocation);
  Result<ModifyInvocationOut> out = Change(tx, context, in, std::move(*invocation)).Run();
  if (out) RememberAnswer(tx, context, kOperation, in.client_token, out->command.str());
  return out;
}

bool ContinueChange(store::Tx& tx, Context& context, const model::Invocation& invocation) {
  const std::optional<model::TaskKey> before = tx.SpreadOf(invocation.key);
  if (!before) return false;
  const std::vector<store::TaskOn> slice = tx.OpenTasksOf(invocation.key, *before, store::kSliceRows);
  for (const store::TaskOn& each : slice) {
    StandingTask standing(tx, context, invocation, each.task, true);
    if (standing.marks().accepted_version == invocation.version) continue;  // it was quick
    if (!standing.Do(model::ScheduleModified{})) continue;
    standing.Save();
    context.effects.wakes.push_back(each.instance);
  }
  const bool more = static_cast<std::int64_t>(slice.size()) == store::kSliceRows;
  tx.SaveSpread(invocation.key, more ? std::optional(slice.back().task.key) : std::nullopt);
  return more;
}

Result<ResolveAddedOut> ResolveAdded(store::ReadTx& tx, const ReadContext& context, const ModifyInvocationIn& in) {
  Result<model::Invocation> invocation = FindSchedule(tx, in.invocation);
  if (!invocation) return Forward(invocation);
  Result<std::vector<model::MachineKey>> machines = FindAdded(tx, context, *invocation, in.instances);
  if (!machines) return Forward(machines);
  return ResolveAddedOut{std::move(*machines)};
}

boost::asio::awaitable<Result<ModifyInvocationOut>> ModifyWholeInvocation(Runner& runner, ModifyInvocationIn in,
                                                                          Origin origin) {
  if (static_cast<std::int64_t>(in.instances.size()) > store::kSliceRows) {
    ModifyInvocationIn query = in;
    Result<ResolveAddedOut> added = co_await runner.Read(ResolveAdded, std::move(query));
    // What is wrong with them the change tells.
    if (added) {
      in.resolved = std::move(added->machines);
    } else if (added.error().code == Errc::kUnavailable) {
      co_return Forward(added);
    }
  }
  InvokeId id = in.invocation;
  Result<ModifyInvocationOut> out = co_await runner.Change(ModifyInvocation, std::move(in), std::move(origin));
  if (!out || !out->spreading) co_return out;
  // It is committed: what fails from here on scheduler makes up for.
  Status complete = co_await CompleteInvocation(runner, std::move(id));
  out->spreading = !complete;
  co_return out;
}

}  // namespace assist::server::control
