// A program's settings from a TOML file, checked against a table of keys that the program declares. Unknown keys, wrong
// types and values out of range are errors that name file, line and key. The manual is printed from the same table.
// Pure but for LoadConfig(); any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.h"

namespace assist {

/// One key. `name` may be dotted: `log.level` is `level` in the table `[log]`. Made by the functions below:
/// `const std::vector<ConfigKey> kKeys = {TextKey("listen", "0.0.0.0:8443", "Address and port"), …};`
struct ConfigKey {
  enum class Type : std::uint8_t { kText, kInteger, kBool, kList, kSeconds };
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

  std::string name;
  Type type;
  Value standard;        ///< The default. Seconds are an integer.
  std::string help;      ///< One line.
  bool restart = true;   ///< A change takes a restart.
  std::int64_t min = 0;  ///< Of integers and seconds.
  std::int64_t max = 0;
  std::vector<std::string> choices = {};  ///< Of texts; empty: any text.

  /// The same key, but a running program takes a change on.
  [[nodiscard]] ConfigKey Live() && {
    restart = false;
    return std::move(*this);
  }
};
[[nodiscard]] ConfigKey TextKey(std::string name, std::string standard, std::string help);
[[nodiscard]] ConfigKey ChoiceKey(std::string name, std::string standard, std::vector<std::string> choices,
                                  std::string help);
[[nodiscard]] ConfigKey IntegerKey(std::string name, std::int64_t standard, std::int64_t min, std::int64_t max,
                                   std::string help);
[[nodiscard]] ConfigKey BoolKey(std::string name, bool standard, std::string help);
[[nodiscard]] ConfigKey ListKey(std::string name, std::vector<std::string> standard, std::string help);
/// In the file an integer (seconds) or a text with a unit: `"90s"`, `"15m"`, `"2h"`, `"7d"`.
[[nodiscard]] ConfigKey SecondsKey(std::string name, std::chrono::seconds standard, std::chrono::seconds min,
                                   std::chrono::seconds max, std::string help);

/// What was read, with the defaults for the rest. Asking for a key that was not declared, or as another type, ends the
/// process.
class Config {
 public:
  /// Defaults only.
  explicit Config(std::span<const ConfigKey> keys);

  [[nodiscard]] const std::string& Text(std::string_view name) const;
  [[nodiscard]] std::int64_t Integer(std::string_view name) const;
  [[nodiscard]] bool Bool(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& List(std::string_view name) const;
  [[nodiscard]] std::chrono::seconds Seconds(std::string_view name) const;
  /// Whether the file set it (even to the default).
  [[nodiscard]] bool IsSet(std::string_view name) const;

 private:
  friend Result<Config> ParseConfig(std::span<const ConfigKey>, std::string_view, std::string_view);
  struct Entry {
    ConfigKey::Type type;
    ConfigKey::Value value;
    bool set = false;
  };
  const Entry& Get(std::string_view name, ConfigKey::Type type) const;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// `file` is only named in errors: `assist.toml:3: limits.body: 0 is out of range (1 to 1048576)`.
[[nodiscard]] Result<Config> ParseConfig(std::span<const ConfigKey> keys, std::string_view toml, std::string_view file);
/// Reads and parses a file of at most 1 MiB. Blocks.
[[nodiscard]] Result<Config> LoadConfig(std::span<const ConfigKey> keys, const std::string& path);
/// The keys as a Markdown table: key, type, default, meaning, when a change is taken on.
[[nodiscard]] std::string ConfigManual(std::span<const ConfigKey> keys);

}  // namespace assist
