#include "cli/schedule/options.h"

namespace assist::cli {
namespace {

OptionSpec Zone(const Message<0>& note) { return {"", "--zone", "ZONE", note}; }
OptionSpec Output() { return {"", "--output", "FORMAT", msg::kOptTableOrJson, Offer::kChoices, "table json"}; }
OptionSpec Instance() { return {"-i", "--instance", "ID", msg::kScheduleOptInstance, Offer::kMachine}; }

VerbSpec List() {
  return {
      .name = "ls",
      .summary = msg::kScheduleListSummary,
      .usage = {"[OPTIONS] [INVOCATION]"},
      .examples =
          {
              {"assist schedule ls", msg::kScheduleExampleAll},
              {"assist schedule ls t-1", msg::kScheduleExampleOne},
              {"assist schedule ls -i mi-1 --all", msg::kScheduleExampleMachine},
              {"assist schedule ls --overdue", msg::kScheduleExampleOverdue},
              {"assist schedule ls --output json", msg::kScheduleExampleJson},
          },
      .options = {{msg::kGroupOptions,
                   {
                       Instance(),
                       {"-a", "--all", "", msg::kScheduleOptAll},
                       {"", "--overdue", "", msg::kScheduleOptOverdue},
                       {"", "--limit", "N", msg::kScheduleOptLimit},
                       Zone(msg::kScheduleOptShowZone),
                       Output(),
                   }}},
      .words = Offer::kInvocation,
      .most_words = 1,
  };
}

VerbSpec Calendar() {
  return {
      .name = "calendar",
      .summary = msg::kScheduleCalendarSummary,
      .usage = {"[OPTIONS] [INVOCATION]"},
      .examples =
          {
              {"assist schedule calendar", msg::kScheduleExampleCalendar},
              {"assist schedule calendar --hours 168 --bucket 86400", msg::kScheduleExampleWeek},
          },
      .options = {{msg::kGroupOptions,
                   {
                       Instance(),
                       {"", "--from", "TIME", msg::kScheduleOptFrom},
                       {"", "--hours", "N", msg::kScheduleOptHours},
                       {"", "--bucket", "SECONDS", msg::kScheduleOptBucket},
                       {"", "--limit", "N", msg::kScheduleOptCalendarLimit},
                       Zone(msg::kScheduleOptShowZone),
                       Output(),
                   }}},
      .words = Offer::kInvocation,
      .most_words = 1,
  };
}

VerbSpec Preview() {
  return {
      .name = "preview",
      .summary = msg::kSchedulePreviewSummary,
      .usage = {"[OPTIONS] 'EXPRESSION'"},
      .examples =
          {
              {"assist schedule preview '0 */10 * * * * Asia/Shanghai'", msg::kScheduleExampleCron},
              {"assist schedule preview '0 30 21 * * MON-FRI' -n 3 --zone Europe/Berlin", msg::kScheduleExampleZone},
              {"assist schedule preview 'rate(90s)'", msg::kScheduleExampleRate},
              {"assist schedule preview 'at(2099-12-24 18:00:00 UTC)'", msg::kScheduleExampleAt},
          },
      .options = {{msg::kGroupOptions,
                   {
                       {"-n", "--count", "N", msg::kScheduleOptCount},
                       Zone(msg::kScheduleOptZone),
                       Output(),
                   }}},
      .most_words = 16,
      .notes = {msg::kScheduleNoteGrammar},
  };
}

}  // namespace

const VerbSpec& ScheduleSpec() {
  static const VerbSpec kSpec = {
      .name = "schedule",
      .summary = msg::kScheduleSummary,
      .usage = {"ls|calendar|preview [OPTIONS]"},
      .examples =
          {
              {"assist schedule preview '0 */10 * * * * Asia/Shanghai'", msg::kScheduleExampleCron},
              {"assist schedule ls --overdue", msg::kScheduleExampleOverdue},
              {"assist ecs RunCommand --Type RunShellScript --CommandContent 'df -h' --InstanceIds mi-1 --Frequency "
               "'rate(5m)'",
               msg::kScheduleExampleMake},
              {"assist ecs ModifyInvocationAttribute --InvokeId t-1 --Frequency '0 0 3 * * *'",
               msg::kScheduleExampleChange},
              {"assist ecs StopInvocation --InvokeId t-1", msg::kScheduleExampleStop},
          },
      .notes = {msg::kScheduleNoteGrammar},
      .verbs = {List(), Calendar(), Preview()},
  };
  return kSpec;
}

}  // namespace assist::cli
