#include "cli/ecs/actions.h"

#include <algorithm>
#include <cstddef>

namespace assist::cli {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Edit distance without regard to case.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t swap = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, swap});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<Action>& Actions() {
  static const std::vector<Action> kActions = {
      {"CreateCommand",
       true,
       {},
       "Stores a command and returns its id; nothing runs yet.",
       "CreateCommand --Name test --Type RunShellScript --CommandContent ZWNobyAxMjM="},
      {"ModifyCommand",
       false,
       {},
       "Changes name, description, directory, timeout or launcher of a command.",
       "ModifyCommand --CommandId c-1 --Timeout 600"},
      {"DeleteCommand",
       false,
       {},
       "Deletes a command that no unfinished invocation uses.",
       "DeleteCommand --CommandId c-1"},
      {"DescribeCommands", false, {}, "Lists commands, newest first.", "DescribeCommands --Name 'te*' --PageSize 50"},
      {"RunCommand",
       true,
       {"InstanceId"},
       "Runs a text on machines: CreateCommand and InvokeCommand in one call.",
       "RunCommand --Type RunShellScript --CommandContent 'echo 123' --InstanceIds mi-1 mi-2"},
      {"InvokeCommand",
       true,
       {"InstanceId"},
       "Runs a stored command on machines, once or on a schedule.",
       "InvokeCommand --CommandId c-1 --InstanceIds mi-1 mi-2 --Timed false"},
      {"StopInvocation",
       false,
       {"InstanceId"},
       "Stops an invocation, on all its machines or on some.",
       "StopInvocation --InvokeId t-1"},
      {"DescribeInvocations",
       false,
       {},
       "Lists invocations with their status on each machine.",
       "DescribeInvocations --InvokeId t-1"},
      {"DescribeInvocationResults",
       false,
       {},
       "Lists results: exit code and output of each machine.",
       "DescribeInvocationResults --InvokeId t-1 --InstanceId mi-1"},
      {"ModifyInvocationAttribute",
       true,
       {"InstanceId"},
       "Changes a scheduled invocation while it lives.",
       "ModifyInvocationAttribute --InvokeId t-1 --Frequency '0 0 3 * * *'"},
      {"DescribeSchedules",
       false,
       {},
       "Lists schedules on each machine: last and next time, runs, missed ones, lateness.",
       "DescribeSchedules --InvokeId t-1"},
      {"DescribeScheduleCalendar",
       false,
       {},
       "What runs where in the next hours.",
       "DescribeScheduleCalendar --From 2026-03-01T00:00:00Z --To 2026-03-02T00:00:00Z"},
      {"SendFile",
       true,
       {"InstanceId"},
       "Writes a small file on machines.",
       "SendFile --Name motd --TargetDir /etc --Content aGVsbG8K --ContentType Base64 --InstanceIds mi-1"},
      {"DescribeSendFileResults", false, {}, "Lists file tasks and their state on each machine.", ""},
      {"InstallCloudAssistant", false, {"InstanceId"}, "Puts the agent on instances.", ""},
      {"DescribeCloudAssistantStatus",
       false,
       {"InstanceId"},
       "Is the agent of each machine alive, which version is it.",
       "DescribeCloudAssistantStatus --InstanceIds mi-1 mi-2"},
      {"DescribeAssistInventory",
       false,
       {},
       "Of this server alone: what a stock agent has told of its machine; with --TypeName the content.",
       "DescribeAssistInventory --InstanceId mi-1 --TypeName ACS:Application"},
      {"ListPluginStatus", false, {"InstanceId"}, "State of agent plug-ins.", ""},
      {"CreateActivation",
       true,
       {},
       "Makes an activation code with which machines register themselves.",
       "CreateActivation --InstanceCount 10 --TimeToLiveInHours 4"},
      {"DescribeActivations", false, {}, "Lists activation codes and their use.", "DescribeActivations"},
      {"DisableActivation", false, {}, "Ends the use of an activation code.", "DisableActivation --ActivationId ID"},
      {"DeleteActivation",
       false,
       {},
       "Deletes an activation code that no machine is registered with.",
       "DeleteActivation --ActivationId ID"},
      {"DescribeManagedInstances",
       false,
       {"InstanceId"},
       "Lists the registered machines.",
       "DescribeManagedInstances --Connected true --PageSize 50"},
      {"ModifyManagedInstance",
       false,
       {},
       "Renames a machine.",
       "ModifyManagedInstance --InstanceId mi-1 --InstanceName web-1"},
      {"DeregisterManagedInstance", true, {}, "Removes a machine.", "DeregisterManagedInstance --InstanceId mi-1"},
      {"StartTerminalSession", true, {"InstanceId"}, "Opens a terminal or a forwarded port on a machine.", ""},
      {"EndTerminalSession", false, {}, "Closes a session for good.", ""},
      {"DescribeTerminalSessions", false, {}, "History of sessions.", ""},
      {"ModifyCloudAssistantSettings", false, {}, "Sets one group of service settings.", ""},
      {"DescribeCloudAssistantSettings", false, {"SettingType"}, "Reads groups of service settings.", ""},
      {"TagResources",
       false,
       {"ResourceId"},
       "Puts tags on resources.",
       "TagResources --ResourceType managedinstance --ResourceId mi-1 mi-2 --Tag.1.Key web --Tag.1.Value front"},
      {"UntagResources",
       false,
       {"ResourceId", "TagKey"},
       "Takes tags off resources.",
       "UntagResources --ResourceType managedinstance --ResourceId mi-1 --TagKey web"},
      {"ListTagResources",
       false,
       {"ResourceId"},
       "Lists tags of resources.",
       "ListTagResources --ResourceType managedinstance --ResourceId mi-1"},
      {"DescribeRegions", false, {}, "Lists the regions.", "DescribeRegions"},
      {"DescribeInstances",
       false,
       {"AdditionalAttributes", "Ipv6Address"},
       "Lists instances.",
       "DescribeInstances --InstanceIds i-1 i-2"},
  };
  return kActions;
}

const Action* FindAction(std::string_view name) {
  const auto& actions = Actions();
  const auto found =
      std::find_if(actions.begin(), actions.end(), [name](const Action& action) { return action.name == name; });
  return found == actions.end() ? nullptr : &*found;
}

std::string_view NearestAction(std::string_view name) {
  std::string_view nearest;
  if (name.size() > 100) return nearest;
  std::size_t best = name.size() / 4 + 1;  // at most one letter in four is wrong
  for (const Action& action : Actions()) {
    const std::size_t distance = Distance(name, action.name);
    if (distance < best) {
      best = distance;
      nearest = action.name;
    }
  }
  return nearest;
}

bool ChangesState(std::string_view action) {
  return !action.starts_with("Describe") && !action.starts_with("List") && !action.starts_with("Get");
}

}  // namespace assist::cli
