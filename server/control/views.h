// What read use cases show: rows with what belongs to them, ready to be rendered by openapi. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/secret.h"
#include "server/control/ports.h"
#include "server/model/entities.h"
#include "server/model/paging.h"

namespace assist::server::control {

/// What the rows of one page share. Pages of 50 rows, the reference's largest, are never cut.
inline constexpr std::int64_t kPageContentBytes = 64 << 20;  ///< Of scripts.
inline constexpr std::int64_t kPageInstances = 5'000;        ///< Instances of all invocations together.

struct CommandView {
  model::Command command;
  Secret<std::string> content;  ///< Bytes as given; empty when cut.
  bool content_cut = false;     ///< The page has too much: ask for this command alone.
};

/// Part of a task's output. Offsets are places in the stream as the process wrote it, bytes not kept included.
struct OutputView {
  Secret<std::string> data;
  std::int64_t offset = 0;   ///< Where the first byte of `data` stands (more than asked when that is not kept).
  std::int64_t size = 0;     ///< Length of the stream so far (extension field OutputSize).
  std::int64_t dropped = 0;  ///< Bytes of the stream that `data` leaves out, of a whole output; 0 for a range.
};

struct TaskView {
  model::Task task;
  InstanceId instance;
  InvokeId invocation;
  /// Of the task; of a standing task that of its latest run; of a row of history that of this run. When asked for.
  std::optional<OutputView> output;
  std::optional<model::ScheduleMarks> schedule;  ///< Of a standing task: runs so far (`Repeats`), next due time, …
  /// Of a standing task its latest run, if there was one; of a row of history this run or missed range.
  std::optional<model::Occurrence> occurrence;
};

struct InvocationView {
  model::Invocation invocation;
  Secret<std::string> content;  ///< As given, `{{…}}` not filled in; empty when cut.
  bool content_cut = false;     ///< As in CommandView.
  std::vector<TaskView> tasks;  ///< In the order of the call; at most Limits::described_instances.
  bool tasks_cut = false;       ///< There are more; page through DescribeInvocationResults.
};

struct MachineView {
  model::Machine machine;
  Presence::State presence;
  bool online = false;
  std::optional<SystemTime> last_heartbeat;  ///< From memory, else as last written.
  std::int64_t active_tasks = 0;             ///< Running now.
};

/// The script of a row, while the page has room; takes its size from `room`. Empty when there is none.
[[nodiscard]] std::optional<Secret<std::string>> ContentWithin(std::int64_t& room, std::string content);

/// A tag to choose by: all must match; without value any value matches.
struct TagFilter {
  std::string key;
  std::optional<std::string> value;
};

}  // namespace assist::server::control
