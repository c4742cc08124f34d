#include "server/openapi/access_table.h"

#include "server/openapi/operations/tags.h"

namespace assist::server::openapi {
namespace {

using control::Need;
using control::Touched;
using policy::Kind;
using Needs = std::vector<Need>;

Touched These(Kind kind, std::vector<std::string> ids) {
  Touched out;
  out.kind = kind;
  out.ids = std::move(ids);
  return out;
}
/// The resource that a text parameter names; without one, all.
Touched Named(const Call& call, Kind kind, std::string_view parameter) {
  const std::string& id = call.arguments.Text(parameter);
  return id.empty() ? Touched{kind} : These(kind, {id});
}
/// Machines by their ids, else by tags (`tags` may be empty: there is no such parameter), else all.
Touched Machines(const Call& call, std::string_view tags) {
  Touched out;
  out.kind = Kind::kInstance;
  out.ids = call.arguments.List("InstanceId");
  if (out.ids.empty() && !tags.empty()) out.with = call.arguments.Tags(tags);
  return out;
}
Touched Targets(const Call& call) {
  Touched out = Machines(call, "ResourceTag");
  out.resolve = !out.with.empty();
  return out;
}
/// Commands or machines of the invocation that a call names; all when it names none.
Touched Of(const Call& call, Kind kind) {
  Touched out;
  out.kind = kind;
  out.of = InvokeId(call.arguments.Text("InvokeId"));
  return out;
}
Needs One(const std::string& action, Touched touched) { return {{action, {std::move(touched)}}}; }

Needs Nothing(const Call& /*call*/, const std::string& action) { return One(action, {}); }

Needs TheCommand(const Call& call, const std::string& action) {
  return One(action, Named(call, Kind::kCommand, "CommandId"));
}
Needs NewCommand(const Call& call, const std::string& action) {
  Touched made{Kind::kCommand};
  made.fresh = true;
  made.with = call.arguments.Tags("Tag");
  return One(action, std::move(made));
}
Needs CommandsListed(const Call& call, const std::string& action) {
  Touched listed = Named(call, Kind::kCommand, "CommandId");
  listed.with = call.arguments.Tags("Tag");
  return One(action, std::move(listed));
}

Needs ToRun(const Call& call, const std::string& action) {
  Needs needs = One(action, Targets(call));
  if (*call.arguments.Flag("KeepCommand")) {
    Touched made{Kind::kCommand};
    made.fresh = true;
    needs.push_back({"ecs:CreateCommand", {std::move(made)}});
  }
  return needs;
}
Needs ToInvoke(const Call& call, const std::string& action) {
  Needs needs = {{action, {Named(call, Kind::kCommand, "CommandId")}}, {action, {Targets(call)}}};
  // A launcher is a command line of the caller's own.
  if (call.arguments.TextIfGiven("Launcher")) needs.push_back({"ecs:RunCommand", {Targets(call)}});
  return needs;
}
Needs ToManage(const Call& call, const std::string& action) { return One(action, Targets(call)); }
Needs ToRollOut(const Call& call, const std::string& action) { return One(action, Targets(call)); }
Needs ToSend(const Call& call, const std::string& action) { return One(action, Machines(call, {})); }
/// The invocation itself, or all of its machines that are to be stopped.
Needs ToStop(const Call& call, const std::string& action) {
  Touched machines = Machines(call, {});
  if (machines.ids.empty()) machines = Of(call, Kind::kInstance);
  return {{action, {Named(call, Kind::kInvocation, "InvokeId"), std::move(machines)}}};
}
/// As to stop it; and since any script may be run that way, also the right to run any on these machines.
Needs ToRerun(const Call& call, const std::string& action) {
  Needs needs = ToStop(call, action);
  needs.push_back({"ecs:RunCommand", {needs[0].any_of.back()}});
  return needs;
}
/// The invocation or all of its machines, and the machines that are added. A new script is a script run anew.
Needs ToModify(const Call& call, const std::string& action) {
  Needs needs = {{action, {Named(call, Kind::kInvocation, "InvokeId"), Of(call, Kind::kInstance)}}};
  const std::vector<std::string>& added = call.arguments.List("InstanceId");
  if (!added.empty()) needs.push_back({action, {These(Kind::kInstance, added)}});
  if (call.arguments.Has("CommandContent")) {
    needs.push_back({"ecs:RunCommand", {Of(call, Kind::kInstance)}});
    if (!added.empty()) needs.push_back({"ecs:RunCommand", {These(Kind::kInstance, added)}});
  }
  return needs;
}

/// What a list of invocations or their results is narrowed to: an invocation, or a machine.
Needs SchedulesListed(const Call& call, const std::string& action) {
  Touched machine = Named(call, Kind::kInstance, "InstanceId");
  if (machine.ids.empty()) machine = Of(call, Kind::kInstance);
  return {{action, {Named(call, Kind::kInvocation, "InvokeId"), std::move(machine), Of(call, Kind::kCommand)}}};
}
/// Also to a command, or to invocations with some tags.
Needs InvocationsListed(const Call& call, const std::string& action) {
  Needs needs = SchedulesListed(call, action);
  needs[0].any_of[0].with = call.arguments.Tags("Tag");
  const std::string& command = call.arguments.Text("CommandId");
  if (!command.empty()) needs[0].any_of[2] = These(Kind::kCommand, {command});
  return needs;
}
/// Files have no commands.
Needs FilesListed(const Call& call, const std::string& action) {
  Needs needs = SchedulesListed(call, action);
  needs[0].any_of[0].with = call.arguments.Tags("Tag");
  needs[0].any_of.pop_back();
  return needs;
}

Needs TheActivation(const Call& call, const std::string& action) {
  return One(action, Named(call, Kind::kActivation, "ActivationId"));
}
Needs NewActivation(const Call& call, const std::string& action) {
  Touched made{Kind::kActivation};
  made.fresh = true;
  made.with = call.arguments.Tags("Tag");
  return One(action, std::move(made));
}
Needs ActivationsListed(const Call& call, const std::string& action) {
  Touched listed = Named(call, Kind::kActivation, "ActivationId");
  listed.with = call.arguments.Tags("Tag");
  return One(action, std::move(listed));
}

Needs TheMachine(const Call& call, const std::string& action) {
  return One(action, Named(call, Kind::kInstance, "InstanceId"));
}
Needs MachinesListed(const Call& call, const std::string& action) { return One(action, Machines(call, "Tag")); }
Needs MachinesNamed(const Call& call, const std::string& action) { return One(action, Machines(call, {})); }

/// What the tag operations name: by id, else all of the kind.
Touched Tagged(const Call& call) {
  Touched out;
  switch (ReadResourceType(call)) {
    case model::Taggable::kCommand:
      out.kind = Kind::kCommand;
      break;
    case model::Taggable::kInvocation:
      out.kind = Kind::kInvocation;
      break;
    case model::Taggable::kMachine:
      out.kind = Kind::kInstance;
      break;
    case model::Taggable::kActivation:
      out.kind = Kind::kActivation;
      break;
  }
  out.ids = call.arguments.List("ResourceId");
  return out;
}
Needs ToTag(const Call& call, const std::string& action) { return One(action, Tagged(call)); }
Needs TagsListed(const Call& call, const std::string& action) {
  Touched listed = Tagged(call);
  listed.with = call.arguments.Tags("Tag");
  return One(action, std::move(listed));
}
/// On any machine: of a session that is not there nobody knows which.
Needs AnyMachine(const Call& /*call*/, const std::string& action) { return One(action, Touched{Kind::kInstance}); }

constexpr AccessEntry kTable[] = {
    {"CreateActivation", NewActivation},
    {"CreateCommand", NewCommand},
    {"DeleteActivation", TheActivation},
    {"DeleteCommand", TheCommand},
    {"DeprecatePackage", Nothing, "assist"},
    {"DeregisterManagedInstance", TheMachine},
    {"DescribeActivations", ActivationsListed},
    {"DescribeAgentRollouts", MachinesNamed},
    {"DescribeAssistInventory", TheMachine},
    {"DescribeAuditRecords", Nothing, "assist"},
    {"DescribeCloudAssistantStatus", MachinesNamed},
    {"DescribeCloudAssistantSettings", Nothing},
    {"DescribeCommands", CommandsListed},
    {"DescribeInstances", AnyMachine},
    {"DescribeInvocationResults", InvocationsListed},
    {"DescribeInvocations", InvocationsListed},
    {"DescribeManagedInstances", MachinesListed},
    {"DescribePackages", Nothing},
    {"DescribeRegions", Nothing},
    {"DescribeScheduleCalendar", SchedulesListed},
    {"DescribeSchedules", SchedulesListed},
    {"DescribeSendFileResults", FilesListed},
    {"DescribeTerminalSessions", TheMachine},
    {"DisableActivation", TheActivation},
    {"EndTerminalSession", AnyMachine},
    {"InstallCloudAssistant", MachinesNamed},
    {"InvokeCommand", ToInvoke},
    {"ListPluginStatus", MachinesNamed},
    {"ListTagResources", TagsListed},
    {"ManagePackages", ToManage, "assist"},
    {"ModifyCloudAssistantSettings", Nothing},
    {"ModifyCommand", TheCommand},
    {"ModifyInvocationAttribute", ToModify},
    {"ModifyManagedInstance", TheMachine},
    {"PublishPackage", Nothing, "assist"},
    {"PutArtifact", Nothing, "assist"},
    {"RemovePackage", Nothing, "assist"},
    {"PauseAgentRollout", AnyMachine, "assist"},
    {"RerunInvocation", ToRerun},
    {"ResumeAgentRollout", AnyMachine, "assist"},
    {"RollbackAgentRollout", MachinesNamed, "assist"},
    {"RunCommand", ToRun},
    {"SendFile", ToSend},
    {"SetPackageChannel", Nothing, "assist"},
    {"StartAgentRollout", ToRollOut, "assist"},
    {"StartTerminalSession", MachinesNamed},
    {"StopInvocation", ToStop},
    {"TagResources", ToTag},
    {"UntagResources", ToTag},
};

}  // namespace

std::shared_ptr<const control::Access> AccessForStock(const Call& call) {
  auto out = std::make_shared<control::Access>(*call.access);
  out->needs = One("ecs:RunCommand", Touched{Kind::kInstance});
  return out;
}

std::span<const AccessEntry> AccessTable() noexcept { return kTable; }

const AccessEntry* FindAccessEntry(std::string_view operation) noexcept {
  for (const AccessEntry& entry : kTable) {
    if (entry.operation == operation) return &entry;
  }
  return nullptr;
}

std::string ActionOf(const AccessEntry& entry) {
  return std::string(entry.product) + ":" + std::string(entry.operation);
}

std::vector<std::string> AllActions() {
  std::vector<std::string> out;
  for (const AccessEntry& entry : kTable) out.push_back(ActionOf(entry));
  return out;
}

}  // namespace assist::server::openapi
