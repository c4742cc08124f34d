#include "cli/ecs/actions.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace assist::cli {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Edit distance without regard to case.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t swap = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, swap});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<Action>& Actions() {
  static const std::vector<Action> kActions = [] {
    std::vector<Action> actions;
    for (const ApiAction& api : ApiActions()) {
      Action action{api.name, api.client_token, {}, api.summary.english, api.example, &api};
      for (const ApiParameter& parameter : api.parameters) {
        if (parameter.list) action.lists.push_back(parameter.name);
      }
      actions.push_back(std::move(action));
    }
    return actions;
  }();
  return kActions;
}

const Action* FindAction(std::string_view name) {
  const auto& actions = Actions();
  const auto found =
      std::find_if(actions.begin(), actions.end(), [name](const Action& action) { return action.name == name; });
  return found == actions.end() ? nullptr : &*found;
}

std::string_view NearestAction(std::string_view name) {
  std::string_view nearest;
  if (name.size() > 100) return nearest;
  std::size_t best = name.size() / 4 + 1;  // at most one letter in four is wrong
  for (const Action& action : Actions()) {
    const std::size_t distance = Distance(name, action.name);
    if (distance < best) {
      best = distance;
      nearest = action.name;
    }
  }
  return nearest;
}

bool ChangesState(std::string_view action) {
  if (const Action* known = FindAction(action)) return known->api->changes;
  return !action.starts_with("Describe") && !action.starts_with("List") && !action.starts_with("Get");
}

std::vector<ActionOption> OptionsOf(const Action& action) {
  std::vector<ActionOption> out;
  if (action.api == nullptr) return out;
  for (const ApiParameter& parameter : action.api->parameters) {
    if (parameter.wire.find("→") != std::string_view::npos) continue;  // a field in the JSON text of another one
    if (parameter.list) {
      out.push_back({"--" + std::string(parameter.name), parameter.note});
      continue;
    }
    // `Tag.N.Key, Tag.N.Value`: of the first of them.
    for (std::string_view rest = parameter.wire; !rest.empty();) {
      const std::size_t comma = rest.find(", ");
      std::string word = "--" + std::string(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 2);
      for (std::size_t dot = word.find('.'); dot != std::string::npos; dot = word.find('.', dot + 1)) {
        const char index = dot + 1 < word.size() ? word[dot + 1] : ' ';
        const bool alone = dot + 2 == word.size() || (dot + 2 < word.size() && word[dot + 2] == '.');
        if ((index == 'N' || index == 'M') && alone) word[dot + 1] = '1';
      }
      out.push_back({std::move(word), parameter.note});
    }
  }
  return out;
}

}  // namespace assist::cli
