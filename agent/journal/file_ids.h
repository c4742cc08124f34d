// Files that are sent to this machine share the journal with tasks, under ids that no task's own id can be mistaken
// for: `f-…@file`. Reaches the disk: never change. Pure.
#pragma once

#include <string>
#include <string_view>

namespace assist::agent::journal {

inline constexpr std::string_view kFileMark = "@file";

[[nodiscard]] inline std::string FileId(std::string_view task_id) {
  return std::string(task_id) + std::string(kFileMark);
}
[[nodiscard]] inline bool IsFileId(std::string_view id) noexcept { return id.ends_with(kFileMark); }
/// The task's own id. `id` is a file's.
[[nodiscard]] inline std::string TaskIdOf(std::string_view id) {
  return std::string(id.substr(0, id.size() - kFileMark.size()));
}

}  // namespace assist::agent::journal
