#include "server/gateway/wake/run_watch.h"

#include <algorithm>
#include <charconv>

namespace assist::server::gateway {
namespace {
constexpr std::int64_t kStartWanders = 10;  // seconds
}  // namespace

void RunWatch::OnSign(std::string_view run, SteadyTime now) {
  if (run.empty() || run == current_) return;
  const auto found = std::find(former_.begin(), former_.end(), run);
  if (found != former_.end()) {
    if (now - current_since_ <= options_.straggler) return;
    conflict_ = true;
    conflict_at_ = now;
    former_.erase(found);
  }
  if (!current_.empty()) former_.push_back(std::move(current_));
  if (former_.size() > options_.max_runs) former_.erase(former_.begin());
  current_ = std::string(run);
  current_since_ = now;
}

bool RunWatch::duplicate(SteadyTime now) const { return conflict_ && now - conflict_at_ < options_.memory; }

std::string StockRun(std::int64_t pid, std::chrono::milliseconds process_uptime, SteadyTime now,
                     std::string_view former) {
  const std::int64_t start =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch() - process_uptime).count();
  const std::string prefix = std::to_string(pid) + "@";
  if (former.starts_with(prefix)) {
    const std::string_view text = former.substr(prefix.size());
    std::int64_t known = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), known);
    if (error == std::errc() && end == text.data() + text.size() && std::abs(known - start) <= kStartWanders) {
      return std::string(former);
    }
  }
  return prefix + std::to_string(start);
}

}  // namespace assist::server::gateway
