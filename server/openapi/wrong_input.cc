#include "server/openapi/wrong_input.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace assist::server::openapi {
namespace {

using encoding::FormFields;
using Kind = ParameterSpec::Kind;

constexpr auto kNoMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kNoMax = std::numeric_limits<std::int64_t>::max();

/// As the wire has it, and what that is.
const std::vector<std::pair<std::string, std::string>>& BadUtf8() {
  static const std::vector<std::pair<std::string, std::string>> kBad = {
      {"%FF", "\xFF"},
      {"%C0%80", "\xC0\x80"},  // NUL, overlong
      {"a%C0%AFb",
       "a\xC0\xAF"
       "b"},                          // a slash, overlong
      {"%E0%80%AF", "\xE0\x80\xAF"},  // the same in three bytes
      {"%F0%80%80%AF", "\xF0\x80\x80\xAF"},
      {"%ED%A0%80", "\xED\xA0\x80"},         // half a surrogate pair
      {"%F4%90%80%80", "\xF4\x90\x80\x80"},  // beyond U+10FFFF
      {"%F8%88%80%80%80", "\xF8\x88\x80\x80\x80"},
      {"%E4%B8", "\xE4\xB8"},  // the end is missing
      {"%80", "\x80"}};
  return kBad;
}

/// Percent signs that encode nothing stay what they are.
const std::vector<std::string>& BadPercents() {
  static const std::vector<std::string> kBad = {"%", "%z", "%zz", "a%4", "%%", "%u4e2d"};
  return kBad;
}

std::string Repeat(std::string_view text, std::int64_t count) {
  std::string out;
  for (std::int64_t i = 0; i < count; ++i) out += text;
  return out;
}

class Cases {
 public:
  Cases(const ParameterSpec& spec, const FormFields& sound) : spec_(spec), sound_(sound) {}

  /// The call without the parameter, in whatever form it stands there.
  [[nodiscard]] FormFields Without() const {
    FormFields fields = sound_;
    const std::string name(spec_.name);
    std::erase_if(fields, [&name](const auto& field) {
      return field.first == name || field.first == name + 's' || field.first.starts_with(name + '.');
    });
    return fields;
  }
  void Add(std::string_view what, FormFields added, std::string_view code) {
    FormFields fields = Without();
    fields.insert(fields.end(), added.begin(), added.end());
    cases_.push_back({std::string(spec_.name) + ' ' + std::string(what), std::move(fields), std::string(code), {}, {}});
  }
  void Value(std::string_view what, std::string value, std::string_view code) {
    Add(what, {{Place(), std::move(value)}}, code);
  }
  void Raw(std::string_view what, std::string raw, std::string decoded, std::string_view code) {
    Value(what, std::move(decoded), code);
    cases_.back().raw_name = Place();
    cases_.back().raw_value = std::move(raw);
  }
  [[nodiscard]] std::string Missing() const { return Or(spec_.if_missing, "Missing"); }
  [[nodiscard]] std::string Below() const { return Or(spec_.if_below, "Invalid"); }
  [[nodiscard]] std::string Above() const { return Or(spec_.if_above, "Invalid"); }
  [[nodiscard]] std::string Wrong() const { return Or(spec_.if_wrong, "Invalid"); }
  [[nodiscard]] std::string Invalid() const { return Or({}, "Invalid"); }
  [[nodiscard]] std::vector<WrongInput> Take() { return std::move(cases_); }

  /// The name under which one value stands on the wire.
  [[nodiscard]] std::string Place() const {
    const std::string name(spec_.name);
    switch (spec_.kind) {
      case Kind::kTexts:
      case Kind::kInstances:
        return name + ".1";
      case Kind::kTags:
        return name + ".1.Key";
      case Kind::kTagFilters:
        return name + ".1.TagKey";
      default:
        return name;
    }
  }

 private:
  [[nodiscard]] std::string Or(std::string_view code, std::string_view otherwise) const {
    return code.empty() ? std::string(otherwise) + std::string(spec_.name) : std::string(code);
  }

  const ParameterSpec& spec_;
  const FormFields& sound_;
  std::vector<WrongInput> cases_;
};

void AddTexts(const ParameterSpec& spec, Cases& cases) {
  if (spec.max != kNoMax) {
    const std::string longest(static_cast<std::size_t>(spec.max), 'a');
    cases.Value("above", longest + 'a', cases.Above());
    cases.Value("above, in characters", Repeat("中", spec.max + 1), cases.Above());
    cases.Value("far above", Repeat("\xF0\x9F\x98\x80", spec.max * 3), cases.Above());
    // As long as it may be: whatever is said, it is not that it is too long, unless one code says both.
    if (spec.fits == nullptr) cases.Value("at the limit, in characters", Repeat("中", spec.max), "");
  }
  if (spec.min > 1) cases.Value("below", Repeat("中", spec.min - 1), cases.Below());
  for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("not UTF-8 " + raw, raw, decoded, cases.Invalid());
  if (spec.fits == nullptr) return;
  for (const std::string& text : InjectionTexts()) {
    const auto size = static_cast<std::int64_t>(text.size());
    if (size > spec.max || size < spec.min) continue;
    if (!spec.fits(text)) cases.Value("not of its form: " + text, text, cases.Wrong());
  }
}

void AddWords(const ParameterSpec& spec, Cases& cases) {
  const std::string wrong = spec.other_is_default ? "" : cases.Wrong();
  const std::string word(spec.words.front());
  for (const std::string& text : {std::string("Nonsense"), word + ' ', ' ' + word, word + word, std::string("0"),
                                  word + std::string(1, '\0'), std::string(5000, 'w')}) {
    cases.Value("no such word: " + text.substr(0, 40), text, wrong);
  }
  std::string other = word;
  other[0] = static_cast<char>(other[0] ^ 0x20);
  cases.Value("word in other case", other, spec.any_case ? "" : wrong);
  for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("not UTF-8 " + raw, raw, decoded, wrong);
  for (const std::string& text : InjectionTexts()) cases.Value("no such word: " + text, text, wrong);
}

void AddNumbers(const ParameterSpec& spec, Cases& cases) {
  for (const std::string& text : {std::string("x"), std::string("1.5"), std::string("0x10"), std::string("1e3"),
                                  std::string(" 5"), std::string("5 "), std::string("+5"), std::string("--5"),
                                  std::string("-"), std::string("５"), std::string("5\0", 2), std::string("5\n"),
                                  std::string("1,000"), std::string("NaN"), std::string("true"), std::string("[5]")}) {
    cases.Value("no number: " + text, text, cases.Wrong());
  }
  for (const std::string& text : InjectionTexts()) cases.Value("no number: " + text, text, cases.Wrong());
  for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("not UTF-8 " + raw, raw, decoded, cases.Wrong());
  const std::string above = spec.clamped ? "" : cases.Above();
  const std::string below = spec.clamped ? "" : cases.Below();
  cases.Value("beyond 64 bits", "9223372036854775808", above);
  cases.Value("far beyond 64 bits", std::string(400, '9'), above);
  cases.Value("below 64 bits", "-9223372036854775809", below);
  if (spec.max != kNoMax) cases.Value("above", std::to_string(spec.max + 1), above);
  if (spec.min != kNoMin) cases.Value("below", std::to_string(spec.min - 1), below);
}

void AddFlags(Cases& cases) {
  for (const std::string& text :
       {std::string("yes"), std::string("1"), std::string("0"), std::string("tru"), std::string("truetrue"),
        std::string("true "), std::string("on"), std::string("null"), std::string("true\0", 5), std::string("ｔrue")}) {
    cases.Value("neither true nor false: " + text, text, cases.Wrong());
  }
  for (const std::string& text : InjectionTexts()) {
    cases.Value("neither true nor false: " + text, text, cases.Wrong());
  }
  for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("not UTF-8 " + raw, raw, decoded, cases.Wrong());
}

void AddLists(const ParameterSpec& spec, Cases& cases) {
  for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("item not UTF-8 " + raw, raw, decoded, cases.Invalid());
  const std::string name(spec.name);
  if (spec.max != kNoMax) {
    FormFields many;
    for (std::int64_t i = 1; i <= spec.max + 1; ++i) {
      many.emplace_back(name + '.' + std::to_string(i), "item-" + std::to_string(i));
    }
    cases.Add("above", many, cases.Above());
    for (auto& [place, value] : many) place += '0';
    cases.Add("above, with gaps", many, cases.Above());
  }
  if (!spec.words.empty() || spec.fits != nullptr) {
    for (const std::string& text : InjectionTexts()) {
      if (spec.words.empty() && spec.fits(text)) continue;
      cases.Value("no such item: " + text, text, cases.Wrong());
    }
  }
  if (spec.kind != Kind::kInstances) return;
  for (const std::string& text : {std::string("["), std::string("[\"a\""), std::string("[1]"), std::string("[[\"a\"]]"),
                                  std::string("[\"a\",{}]"), std::string("[null]"), std::string("['a\"]")}) {
    cases.Add("no list: " + text, {{name + 's', text}}, "InvalidInstanceIds");
  }
}

void AddTags(const ParameterSpec& spec, Cases& cases) {
  const std::string name(spec.name);
  const auto code = [&cases](std::string_view of) { return of.empty() ? cases.Invalid() : std::string(of); };
  const std::string key = name + ".1.Key";
  const std::string value = name + ".1.Value";
  cases.Add("key missing", {{value, "v"}}, code(spec.if_key_missing));
  cases.Add("key empty", {{key, ""}, {value, "v"}}, code(spec.if_key_missing));
  cases.Add("key too long", {{key, Repeat("中", spec.max_key + 1)}, {value, "v"}}, code(spec.if_key_wrong));
  cases.Add("value too long", {{key, "k"}, {value, Repeat("中", spec.max_value + 1)}}, code(spec.if_value_wrong));
  cases.Add("key twice", {{key, "k"}, {value, "1"}, {name + ".2.Key", "k"}, {name + ".2.Value", "2"}},
            code(spec.if_key_twice));
  for (const auto& [raw, decoded] : BadUtf8()) {
    cases.Raw("key not UTF-8 " + raw, raw, decoded, code(spec.if_key_wrong));
    cases.Add("value not UTF-8 " + raw, {{key, "k"}, {value, decoded}}, code(spec.if_value_wrong));
  }
  if (spec.reserved_words) {
    for (const std::string bad : {"aliyun", "aliyun-x", "acs:x", "http://x", "see https://x"}) {
      cases.Add("key reserved: " + bad, {{key, bad}, {value, "v"}}, code(spec.if_key_wrong));
    }
    cases.Add("value reserved", {{key, "k"}, {value, "at http://x"}}, code(spec.if_value_wrong));
  }
  if (spec.max != kNoMax) {
    FormFields many;
    for (std::int64_t i = 1; i <= spec.max + 1; ++i) {
      many.emplace_back(name + '.' + std::to_string(i) + ".Key", "k" + std::to_string(i));
      many.emplace_back(name + '.' + std::to_string(i) + ".Value", "v");
    }
    cases.Add("above", many, cases.Above());
  }
  for (const std::string& text : InjectionTexts()) cases.Add("value " + text, {{key, "k"}, {value, text}}, "");
}

void AddTagFilters(const ParameterSpec& spec, Cases& cases) {
  const std::string name(spec.name);
  const std::string key = name + ".1.TagKey";
  const std::string value = name + ".1.TagValues.1";
  cases.Add("key missing", {{value, "v"}}, cases.Wrong());
  for (const auto& [raw, decoded] : BadUtf8()) {
    cases.Raw("key not UTF-8 " + raw, raw, decoded, cases.Wrong());
    cases.Add("value not UTF-8 " + raw, {{key, "k"}, {value, decoded}}, cases.Wrong());
  }
  FormFields many;
  for (int i = 1; i <= 6; ++i) many.emplace_back(name + ".1.TagValues." + std::to_string(i), "v");
  many.emplace_back(key, "k");
  cases.Add("values above", many, spec.if_value_wrong.empty() ? cases.Invalid() : std::string(spec.if_value_wrong));
  many.clear();
  for (std::int64_t i = 1; i <= spec.max + 1 && spec.max != kNoMax; ++i) {
    many.emplace_back(name + '.' + std::to_string(i) + ".TagKey", "k" + std::to_string(i));
  }
  cases.Add("above", many, cases.Above());
}

/// A JSON object, and each member that has a type of its own.
void AddJson(const ParameterSpec& spec, Cases& cases) {
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("null"), std::string("1"), std::string("\"{}\""),
        std::string("{} {}"), std::string("{'a':1}"), std::string("{\"a\":\"\xff\"}"), std::string("{\"a\":1,}"),
        std::string(20'000, '['), std::string("{\"a\":\"\0\"}", 9), std::string("[object Object]")}) {
    cases.Value("no object: " + text.substr(0, 40), text, cases.Wrong());
  }
  for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("not UTF-8 " + raw, raw, decoded, cases.Wrong());
  for (const ParameterSpec& member : spec.members) {
    const std::string code = member.if_wrong.empty() ? cases.Invalid() : std::string(member.if_wrong);
    const std::string name = "{\"" + std::string(member.name) + "\":";
    const bool list = member.kind == Kind::kTexts;
    for (const std::string& value :
         {std::string(list ? "{}" : "[]"), std::string("{\"a\":1}"), std::string(list ? "1" : "[\"a\"]"),
          std::string(list ? "[1]" : "1.5"), std::string(list ? "[null]" : "{}")}) {
      cases.Value(std::string(member.name) + " of another type: " + value, name + value + '}', code);
    }
    if (member.kind == Kind::kFlag || member.kind == Kind::kNumber || (member.kind == Kind::kWord && !list)) {
      cases.Value(std::string(member.name) + " wrong", name + "\"nonsense\"}", code);
    }
  }
}

}  // namespace

const std::vector<std::string>& InjectionTexts() {
  static const std::vector<std::string> kTexts = {
      "' OR '1'='1",
      "x'; DROP TABLE commands; --",
      "%' UNION SELECT secret FROM access_keys --",
      "*",
      "_%_",
      "$(touch /tmp/assist-injected)",
      "`id`; id | id && id > /tmp/assist-injected",
      "</Name><Admin>true</Admin>",
      "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
      "]]><![CDATA[",
      "\",\"Code\":\"x\\",
      "{\"a\":{\"b\":[1]}}",
      "{{ACS::InstanceId}} {{oos-secret:x}} {{}}",
      "x\n2026-01-01T00:00:00.000000Z error server.stopped why=\"me\"",
      "x\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK",
      std::string("a\0b", 3),
      "\x01\x08\x1b[31m\x7f",
      "\xE2\x80\xAEgpj.exe\xE2\x81\xA6",       // right-to-left override, isolate
      "\xEF\xBB\xBF\xEF\xBF\xBE\xEF\xBF\xBF",  // byte order mark and what is no character
      "\xC2\x85\xE2\x80\xA8\xE2\x80\xA9",      // line ends of Unicode
      "../../../etc/passwd",
      "%s%n%x%99999999d",
      "\xF0\x9F\x92\xA9 中文 e\xCC\x81"};
  return kTexts;
}

std::vector<WrongInput> WrongInputsOf(const ParameterSpec& spec, const FormFields& sound) {
  Cases cases(spec, sound);
  cases.Add("missing", {}, spec.mandatory ? cases.Missing() : "");
  cases.Add("empty", {{cases.Place(), ""}},
            spec.mandatory && spec.kind != Kind::kTags ? cases.Missing()
            : spec.kind == Kind::kTags                 ? std::string(spec.if_key_missing)
                                                       : "");
  for (const std::string& percent : BadPercents()) cases.Raw("bad percent " + percent, percent, percent, "");
  for (const std::string& text : InjectionTexts()) cases.Value("injection " + text, text, "");
  switch (spec.kind) {
    case Kind::kWord:
      AddWords(spec, cases);
      break;
    case Kind::kNumber:
      AddNumbers(spec, cases);
      break;
    case Kind::kFlag:
      AddFlags(cases);
      break;
    case Kind::kTexts:
    case Kind::kInstances:
      AddLists(spec, cases);
      break;
    case Kind::kTags:
      AddTags(spec, cases);
      break;
    case Kind::kText:
      AddTexts(spec, cases);
      break;
    case Kind::kTagFilters:
      AddTagFilters(spec, cases);
      break;
    case Kind::kJson:
      AddJson(spec, cases);
      break;
    default:  // kBytes: checked by the operation
      for (const auto& [raw, decoded] : BadUtf8()) cases.Raw("not UTF-8 " + raw, raw, decoded, "");
      if (spec.max_bytes > 0) {
        cases.Value("above", std::string(static_cast<std::size_t>(spec.max_bytes) + 1, 'A'), cases.Above());
      }
  }
  return cases.Take();
}

std::vector<WrongInput> WrongCommonInputs(const Operation& operation, const FormFields& sound) {
  std::vector<WrongInput> all;
  const auto take = [&all](Cases cases) {
    for (auto& wrong : cases.Take()) all.push_back(std::move(wrong));
  };
  const ParameterSpec region = Text("RegionId");
  Cases regions(region, sound);
  if (operation.needs_region) {
    const std::string_view missing = operation.if_region_missing;
    regions.Value("empty", "", missing.empty() ? "MissingRegionId" : missing);
    for (const std::string& text : InjectionTexts()) regions.Value(text, text, "InvalidRegionId.NotFound");
    regions.Value("in other case", "CN-HANGZHOU", "InvalidRegionId.NotFound");
    regions.Value("too long", std::string(100'000, 'r'), "InvalidRegionId.NotFound");
    for (const auto& [raw, decoded] : BadUtf8()) regions.Raw(raw, raw, decoded, "InvalidRegionId.NotFound");
  }
  take(std::move(regions));
  const ParameterSpec token = Text("ClientToken");
  Cases tokens(token, sound);
  if (operation.client_token) {
    tokens.Value("too long", std::string(65, 't'), "InvalidClientToken.Malformed");
    tokens.Value("not ASCII", "token-中", "InvalidClientToken.Malformed");
    for (const auto& [raw, decoded] : BadUtf8()) tokens.Raw(raw, raw, decoded, "InvalidClientToken.Malformed");
    for (const std::string& text : InjectionTexts()) {
      const bool ascii = std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
      if (!ascii) tokens.Value(text, text, "InvalidClientToken.Malformed");
    }
  }
  take(std::move(tokens));
  const ParameterSpec page = Text("NextToken");
  Cases pages(page, sound);
  if (operation.max_page > 0) {
    const std::string digits(48, '0');
    const std::string code =
        operation.paging == PagingForm::kNextToken ? "Invalid.NextToken" : "InvalidParameter.NextToken";
    for (const std::string& text :
         {"!" + digits, std::string("p2"), "p2" + digits, "p1" + digits, digits, "p2" + digits + "00"}) {
      pages.Value("not ours: " + text, text, code);
    }
    for (const std::string& text : InjectionTexts()) pages.Value("not ours", text, code);
  }
  take(std::move(pages));
  return all;
}

}  // namespace assist::server::openapi
