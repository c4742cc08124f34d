// What the command line knows of the API's operations, to understand lists, to repeat safely and to teach. An operation
// that is not here is sent all the same: only the server knows them all. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assist::cli {

struct Action {
  std::string_view name;
  bool client_token;                    ///< The server remembers its ClientToken: a repeat does nothing twice.
  std::vector<std::string_view> lists;  ///< Parameters of the form Name.1, Name.2.
  std::string_view summary;             ///< One line.
  std::string_view example;             ///< The words behind `assist ecs`; empty: none worth showing.
};

/// Every operation known here, in the order of the reference; our own ones stand beside their kin.
[[nodiscard]] const std::vector<Action>& Actions();
/// nullptr when unknown.
[[nodiscard]] const Action* FindAction(std::string_view name);
/// The known name that `name` was probably meant to be; empty when none is near.
[[nodiscard]] std::string_view NearestAction(std::string_view name);

/// Describe…, List… and Get… only read; everything else is taken to change something.
[[nodiscard]] bool ChangesState(std::string_view action);

}  // namespace assist::cli
