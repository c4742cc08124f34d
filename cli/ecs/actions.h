// What the command line knows of the API's operations (api_table.h), to understand lists, to repeat safely and to
// teach. An operation that is not here is sent all the same: a server may know more. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/ecs/api_table.h"

namespace assist::cli {

struct Action {
  std::string_view name;
  bool client_token;                    ///< The server remembers its ClientToken: a repeat does nothing twice.
  std::vector<std::string_view> lists;  ///< Parameters of the form Name.1, Name.2.
  std::string_view summary;             ///< One line.
  std::string_view example;             ///< The words behind `assist ecs`.
  const ApiAction* api = nullptr;       ///< All that is told of it.
};

/// Every operation known here, in the order of the documentation.
[[nodiscard]] const std::vector<Action>& Actions();
/// nullptr when unknown.
[[nodiscard]] const Action* FindAction(std::string_view name);
/// The known name that `name` was probably meant to be; empty when none is near.
[[nodiscard]] std::string_view NearestAction(std::string_view name);

/// An option that `assist ecs` takes for an operation, and what it means.
struct ActionOption {
  std::string word;  ///< `--InstanceId`, `--Tag.1.Key`
  Bilingual note;
};
/// All of them, in the order of the documentation.
[[nodiscard]] std::vector<ActionOption> OptionsOf(const Action& action);

/// Of an unknown one: Describe…, List… and Get… only read; everything else is taken to change something.
[[nodiscard]] bool ChangesState(std::string_view action);

}  // namespace assist::cli
