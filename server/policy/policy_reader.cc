// From a document's text to statements, or the place of the first thing that is not understood.
#include <algorithm>
#include <array>
#include <set>

#include "protocol/json/json.h"
#include "server/policy/pattern.h"
#include "server/policy/policy.h"

namespace assist::server::policy {
namespace {

constexpr std::string_view kTagPrefix = "acs:ResourceTag/";
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxShown = 80;

std::string Quoted(std::string_view text) {
  return "\"" + std::string(text.substr(0, kMaxShown)) + (text.size() > kMaxShown ? "…\"" : "\"");
}

tl::unexpected<Error> Wrong(const std::string& place, const std::string& what) {
  return Fail(Errc::kInvalid, place.empty() ? what : place + ": " + what);
}

/// The first name that stands twice in one object of a well-formed text, or is written with escapes: readers of JSON
/// disagree on which of two counts, and two spellings are one name.
std::optional<std::string> AmbiguousName(std::string_view text) {
  std::vector<std::set<std::string_view>> objects;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') objects.emplace_back();
    if (c == '}') objects.pop_back();
    if (c != '"') continue;
    const std::size_t begin = ++i;
    for (; text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
    }
    const std::size_t next = text.find_first_not_of(" \t\r\n", i + 1);
    if (next == std::string_view::npos || text[next] != ':') continue;
    const std::string_view name = text.substr(begin, i - begin);
    if (name.find('\\') != std::string_view::npos || !objects.back().insert(name).second) return std::string(name);
  }
  return std::nullopt;
}

}  // namespace

/// One document; fills `policy`.
class Reader {
 public:
  Reader(const Vocabulary* vocabulary, Policy& policy) : vocabulary_(vocabulary), policy_(policy) {}

  Status Read(std::string_view document) {
    if (document.size() > kMaxPolicyBytes) {
      return Wrong("", "a policy has at most " + std::to_string(kMaxPolicyBytes) + " bytes");
    }
    auto root = json::ParseObject(document, kMaxDepth);
    if (!root) return Wrong("", "a policy is a JSON object: " + root.error().detail);
    if (const auto name = AmbiguousName(document)) {
      return Wrong("", Quoted(*name) + " stands twice in one object, or is written with escapes");
    }
    for (const auto& member : *root) {
      if (member.key() != "Version" && member.key() != "Statement") return Unknown("", member.key());
    }
    const json::Value* version = root->if_contains("Version");
    if (version == nullptr || !version->is_string() || json::View(version->get_string()) != "1") {
      return Wrong("Version", R"(must be "1")");
    }
    const json::Value* statements = root->if_contains("Statement");
    if (statements == nullptr || !statements->is_array() || statements->get_array().empty()) {
      return Wrong("Statement", "must be a list of at least one statement");
    }
    if (statements->get_array().size() > kMaxStatements) {
      return Wrong("Statement", "has at most " + std::to_string(kMaxStatements) + " statements");
    }
    std::size_t number = 0;
    for (const json::Value& statement : statements->get_array()) {
      if (Status read = ReadStatement("Statement[" + std::to_string(number++) + "]", statement); !read) return read;
    }
    return {};
  }

 private:
  using Place = Policy::Place;
  using Test = Policy::Test;

  static tl::unexpected<Error> Unknown(const std::string& place, std::string_view name) {
    return Wrong(place, Quoted(name) + " is not known here, and nothing in a policy is passed over");
  }

  Status ReadStatement(const std::string& place, const json::Value& value) {
    const json::Object* object = value.if_object();
    if (object == nullptr) return Wrong(place, "must be an object");
    for (const auto& member : *object) {
      const std::string_view name = member.key();
      if (name != "Effect" && name != "Action" && name != "Resource" && name != "Condition") {
        return Unknown(place, name);
      }
    }
    Policy::Statement statement;
    const json::Value* effect = object->if_contains("Effect");
    const std::string_view word =
        effect != nullptr && effect->is_string() ? json::View(effect->get_string()) : std::string_view();
    if (word != "Allow" && word != "Deny") return Wrong(place + ".Effect", R"(must be "Allow" or "Deny")");
    statement.allow = word == "Allow";

    auto actions = ReadTexts(place + ".Action", object->if_contains("Action"));
    if (!actions) return Forward(actions);
    for (auto& [where, text] : *actions) {
      if (Status known = CheckAction(where, text); !known) return known;
      statement.actions.push_back(std::move(text));
    }
    auto resources = ReadTexts(place + ".Resource", object->if_contains("Resource"));
    if (!resources) return Forward(resources);
    for (const auto& [where, text] : *resources) {
      auto read = ReadPlace(where, text);
      if (!read) return Forward(read);
      statement.places.push_back(std::move(*read));
    }
    if (const json::Value* condition = object->if_contains("Condition")) {
      if (Status read = ReadConditions(place + ".Condition", *condition, statement); !read) return read;
    }
    policy_.statements_.push_back(std::move(statement));
    return {};
  }

  struct Located {
    std::string place;
    std::string text;
  };
  /// A text, or a list of texts: not empty.
  static Result<std::vector<Located>> ReadTexts(const std::string& place, const json::Value* value) {
    std::vector<Located> out;
    if (value != nullptr && value->is_string()) {
      out.push_back({place, std::string(json::View(value->get_string()))});
    } else if (value != nullptr && value->is_array()) {
      if (value->get_array().size() > kMaxValues) {
        return Wrong(place, "has at most " + std::to_string(kMaxValues) + " entries");
      }
      for (const json::Value& each : value->get_array()) {
        const std::string where = place + "[" + std::to_string(out.size()) + "]";
        if (!each.is_string()) return Wrong(where, "must be a text");
        out.push_back({where, std::string(json::View(each.get_string()))});
      }
    }
    if (out.empty()) return Wrong(place, "must be a text or a list of at least one text");
    return out;
  }

  Status CheckAction(const std::string& place, const std::string& text) const {
    const bool product = text.starts_with("ecs:") || text.starts_with("assist:");
    if (text != "*" && (!product || text.back() == ':')) {
      return Wrong(place, Quoted(text) +
                              " is no action: write \"*\", or \"ecs:\" and an operation such as "
                              "\"ecs:RunCommand\" or \"ecs:Describe*\"");
    }
    if (vocabulary_ == nullptr) return {};
    const bool any = std::any_of(vocabulary_->actions.begin(), vocabulary_->actions.end(),
                                 [&](const std::string& action) { return Matches(text, action); });
    if (!any) return Wrong(place, Quoted(text) + " is no operation of this server");
    return {};
  }

  Result<Place> ReadPlace(const std::string& where, std::string_view text) const {
    Place place;
    if (text == "*") {
      place.everything = true;
      return place;
    }
    const auto bad = [&] {
      return Wrong(where, Quoted(text) +
                              " is no resource: write \"*\", or \"acs:ecs:<region>:<account>:<kind>/<id>\" with the "
                              "kind command, instance, invocation or activation");
    };
    std::array<std::string_view, 4> parts;
    std::string_view rest = text;
    for (std::string_view& part : parts) {
      const auto colon = rest.find(':');
      if (colon == std::string_view::npos) return bad();
      part = rest.substr(0, colon);
      rest.remove_prefix(colon + 1);
    }
    if (parts[0] != "acs" || (parts[1] != "ecs" && parts[1] != "*")) return bad();
    if (parts[2].empty() || parts[3].empty() || rest.empty()) return bad();
    place.region = parts[2];
    place.account = parts[3];
    if (rest == "*") {
      place.id = "*";
    } else {
      const auto slash = rest.find('/');
      if (slash == std::string_view::npos || slash + 1 == rest.size()) return bad();
      const std::string_view kind = rest.substr(0, slash);
      place.id = rest.substr(slash + 1);
      for (const Kind each : {Kind::kCommand, Kind::kInstance, Kind::kInvocation, Kind::kActivation}) {
        if (kind == Name(each)) place.kind = each;
      }
      if (!place.kind && kind != "*") return bad();
    }
    if (vocabulary_ != nullptr) {
      const auto& regions = vocabulary_->regions;
      if (!Matches(place.account, vocabulary_->account)) {
        return Wrong(where, Quoted(text) + " is of another account: this server's is " +
                                std::string(vocabulary_->account) + " (or write *)");
      }
      if (!MatchesAll(place.region) &&
          std::none_of(regions.begin(), regions.end(), [&](const auto& r) { return Matches(place.region, r); })) {
        return Wrong(where, Quoted(text) + " names no region of this server (or write *)");
      }
    }
    return place;
  }

  static Status ReadConditions(const std::string& place, const json::Value& value, Policy::Statement& statement) {
    struct Word {
      std::string_view name;
      Test test;
      bool negated;
    };
    static constexpr std::array<Word, 6> kWords = {{
        {"StringEquals", Test::kEquals, false},
        {"StringNotEquals", Test::kEquals, true},
        {"StringEqualsIgnoreCase", Test::kEqualsIgnoreCase, false},
        {"StringNotEqualsIgnoreCase", Test::kEqualsIgnoreCase, true},
        {"StringLike", Test::kLike, false},
        {"StringNotLike", Test::kLike, true},
    }};
    const json::Object* object = value.if_object();
    if (object == nullptr || object->empty()) return Wrong(place, "must be an object with at least one operator");
    for (const auto& member : *object) {
      const std::string_view name = member.key();
      const std::string where = place + "." + std::string(name.substr(0, kMaxShown));
      const auto* word =
          std::find_if(kWords.begin(), kWords.end(), [&](const Word& each) { return each.name == name; });
      if (word == kWords.end()) return Unknown(place, name);
      const json::Object* keys = member.value().if_object();
      if (keys == nullptr || keys->empty()) return Wrong(where, "must be an object with at least one key");
      for (const auto& entry : *keys) {
        const std::string_view key = entry.key();
        if (!key.starts_with(kTagPrefix) || key.size() == kTagPrefix.size()) {
          return Wrong(where, Quoted(key) + " is not known: conditions are on tags, \"acs:ResourceTag/<key>\"");
        }
        auto values = ReadTexts(where + "." + std::string(key.substr(0, kMaxShown)), &entry.value());
        if (!values) return Forward(values);
        Policy::Condition condition{word->test, word->negated, std::string(key.substr(kTagPrefix.size())), {}};
        for (auto& each : *values) condition.values.push_back(std::move(each.text));
        statement.conditions.push_back(std::move(condition));
      }
    }
    return {};
  }

  const Vocabulary* vocabulary_;
  Policy& policy_;
};

Result<Policy> Policy::Parse(std::string_view document, const Vocabulary* vocabulary) {
  Policy policy;
  Reader reader(vocabulary, policy);
  if (Status read = reader.Read(document); !read) return Forward(read);
  return policy;
}

}  // namespace assist::server::policy
