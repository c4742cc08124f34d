// What a file's entry must be, and what is said when it is not: order and words of agent-protocol.md, 14. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "agent/files/outcome.h"
#include "protocol/wire/task.h"

namespace assist::agent::files {

/// Before the folder is made.
[[nodiscard]] tl::expected<void, Outcome> CheckName(const wire::FileTask& file);

struct Content {
  std::string bytes;
  std::uint32_t mode = 0644;
};
/// After the folder is made.
[[nodiscard]] tl::expected<Content, Outcome> CheckContent(const wire::FileTask& file);

/// Under which name the part of this file is written. Reaches the disk: a part of an earlier version must be found.
[[nodiscard]] std::string PartName(std::string_view task_id);

}  // namespace assist::agent::files
