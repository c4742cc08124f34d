#include "cli/ecs/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "cli/ecs/actions.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

/// A flag with its values, in the order of the command line.
struct Flag {
  std::string name;
  std::vector<std::string> values;
};

/// Parameters that DescribeInstances takes as the text of a JSON array.
constexpr std::array<std::string_view, 5> kJsonLists = {"InstanceIds", "EipAddresses", "InnerIpAddresses",
                                                        "PrivateIpAddresses", "PublicIpAddresses"};

/// Set by the program itself; a user who types them expects something else.
constexpr std::array<std::string_view, 12> kReserved = {
    "Action",    "Version",         "Format",           "AccessKeyId",   "AccessKeySecret", "SecurityToken",
    "Signature", "SignatureMethod", "SignatureVersion", "SignatureType", "SignatureNonce",  "Timestamp"};

template <class List>
bool Contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsCapital(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Name, Name.1, Name.1.Key, Name.1.Key.2: words of letters and digits, joined by dots.
bool IsParameterName(std::string_view name) {
  bool fresh = true;
  for (const char c : name) {
    if (c == '.') {
      if (fresh) return false;
      fresh = true;
    } else if (IsLetter(c) || IsDigit(c) || c == '_') {
      fresh = false;
    } else {
      return false;
    }
  }
  return !name.empty() && IsLetter(name[0]) && !fresh;
}

tl::unexpected<Error> Wrong(std::string detail) { return Fail(Errc::kInvalid, std::move(detail)); }

Status CheckName(std::string_view name, const Text& text) {
  if (!IsParameterName(name)) {
    return Wrong(text(msg::kEcsNoParameter, name));
  }
  if (!IsCapital(name[0])) {
    std::string capital(name);
    capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
    return Wrong(text(msg::kEcsCapital, name, capital));
  }
  if (name.starts_with("AccessKey") && Contains(kReserved, name)) {
    return Wrong(text(msg::kEcsKeyOnCommandLine, name));
  }
  if (Contains(kReserved, name)) return Wrong(text(msg::kEcsSetByAssist, name));
  return {};
}

/// The flag at the front of `words`, with the values behind it.
Result<Flag> TakeFlag(std::span<const std::string>& words, const Text& text) {
  const std::string_view word = words[0];
  words = words.subspan(1);
  if (!word.starts_with("--")) {
    if (word.size() > 1 && word[0] == '-') {
      return Wrong(text(msg::kEcsTwoHyphens, word));
    }
    return Wrong(text(msg::kEcsBehindNothing, word));
  }
  if (word == "--") return Wrong(text(msg::kEcsDashes));
  const auto equals = word.find('=');
  Flag flag{std::string(word.substr(2, equals == std::string_view::npos ? equals : equals - 2)), {}};
  if (auto good = CheckName(flag.name, text); !good) return Forward(good);
  if (equals != std::string_view::npos) {
    flag.values.emplace_back(word.substr(equals + 1));
    return flag;
  }
  while (!words.empty() && !words[0].starts_with("--")) {
    const std::string& value = words[0];
    if (value.size() > 1 && value[0] == '-') {
      return Wrong(text(msg::kEcsHyphenValue, value, flag.name));
    }
    flag.values.push_back(value);
    words = words.subspan(1);
  }
  if (flag.values.empty()) {
    return Wrong(text(msg::kEcsNeedsValue, flag.name));
  }
  return flag;
}

/// `a,b` and `["a","b"]` of one word become several.
Result<std::vector<std::string>> SplitIds(const std::vector<std::string>& values, const Text& text) {
  std::vector<std::string> ids;
  for (const std::string& value : values) {
    if (value.starts_with('[')) {
      std::string array = value;
      std::replace(array.begin(), array.end(), '\'', '"');  // ['a', 'b'], as Python prints lists
      const auto list = json::Parse(array);
      if (!list || !list->is_array()) return Wrong(text(msg::kEcsNoIdArray, value));
      for (const auto& item : list->get_array()) {
        if (!item.is_string()) return Wrong(text(msg::kEcsNoIdArray, value));
        ids.emplace_back(json::View(item.get_string()));
      }
      continue;
    }
    std::string_view rest = value;
    for (;;) {
      const auto comma = rest.find(',');
      if (const auto id = rest.substr(0, comma); !id.empty()) ids.emplace_back(id);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (ids.empty()) return Wrong(text(msg::kEcsNoInstance));
  return ids;
}

/// Collects the parameters; the second of one name is refused.
class Parameters {
 public:
  Parameters(std::string_view action, const Text& text) : action_(action), known_(FindAction(action)), text_(text) {}

  Status Add(const Flag& flag) {
    if (flag.name == "InstanceIds" && action_ != "DescribeInstances") return AddIds(flag.values);
    if (action_ == "DescribeInstances" && Contains(kJsonLists, flag.name)) return AddJsonList(flag);
    if (flag.name.find('.') == std::string::npos && IsList(flag.name, flag.values.size())) {
      return AddNumbered(flag.name, flag.values);
    }
    if (flag.values.size() > 1) {
      return Wrong(text_(msg::kEcsOneValue, flag.name, flag.values[0], flag.values[1]));
    }
    return AddOne(flag.name, flag.values[0]);
  }
  encoding::FormFields Take() && { return std::move(fields_); }

 private:
  [[nodiscard]] bool IsList(std::string_view name, std::size_t values) const {
    return known_ == nullptr ? values > 1 : Contains(known_->lists, name);
  }
  Status AddOne(const std::string& name, const std::string& value) {
    const bool there =
        std::any_of(fields_.begin(), fields_.end(), [&name](const auto& field) { return field.first == name; });
    if (there) return Wrong(text_(msg::kEcsTwice, name));
    fields_.emplace_back(name, value);
    return {};
  }
  Status AddNumbered(const std::string& name, const std::vector<std::string>& values) {
    std::size_t number = 0;
    for (const std::string& value : values) {
      if (auto added = AddOne(fmt::format("{}.{}", name, ++number), value); !added) return added;
    }
    return {};
  }
  Status AddIds(const std::vector<std::string>& values) {
    auto ids = SplitIds(values, text_);
    if (!ids) return Forward(ids);
    if (known_ == nullptr || Contains(known_->lists, "InstanceId")) return AddNumbered("InstanceId", *ids);
    if (ids->size() > 1) return Wrong(text_(msg::kEcsOneInstance, action_, ids->front()));
    return AddOne("InstanceId", ids->front());
  }
  Status AddJsonList(const Flag& flag) {
    if (flag.values.size() == 1 && flag.values[0].starts_with('[')) return AddOne(flag.name, flag.values[0]);
    json::Array list;
    for (const std::string& value : flag.values) list.emplace_back(value);
    return AddOne(flag.name, json::Write(json::Value(std::move(list))));
  }

  const std::string_view action_;
  const Action* const known_;
  const Text text_;
  encoding::FormFields fields_;
};

bool IsHelp(std::string_view word) { return word == "--help" || word == "-h"; }

}  // namespace

Result<EcsCall> ParseEcs(std::span<const std::string> words, const Text& text) {
  EcsCall call;
  std::vector<Flag> flags;
  while (!words.empty()) {
    if (IsHelp(words[0])) {
      call.help = true;
      words = words.subspan(1);
      continue;
    }
    if (call.action.empty() && !call.help && words[0] == "help") {
      call.help = true;
      words = words.subspan(1);
      continue;
    }
    auto taken = TakeCommonOption(words, call.common, text);
    if (!taken) return Forward(taken);
    if (*taken) continue;
    if (call.action.empty() && !words[0].starts_with('-')) {
      call.action = words[0];
      words = words.subspan(1);
      if (!IsParameterName(call.action) || call.action.find('.') != std::string::npos) {
        return Wrong(text(msg::kEcsNoActionName, call.action));
      }
      continue;
    }
    auto flag = TakeFlag(words, text);
    if (!flag) return Forward(flag);
    const auto same =
        std::find_if(flags.begin(), flags.end(), [&flag](const Flag& other) { return other.name == flag->name; });
    const bool joins = same != flags.end() && flag->name.find('.') == std::string::npos;
    if (joins) {
      same->values.insert(same->values.end(), flag->values.begin(), flag->values.end());
    } else {
      flags.push_back(std::move(*flag));
    }
  }
  if (call.help) return call;
  if (call.action.empty()) return Wrong(text(msg::kEcsWhichAction));

  Parameters parameters(call.action, text);
  for (const Flag& flag : flags) {
    if (auto added = parameters.Add(flag); !added) return Forward(added);
  }
  call.parameters = std::move(parameters).Take();
  return call;
}

void AddDefaults(std::string_view action, std::string_view region, std::string_view client_token,
                 encoding::FormFields& parameters) {
  const auto absent = [&parameters](std::string_view name) {
    return std::none_of(parameters.begin(), parameters.end(),
                        [name](const auto& field) { return field.first == name; });
  };
  if (absent("RegionId")) parameters.emplace_back("RegionId", region);
  if (ChangesState(action) && absent("ClientToken")) parameters.emplace_back("ClientToken", client_token);
}

}  // namespace assist::cli
