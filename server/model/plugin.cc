#include "server/model/plugin.h"

#include <algorithm>
#include <chrono>

namespace assist::server::model {
namespace {

/// Between two reports that it does not run; shorter is the same stop, told twice.
constexpr std::chrono::minutes kStillDown{1};

bool IsPlain(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::optional<PluginState> ParsePluginState(std::string_view word) noexcept {
  if (word == "PERSIST_RUNNING") return PluginState::kRunning;
  if (word == "PERSIST_FAIL") return PluginState::kFailed;
  if (word == "PERSIST_UNKNOWN") return PluginState::kUnknown;
  if (word == "ONCE_INSTALLED") return PluginState::kInstalled;
  if (word == "REMOVED") return PluginState::kRemoved;
  return std::nullopt;
}

bool IsKeepable(const PluginReport& report) noexcept {
  return !report.name.empty() && report.name.size() <= kPluginNameBytes && IsPlain(report.name) &&
         report.version.size() <= kPluginVersionBytes && IsPlain(report.version);
}

PluginStatus Apply(const std::optional<PluginStatus>& former, const PluginReport& report, SystemTime now) {
  PluginStatus out;
  out.name = report.name;
  out.version = report.version;
  out.state = report.state;
  out.last = now;
  const bool removed = report.state == PluginState::kRemoved;
  const bool goes_on = former && (removed || former->state != PluginState::kRemoved);
  out.first = goes_on ? former->first : now;
  const bool same = goes_on && former->state == report.state && former->version == report.version;
  out.since = same ? former->since : now;
  out.tagged = goes_on && former->tagged;
  if (report.tag != PluginTag::kNotTold) out.tagged = report.tag == PluginTag::kAdd;
  if (removed) out.tagged = false;
  return out;
}

std::string_view ShownState(const PluginStatus& status) noexcept {
  switch (status.state) {
    case PluginState::kRunning:
      return "Running";
    case PluginState::kFailed:
      return status.last - status.since >= kStillDown ? "Crashed" : "Stopped";
    case PluginState::kUnknown:
      return "Unknown";
    case PluginState::kInstalled:
      return "Installed";
    case PluginState::kRemoved:
      return "Removed";
  }
  return "Unknown";
}

}  // namespace assist::server::model
