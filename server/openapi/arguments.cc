#include "server/openapi/arguments.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/base/check.h"
#include "protocol/encoding/utf8.h"

namespace assist::server::openapi {
namespace {

using Kind = ParameterSpec::Kind;

struct Place {
  std::string_view operation;
  const model::Limits& limits;
  [[nodiscard]] Refusal Refused(std::string_view code, ApiError otherwise) const {
    return Refuse(code.empty() ? std::move(otherwise) : KnownError(code, operation, {}, limits));
  }
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameWord(std::string_view a, std::string_view b, bool any_case) {
  if (!any_case) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

Answer<std::string> CheckText(const ParameterSpec& spec, const std::string& value, const Place& place) {
  if (!encoding::IsUtf8(value)) return Refuse(InvalidError(spec.name));
  const auto characters = static_cast<std::int64_t>(encoding::CountCharacters(value));
  if (characters < spec.min) return place.Refused(spec.if_below, InvalidError(spec.name));
  if (characters > spec.max) return place.Refused(spec.if_above, InvalidError(spec.name));
  if (spec.fits != nullptr && !spec.fits(value)) return place.Refused(spec.if_wrong, InvalidError(spec.name));
  return value;
}

Answer<std::string> CheckWord(const ParameterSpec& spec, const std::string& value, const Place& place) {
  for (const std::string_view word : spec.words) {
    if (SameWord(value, word, spec.any_case)) return std::string(word);
  }
  if (spec.other_is_default) return std::string(*spec.fallback);
  return place.Refused(spec.if_wrong, InvalidError(spec.name));
}

Answer<std::int64_t> CheckNumber(const ParameterSpec& spec, std::string_view value, const Place& place) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (end != value.data() + value.size() || error == std::errc::invalid_argument) {
    return place.Refused(spec.if_wrong, InvalidError(spec.name));
  }
  const bool huge = error == std::errc::result_out_of_range;
  const bool negative = value.front() == '-';
  if (spec.clamped) {
    if (huge) number = negative ? spec.min : spec.max;
    return std::clamp(number, spec.min, spec.max);
  }
  if ((huge && negative) || (!huge && number < spec.min)) {
    return place.Refused(spec.if_below, InvalidError(spec.name));
  }
  if (huge || number > spec.max) return place.Refused(spec.if_above, InvalidError(spec.name));
  return number;
}

Answer<bool> CheckFlag(const ParameterSpec& spec, std::string_view value, const Place& place) {
  if (SameWord(value, "true", true)) return true;
  if (SameWord(value, "false", true)) return false;
  return place.Refused(spec.if_wrong, InvalidError(spec.name));
}

Answer<std::vector<std::string>> CheckList(const ParameterSpec& spec, std::vector<std::string> values,
                                           const Place& place) {
  for (const std::string& value : values) {
    if (!encoding::IsUtf8(value)) return Refuse(InvalidError(spec.name));
  }
  const auto count = static_cast<std::int64_t>(values.size());
  if (count > spec.max) return place.Refused(spec.if_above, InvalidError(spec.name));
  if (spec.fits != nullptr && !std::all_of(values.begin(), values.end(), spec.fits)) {
    return place.Refused(spec.if_wrong, InvalidError(spec.name));
  }
  if (!spec.words.empty()) {
    for (const std::string& value : values) {
      if (auto word = CheckWord(spec, value, place); !word) return Refuse(std::move(word.error()));
    }
  }
  return values;
}

Answer<std::vector<Parameters::Filter>> CheckTagFilters(const ParameterSpec& spec,
                                                        std::vector<Parameters::Filter> filters, const Place& place) {
  constexpr std::size_t kMaxValues = 5;
  if (static_cast<std::int64_t>(filters.size()) > spec.max) {
    return place.Refused(spec.if_above, InvalidError(spec.name));
  }
  for (const auto& filter : filters) {
    if (filter.values.size() > kMaxValues) return place.Refused(spec.if_value_wrong, InvalidError(spec.name));
    bool good = !filter.key.empty() && encoding::IsUtf8(filter.key);
    for (const std::string& value : filter.values) good = good && encoding::IsUtf8(value);
    if (!good) return place.Refused(spec.if_wrong, InvalidError(spec.name));
  }
  return filters;
}

/// A member of a JSON object as the text that a parameter of its kind would have; empty when it has no such form.
std::optional<std::string> TextOf(const json::Value& value) {
  if (const auto* text = value.if_string()) return std::string(json::View(*text));
  if (value.is_bool() || value.is_int64() || value.is_uint64()) return json::Write(value);
  return std::nullopt;
}

Answer<json::Value> CheckMember(const ParameterSpec& spec, const json::Value& value, const Place& place) {
  if (spec.kind == Kind::kTexts) {
    std::vector<std::string> items;
    const auto* array = value.if_array();
    if (array == nullptr) return place.Refused(spec.if_wrong, InvalidError(spec.name));
    for (const auto& item : *array) {
      if (!item.is_string()) return place.Refused(spec.if_wrong, InvalidError(spec.name));
      items.emplace_back(json::View(item.get_string()));
    }
    auto checked = CheckList(spec, std::move(items), place);
    if (!checked) return Refuse(std::move(checked.error()));
    json::Array list;
    for (const std::string& item : *checked) list.emplace_back(item);
    return json::Value(std::move(list));
  }
  const auto text = TextOf(value);
  if (!text) return place.Refused(spec.if_wrong, InvalidError(spec.name));
  const auto give = [](auto answer) -> Answer<json::Value> {
    if (!answer) return Refuse(std::move(answer.error()));
    return json::Value(*answer);
  };
  switch (spec.kind) {
    case Kind::kFlag:
      return give(CheckFlag(spec, *text, place));
    case Kind::kNumber:
      if (text->empty()) return place.Refused(spec.if_wrong, InvalidError(spec.name));
      return give(CheckNumber(spec, *text, place));
    case Kind::kWord:
      return give(CheckWord(spec, *text, place));
    default:
      return give(CheckText(spec, *text, place));
  }
}

Answer<json::Object> CheckJson(const ParameterSpec& spec, const std::string& text, const Place& place) {
  constexpr std::size_t kDepth = 4;
  const auto object = json::ParseObject(text, kDepth);
  if (!object) return place.Refused(spec.if_wrong, InvalidError(spec.name));
  json::Object out;
  for (const ParameterSpec& member : spec.members) {
    const json::Value* value = object->if_contains(member.name);
    if (value == nullptr || value->is_null()) continue;
    ParameterSpec named = member;
    named.name = spec.name;  // the client knows the whole by its name
    auto checked = CheckMember(named, *value, place);
    if (!checked) return Refuse(std::move(checked.error()));
    out[member.name] = std::move(*checked);
  }
  return out;
}

/// Line feeds in Base64 do not count; what is sent as PlainText only grows when it is measured in its Base64 form.
std::int64_t BytesWithoutLineEnds(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return c != '\n' && c != '\r'; });
}

bool HasAddress(std::string_view text) {
  return text.find("http://") != std::string_view::npos || text.find("https://") != std::string_view::npos;
}

Answer<model::Tags> CheckTags(const ParameterSpec& spec, const std::vector<Parameters::Pair>& pairs,
                              const Place& place) {
  model::Tags tags;
  std::set<std::string_view> keys;
  if (static_cast<std::int64_t>(pairs.size()) > spec.max) return place.Refused(spec.if_above, InvalidError(spec.name));
  for (const auto& pair : pairs) {
    if (!pair.key || pair.key->empty()) return place.Refused(spec.if_key_missing, InvalidError(spec.name));
    const std::string& key = *pair.key;
    const std::string value = pair.value.value_or("");
    if (!encoding::IsUtf8(key) || static_cast<std::int64_t>(encoding::CountCharacters(key)) > spec.max_key ||
        (spec.reserved_words && key != spec.allowed_key &&
         (key.starts_with("aliyun") || key.starts_with("acs:") || HasAddress(key)))) {
      return place.Refused(spec.if_key_wrong, InvalidError(spec.name));
    }
    if (!encoding::IsUtf8(value) || static_cast<std::int64_t>(encoding::CountCharacters(value)) > spec.max_value ||
        (spec.reserved_words && HasAddress(value))) {
      return place.Refused(spec.if_value_wrong, InvalidError(spec.name));
    }
    if (!keys.insert(key).second) return place.Refused(spec.if_key_twice, InvalidError(spec.name));
    tags.push_back({key, value});
  }
  return tags;
}

bool IsThere(const ParameterSpec& spec, const Parameters& parameters) {
  switch (spec.kind) {
    case Kind::kTexts:
      return !parameters.List(spec.name).empty();
    case Kind::kTags:
      return !parameters.Pairs(spec.name).empty();
    case Kind::kTagFilters:
      return !parameters.Filters(spec.name).empty();
    case Kind::kInstances: {
      bool malformed = false;
      return !parameters.Instances(malformed).empty() || malformed;
    }
    default:
      return !parameters.Get(spec.name).empty();
  }
}

}  // namespace

Answer<void> Arguments::CheckMandatory(const std::vector<ParameterSpec>& specs, const Parameters& parameters,
                                       std::string_view operation, const model::Limits& limits) {
  const Place place{operation, limits};
  for (const ParameterSpec& spec : specs) {
    if (spec.mandatory && !IsThere(spec, parameters)) return place.Refused(spec.if_missing, MissingError(spec.name));
  }
  return {};
}

Answer<Arguments> Arguments::Check(const std::vector<ParameterSpec>& specs, const Parameters& parameters,
                                   std::string_view operation, const model::Limits& limits) {
  const bool by_token = !parameters.Get("MaxResults").empty() || !parameters.Get("NextToken").empty();
  Arguments out;
  out.arguments_.reserve(specs.size());
  for (const ParameterSpec& spec : specs) {
    if (by_token && (spec.name == "PageNumber" || spec.name == "PageSize")) continue;
    auto argument = CheckOne(spec, parameters, operation, limits);
    if (!argument) return Refuse(std::move(argument.error()));
    out.arguments_.push_back(std::move(*argument));
  }
  return out;
}

Answer<Arguments::Argument> Arguments::CheckOne(const ParameterSpec& spec, const Parameters& parameters,
                                                std::string_view operation, const model::Limits& limits) {
  const Place place{operation, limits};
  Argument out{spec.name, false, false, {}};
  const auto take = [&out](auto answer) -> Answer<Argument> {
    if (!answer) return Refuse(std::move(answer.error()));
    out.value = std::move(*answer);
    return std::move(out);
  };
  switch (spec.kind) {
    case Kind::kTexts: {
      auto values = parameters.List(spec.name);
      out.given = !values.empty();
      return take(CheckList(spec, std::move(values), place));
    }
    case Kind::kInstances: {
      bool malformed = false;
      auto values = parameters.Instances(malformed);
      if (malformed) return Refuse(InvalidError("InstanceIds"));
      out.given = !values.empty();
      return take(CheckList(spec, std::move(values), place));
    }
    case Kind::kTags: {
      const auto pairs = parameters.Pairs(spec.name);
      out.given = !pairs.empty();
      return take(CheckTags(spec, pairs, place));
    }
    case Kind::kTagFilters: {
      auto filters = parameters.Filters(spec.name);
      out.given = !filters.empty();
      return take(CheckTagFilters(spec, std::move(filters), place));
    }
    default:
      break;
  }
  out.stands = parameters.Find(spec.name) != nullptr;
  std::string text = parameters.Get(spec.name);
  out.given = !text.empty();
  if (!out.given) {
    if (!spec.fallback) return out;
    text = *spec.fallback;
  }
  switch (spec.kind) {
    case Kind::kBytes:
      if (spec.max_bytes > 0 && BytesWithoutLineEnds(text) > spec.max_bytes) {
        return place.Refused(spec.if_above, InvalidError(spec.name));
      }
      out.value = std::move(text);
      return out;
    case Kind::kWord:
      return take(CheckWord(spec, text, place));
    case Kind::kNumber:
      return take(CheckNumber(spec, text, place));
    case Kind::kFlag:
      return take(CheckFlag(spec, text, place));
    case Kind::kJson:
      return take(CheckJson(spec, text, place));
    default:
      return take(CheckText(spec, text, place));
  }
}

const Arguments::Argument& Arguments::Find(std::string_view name) const {
  const auto at = std::find_if(arguments_.begin(), arguments_.end(),
                               [name](const Argument& argument) { return argument.name == name; });
  ASSIST_CHECK(at != arguments_.end());
  return *at;
}

bool Arguments::Has(std::string_view name) const { return Find(name).given; }

const std::string& Arguments::Text(std::string_view name) const {
  static const std::string kNothing;
  const auto& value = Find(name).value;
  return std::holds_alternative<std::monostate>(value) ? kNothing : std::get<std::string>(value);
}

std::optional<std::string> Arguments::TextIfGiven(std::string_view name) const {
  if (!Has(name)) return std::nullopt;
  return Text(name);
}

std::optional<std::int64_t> Arguments::Number(std::string_view name) const {
  const auto& value = Find(name).value;
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return std::get<std::int64_t>(value);
}

std::optional<bool> Arguments::Flag(std::string_view name) const {
  const auto& value = Find(name).value;
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return std::get<bool>(value);
}

const std::vector<std::string>& Arguments::List(std::string_view name) const {
  return std::get<std::vector<std::string>>(Find(name).value);
}

const model::Tags& Arguments::Tags(std::string_view name) const { return std::get<model::Tags>(Find(name).value); }

const std::vector<Parameters::Filter>& Arguments::TagFilters(std::string_view name) const {
  return std::get<std::vector<Parameters::Filter>>(Find(name).value);
}

const json::Object& Arguments::Json(std::string_view name) const {
  static const json::Object kNothing;
  const auto& value = Find(name).value;
  return std::holds_alternative<std::monostate>(value) ? kNothing : std::get<json::Object>(value);
}

bool Arguments::Stands(std::string_view name) const { return Find(name).stands; }

}  // namespace assist::server::openapi
