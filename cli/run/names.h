// How machines are called in the output. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"

namespace assist::cli {

struct NamedMachine {
  std::string id;
  std::string name;
  bool connected = false;
};

struct MachinePage {
  std::vector<NamedMachine> machines;
  std::string next_token;  ///< Empty: the last page.
};

/// A page of DescribeManagedInstances.
[[nodiscard]] Result<MachinePage> ParseMachinePage(std::string_view body);

/// Ids and the names that the server told for them.
class NameBook {
 public:
  NameBook() = default;
  explicit NameBook(const std::vector<NamedMachine>& known);

  /// The name, followed by the id where two machines have the same; the id where no name is known. In one line, without
  /// control characters: names are chosen on the machines.
  [[nodiscard]] std::string Shown(const std::string& id) const;
  /// The name as the server told it; empty where none is known.
  [[nodiscard]] std::string NameOf(const std::string& id) const;
  /// Columns of the widest one, passing over those above `max`.
  [[nodiscard]] std::size_t Width(std::size_t max) const;

 private:
  std::unordered_map<std::string, std::string> shown_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace assist::cli
