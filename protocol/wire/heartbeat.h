// Heart-beats (agent-protocol reference, sections 7, 21, 24) with their stock carrier form. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::wire {

struct Heartbeat {
  std::chrono::milliseconds uptime{0};  ///< Of the machine.
  SystemTime timestamp{};
  std::int64_t pid = 0;  ///< 0: not told (agents of 2020).
  std::chrono::milliseconds process_uptime{0};
  std::int64_t index = 0;     ///< Heart-beats answered so far.
  std::int64_t sequence = 0;  ///< Heart-beats sent so far.

  /// The fields that the first ones carry, until one was answered.
  struct First {
    std::string virt_type = "kvm";
    std::string os_version;
    std::string zone = "unknown";  ///< `az`
    std::string machine_id;
    bool cold_start = false;
  };
  std::optional<First> first;

  std::string app_version;  ///< Old long form only.
  std::string os_type;      ///< Old long form only.

  /// In place of `first`, in every heart-beat, once a server has asked for it (AsksForLongHeartbeat).
  struct LongForm {
    std::string virt_type = "kvm";
    std::string os_type;
    std::string os_version;
    std::string app_version;
    std::string zone = "unknown";
    std::optional<bool> cold_start;  ///< Until one was answered.
  };
  std::optional<LongForm> long_form;
};

struct HeartbeatAnswer {
  std::string instance_id;
  std::chrono::milliseconds next_interval{60000};  ///< 55,000 to 65,000 is taken by stock agents.
  bool new_tasks = false;  ///< There is something to fetch; only the C++ agents of 2020 heed it.
};

inline constexpr std::chrono::milliseconds kHeartbeatDefault{60000};
inline constexpr std::chrono::milliseconds kHeartbeatMin{55000};
inline constexpr std::chrono::milliseconds kHeartbeatMax{65000};

/// Path and query, parameters in the stock order.
[[nodiscard]] std::string HeartbeatTarget(const Heartbeat& heartbeat);
/// Tolerant: unknown parameters are ignored, missing and malformed ones are their defaults.
[[nodiscard]] Heartbeat ParseHeartbeat(std::string_view query);
/// The answer of an old server that misses a parameter: a stock agent sends the long form from then on, and takes this
/// one for no answer.
[[nodiscard]] bool AsksForLongHeartbeat(std::string_view body);
/// JSON; has `newTasks` and `newTask` (agents of all ages), both false.
[[nodiscard]] std::string RenderHeartbeatAnswer(const HeartbeatAnswer& answer);
/// The interval when the answer names one in range, else empty; the body may be anything.
[[nodiscard]] std::optional<std::chrono::milliseconds> ParseHeartbeatInterval(std::string_view body);

}  // namespace assist::wire
