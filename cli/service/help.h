// The help texts: they teach by example. Pure.
#pragma once

#include <string>
#include <string_view>

namespace assist::cli {

[[nodiscard]] std::string MainHelp();
[[nodiscard]] std::string ConfigureHelp();
[[nodiscard]] std::string RunHelp();
[[nodiscard]] std::string ScheduleHelp();
/// Without action: the grammar, and every action known here in a line. With one: what it does and an example.
[[nodiscard]] std::string EcsHelp(std::string_view action);

}  // namespace assist::cli
