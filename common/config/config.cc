#include "common/config/config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

// toml++ 3.3 takes some malformed input ("[=") for impossible and asserts, or tells the optimizer so. The code behind
// those places reports an error, so they are made to do nothing.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "common/base/check.h"
#include "common/files/files.h"

namespace assist {
namespace {

using Type = ConfigKey::Type;
using Value = ConfigKey::Value;

constexpr std::size_t kMaxFile = std::size_t{1} << 20;

std::string Where(std::string_view file, const toml::source_region& source) {
  std::string text(file);
  if (source.begin.line > 0) text += ":" + std::to_string(source.begin.line);
  return text;
}

tl::unexpected<Error> Refuse(std::string_view file, const toml::node& node, std::string_view key,
                             std::string_view why) {
  std::string detail = Where(file, node.source());
  detail.append(": ").append(key).append(": ").append(why);
  return Fail(Errc::kInvalid, std::move(detail));
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kText:
      return "text";
    case Type::kInteger:
      return "integer";
    case Type::kBool:
      return "true or false";
    case Type::kList:
      return "list of texts";
    case Type::kSeconds:
      return "duration";
  }
  return "";
}

std::string_view WordForNode(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string_view WordForType(Type type) {
  switch (type) {
    case Type::kText:
      return "a text";
    case Type::kInteger:
      return "an integer";
    case Type::kBool:
      return "true or false";
    case Type::kList:
      return "a list of texts";
    case Type::kSeconds:
      return "seconds, or a text such as \"90s\", \"15m\", \"2h\" or \"7d\"";
  }
  return "";
}

std::optional<std::int64_t> ParseDuration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86'400;
      break;
    default:
      return std::nullopt;
  }
  std::int64_t number = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number < 0 || number > INT64_MAX / unit) return std::nullopt;
  return number * unit;
}

std::string ShowSeconds(std::int64_t seconds) {
  for (const auto& [unit, size] : {std::pair{"d", 86'400}, {"h", 3600}, {"m", 60}}) {
    if (seconds != 0 && seconds % size == 0) return std::to_string(seconds / size) + unit;
  }
  return std::to_string(seconds) + "s";
}

std::string ShowNumber(Type type, std::int64_t number) {
  return type == Type::kSeconds ? ShowSeconds(number) : std::to_string(number);
}

std::string Quoted(std::string_view text) {
  std::string shown = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') shown += '\\';
    shown += c;
  }
  return shown + "\"";
}

std::string ShowValue(Type type, const Value& value) {
  switch (type) {
    case Type::kText:
      return Quoted(std::get<std::string>(value));
    case Type::kInteger:
      return std::to_string(std::get<std::int64_t>(value));
    case Type::kSeconds:
      return Quoted(ShowSeconds(std::get<std::int64_t>(value)));
    case Type::kBool:
      return std::get<bool>(value) ? "true" : "false";
    case Type::kList: {
      std::string shown = "[";
      for (const auto& item : std::get<std::vector<std::string>>(value)) {
        if (shown.size() > 1) shown += ", ";
        shown += Quoted(item);
      }
      return shown + "]";
    }
  }
  return "";
}

// The nearest declared key, when it is near enough to be what was meant.
std::string Suggestion(std::span<const ConfigKey> keys, const std::string& name) {
  std::string best;
  std::size_t best_distance = 3;
  for (const auto& key : keys) {
    std::vector<std::size_t> row(key.name.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = row[0]++;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t change = diagonal + (name[i - 1] != key.name[j - 1] ? 1 : 0);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = key.name;
    }
  }
  return best.empty() ? "" : "; did you mean " + best + "?";
}

Result<Value> Convert(const ConfigKey& key, const toml::node& node, std::string_view file) {
  const auto wrong_type = [&]() -> Result<Value> {
    std::string why = "expected ";
    why.append(WordForType(key.type)).append(", found ").append(WordForNode(node));
    return Refuse(file, node, key.name, why);
  };
  switch (key.type) {
    case Type::kText: {
      const auto text = node.value_exact<std::string>();
      if (!text) return wrong_type();
      if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), *text) == key.choices.end()) {
        std::string why = Quoted(*text) + " is not one of";
        for (const auto& choice : key.choices) why += " " + Quoted(choice);
        return Refuse(file, node, key.name, why);
      }
      return Value(*text);
    }
    case Type::kBool: {
      const auto truth = node.value_exact<bool>();
      if (!truth) return wrong_type();
      return Value(*truth);
    }
    case Type::kList: {
      const toml::array* array = node.as_array();
      if (array == nullptr) return wrong_type();
      std::vector<std::string> items;
      for (const auto& item : *array) {
        const auto text = item.value_exact<std::string>();
        if (!text) {
          return Refuse(file, item, key.name, "expected a list of texts, found " + std::string(WordForNode(item)));
        }
        items.push_back(*text);
      }
      return Value(std::move(items));
    }
    case Type::kInteger:
    case Type::kSeconds: {
      auto number = node.value_exact<std::int64_t>();
      if (!number && key.type == Type::kSeconds) {
        if (const auto text = node.value_exact<std::string>()) number = ParseDuration(*text);
      }
      if (!number) return wrong_type();
      if (*number < key.min || *number > key.max) {
        return Refuse(file, node, key.name,
                      ShowNumber(key.type, *number) + " is out of range (" + ShowNumber(key.type, key.min) + " to " +
                          ShowNumber(key.type, key.max) + ")");
      }
      return Value(*number);
    }
  }
  return wrong_type();
}

class Reader {
 public:
  Reader(std::span<const ConfigKey> keys, std::string_view file) : keys_(keys), file_(file) {
    for (const auto& key : keys) {
      for (std::size_t dot = key.name.find('.'); dot != std::string::npos; dot = key.name.find('.', dot + 1)) {
        tables_.insert(key.name.substr(0, dot));
      }
    }
  }

  template <class F>
  Status Walk(const toml::table& table, const std::string& prefix, F&& take) const {
    for (const auto& [name, node] : table) {
      std::string full = prefix;
      full.append(name.str());
      const auto key =
          std::find_if(keys_.begin(), keys_.end(), [&full](const ConfigKey& each) { return each.name == full; });
      if (key != keys_.end()) {
        auto value = Convert(*key, node, file_);
        if (!value) return Forward(value);
        take(full, std::move(*value));
      } else if (tables_.contains(full)) {
        if (!node.is_table()) {
          return Refuse(file_, node, full, "expected a table, found " + std::string(WordForNode(node)));
        }
        if (Status inside = Walk(*node.as_table(), full + ".", take); !inside) return inside;
      } else {
        std::string detail = Where(file_, name.source());
        return Fail(Errc::kInvalid, detail + ": " + full + ": unknown key" + Suggestion(keys_, full));
      }
    }
    return {};
  }

 private:
  std::span<const ConfigKey> keys_;
  std::string_view file_;
  std::set<std::string> tables_;
};

}  // namespace

ConfigKey TextKey(std::string name, std::string standard, std::string help) {
  return {std::move(name), Type::kText, std::move(standard), std::move(help)};
}

ConfigKey ChoiceKey(std::string name, std::string standard, std::vector<std::string> choices, std::string help) {
  ASSIST_CHECK(std::find(choices.begin(), choices.end(), standard) != choices.end());
  return {std::move(name), Type::kText, std::move(standard), std::move(help), true, 0, 0, std::move(choices)};
}

ConfigKey IntegerKey(std::string name, std::int64_t standard, std::int64_t min, std::int64_t max, std::string help) {
  ASSIST_CHECK(min <= standard && standard <= max);
  return {std::move(name), Type::kInteger, standard, std::move(help), true, min, max};
}

ConfigKey BoolKey(std::string name, bool standard, std::string help) {
  return {std::move(name), Type::kBool, standard, std::move(help)};
}

ConfigKey ListKey(std::string name, std::vector<std::string> standard, std::string help) {
  return {std::move(name), Type::kList, std::move(standard), std::move(help)};
}

ConfigKey SecondsKey(std::string name, std::chrono::seconds standard, std::chrono::seconds min,
                     std::chrono::seconds max, std::string help) {
  ASSIST_CHECK(min <= standard && standard <= max);
  return {std::move(name), Type::kSeconds, std::int64_t{standard.count()}, std::move(help), true,
          min.count(),     max.count()};
}

Config::Config(std::span<const ConfigKey> keys) {
  for (const auto& key : keys) {
    const bool fresh = entries_.emplace(key.name, Entry{key.type, key.standard}).second;
    ASSIST_CHECK(fresh);
  }
}

const Config::Entry& Config::Get(std::string_view name, ConfigKey::Type type) const {
  const auto found = entries_.find(name);
  ASSIST_CHECK(found != entries_.end() && found->second.type == type);
  return found->second;
}

const std::string& Config::Text(std::string_view name) const {
  return std::get<std::string>(Get(name, Type::kText).value);
}
std::int64_t Config::Integer(std::string_view name) const {
  return std::get<std::int64_t>(Get(name, Type::kInteger).value);
}
bool Config::Bool(std::string_view name) const { return std::get<bool>(Get(name, Type::kBool).value); }
const std::vector<std::string>& Config::List(std::string_view name) const {
  return std::get<std::vector<std::string>>(Get(name, Type::kList).value);
}
std::chrono::seconds Config::Seconds(std::string_view name) const {
  return std::chrono::seconds(std::get<std::int64_t>(Get(name, Type::kSeconds).value));
}
bool Config::IsSet(std::string_view name) const {
  const auto found = entries_.find(name);
  ASSIST_CHECK(found != entries_.end());
  return found->second.set;
}

Result<Config> ParseConfig(std::span<const ConfigKey> keys, std::string_view toml, std::string_view file) {
  Config config(keys);
  try {
    const toml::table table = toml::parse(toml, std::string(file));
    const Reader reader(keys, file);
    Status walked = reader.Walk(table, "", [&config](const std::string& name, Value value) {
      auto& entry = config.entries_.find(name)->second;
      entry.value = std::move(value);
      entry.set = true;
    });
    if (!walked) return Forward(walked);
  } catch (const toml::parse_error& e) {
    return Fail(Errc::kInvalid, Where(file, e.source()) + ": " + std::string(e.description()));
  }
  return config;
}

Result<Config> LoadConfig(std::span<const ConfigKey> keys, const std::string& path) {
  auto text = ReadFile(path, kMaxFile);
  if (!text) return Forward(text);
  return ParseConfig(keys, *text, path);
}

std::string ConfigManual(std::span<const ConfigKey> keys) {
  std::string text = "| key | type | default | meaning | a change is taken on |\n|---|---|---|---|---|\n";
  for (const auto& key : keys) {
    std::string type(TypeName(key.type));
    if (key.type == Type::kInteger || key.type == Type::kSeconds) {
      type += ", " + ShowNumber(key.type, key.min) + " to " + ShowNumber(key.type, key.max);
    }
    for (std::size_t i = 0; i < key.choices.size(); ++i) type += (i == 0 ? ": " : ", ") + Quoted(key.choices[i]);
    text += "| `" + key.name + "` | " + type + " | `" + ShowValue(key.type, key.standard) + "` | " + key.help + " | " +
            (key.restart ? "at the next start" : "at once") + " |\n";
  }
  return text;
}

}  // namespace assist
