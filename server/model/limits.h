// The limits of a server (design.md, section 3: config key `limits`). Pure; set once at start.
#pragma once

#include <chrono>
#include <cstdint>

namespace assist::server::model {

struct Limits {
  // Commands.
  std::int64_t content_base64_bytes;  ///< Of a script in its Base64 form, parameters filled in.
  std::int64_t commands;              ///< Kept.
  std::int64_t parameter_names = 20;  ///< Different names in a script.
  std::int64_t parameter_name_bytes = 64;
  std::int64_t parameters = 10;  ///< Values in a call.
  std::chrono::seconds timeout_max;
  std::chrono::seconds timeout_min{10};  ///< Less counts as this.
  // Invocations.
  std::int64_t targets;       ///< Of one call.
  std::int64_t stop_targets;  ///< Instances named in StopInvocation.
  std::int64_t invocations;   ///< Remembered; the oldest finished ones go first.
  std::chrono::hours retention{30 * 24};
  std::chrono::seconds delivery_timeout;     ///< When the caller gives none.
  std::int64_t output_bytes;                 ///< Kept of one task.
  std::chrono::seconds silence_margin{300};  ///< After Timeout, until an agent counts as silent.
  std::int64_t page_size;                    ///< Rows in one page at most.
  std::int64_t described_instances;          ///< InvokeInstances shown of one invocation at most.
  // Files.
  std::int64_t file_base64_bytes;       ///< Of a file in its Base64 form.
  std::int64_t file_targets;            ///< Of one SendFile; so many are shown of one.
  std::int64_t files;                   ///< Calls of SendFile remembered; the oldest finished ones go first.
  std::chrono::hours file_retention{};  ///< Of these.
  // Schedules.
  bool period_above_timeout;                ///< Runs lie further apart than one may take, and at least 10 s or 60 s.
  std::int64_t history_runs = 1'000;        ///< Rows kept of one standing task's history; at most 10,000.
  std::chrono::seconds overdue_grace{120};  ///< After a due time (and splay), until nothing heard means overdue.
  std::int64_t calendar_steps = 4'000'000;  ///< Due times that one calendar computes one by one: a second of work.
  // Machines.
  std::int64_t activations;             ///< Codes kept.
  std::int64_t activation_instances;    ///< InstanceCount at most.
  std::chrono::hours activation_ttl;    ///< TimeToLiveInHours at most.
  std::int64_t machines;                ///< Registered at a time.
  std::int64_t status_instances;        ///< Instances named in DescribeCloudAssistantStatus.
  std::int64_t managed_instances = 50;  ///< Instances named in DescribeManagedInstances.
  std::int64_t tags = 20;               ///< On one thing.
  // One list to an agent.
  std::int64_t fetch_entries = 50;
  std::int64_t fetch_bytes = 4 << 20;  ///< Of scripts and files; one entry always goes.
  std::int64_t stock_unfinished = 40;  ///< Tasks that lie with a stock agent at a time.
  // Memory of calls.
  std::chrono::seconds nonce_life{31 * 60};  ///< Longer than the time window on both sides.
  std::chrono::seconds client_token_life{86'400};

  [[nodiscard]] static Limits Large() noexcept;   ///< The default.
  [[nodiscard]] static Limits Compat() noexcept;  ///< Exactly the reference's limits (openapi.md, 9.7).
};

}  // namespace assist::server::model
