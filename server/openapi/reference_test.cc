// Compares the declared parameters, and the table of errors, with the reference (test/data/openapi.json), limits =
// "compat". Answers and the errors of each operation: reference_answers_test.cc. Operations and parameters of our own
// are declared as extensions.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "protocol/json/json.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

using Kind = ParameterSpec::Kind;

// Where we differ on purpose. A difference that is not listed fails, and so does an entry that is none any more.
const std::map<std::string, std::string>& Differences() {
  static const std::map<std::string, std::string> kDifferences = {
      {"CreateCommand.Name required", "the reference asks to accept a missing name: the first API had it optional"},
      {"CreateCommand.Timeout max", "an upper bound is not documented; 86,400 s is what the reference recommends"},
      {"RunCommand.Timeout max", "as CreateCommand"},
      {"InvokeCommand.Timeout max", "as CreateCommand"},
      {"RunCommand.InstanceId minItems", "none at all is MissingParam.InstanceId, unless ResourceTag is there"},
      {"InvokeCommand.InstanceId minItems", "as RunCommand"},
      {"SendFile.Timeout max", "as CreateCommand"},
      {"ModifyCommand.Timeout max", "as CreateCommand"},
      {"DescribeInstances.Filter Key maxLength", "bounded, as tags are"},
      {"DescribeInstances.Filter Value maxLength", "bounded, as tags are"},
      {"DescribeInstances.InstanceChargeType enum", "the words that its error code refuses others by"},
      {"DescribeInstances.InstanceNetworkType enum", "as InstanceChargeType"},
      {"DescribeInstances.InternetChargeType enum", "as InstanceChargeType"},
      {"DescribeInstances.LockReason enum", "as InstanceChargeType"},
  };
  return kDifferences;
}

json::Object LoadReference() {
  std::ifstream file(ASSIST_TEST_DATA "/openapi.json");
  std::stringstream text;
  text << file.rdbuf();
  auto object = json::ParseObject(text.str());
  EXPECT_TRUE(object) << "test/data/openapi.json";
  return object ? std::move(*object) : json::Object();
}

std::string TextOf(const json::Value* value) {
  if (value == nullptr) return "none";
  return value->is_string() ? std::string(json::View(value->get_string())) : json::Write(*value);
}

std::string TextOf(std::int64_t number, std::int64_t none) { return number == none ? "none" : std::to_string(number); }

class Comparison {
 public:
  explicit Comparison(const json::Object& parameter, const ParameterSpec& spec, std::string where)
      : parameter_(parameter), spec_(spec), where_(std::move(where)) {}

  void Run(std::set<std::string>& found) {
    constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
    constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();
    const bool is_text = spec_.kind == Kind::kText;
    const bool is_number = spec_.kind == Kind::kNumber;
    const bool is_list = spec_.kind == Kind::kTexts || spec_.kind == Kind::kInstances || spec_.kind == Kind::kTags ||
                         spec_.kind == Kind::kTagFilters;
    Same("type", Type(), TextOf(Member("type")), found);
    Same("required", spec_.mandatory ? "true" : "false", TextOf(Member("required")), found);
    Same("maxLength", TextOf(is_text ? spec_.max : kHigh, kHigh), TextOf(Member("maxLength")), found);
    Same("minLength", TextOf(is_text ? spec_.min : kLow, kLow), TextOf(Member("minLength")), found);
    Same("max", TextOf(is_number ? spec_.max : kHigh, kHigh), TextOf(Member("max")), found);
    Same("min", TextOf(is_number ? spec_.min : kLow, kLow), TextOf(Member("min")), found);
    Same("maxItems", TextOf(is_list ? spec_.max : kHigh, kHigh), TextOf(Member("maxItems")), found);
    Same("minItems", TextOf(is_list ? spec_.min : kLow, kLow), TextOf(Member("minItems")), found);
    Same("maxBytes", TextOf(spec_.max_bytes, 0), TextOf(Member("maxBytes")), found);
    Same("default", spec_.fallback ? std::string(*spec_.fallback) : "none", TextOf(Member("default")), found);
    Same("caseInsensitive", spec_.any_case && spec_.words.front() != "true" ? "true" : "none",
         TextOf(Member("caseInsensitive")), found);
    Same("pattern", spec_.form.empty() ? "none" : std::string(spec_.form), TextOf(Member("pattern")), found);
    Same("enum", Words(), Enum(), found);
    if (spec_.kind == Kind::kTags) Tags(found);
    if (spec_.kind == Kind::kJson) Members(found);
  }

 private:
  const json::Value* Member(std::string_view name) const { return parameter_.if_contains(name); }

  void Same(const std::string& what, const std::string& ours, const std::string& theirs, std::set<std::string>& found) {
    if (ours == theirs) return;
    const std::string difference = where_ + ' ' + what;
    found.insert(difference);
    if (!Differences().contains(difference))
      ADD_FAILURE() << difference << ": ours " << ours << ", reference " << theirs;
  }

  std::string Type() const {
    switch (spec_.kind) {
      case Kind::kNumber:
        return "integer";
      case Kind::kFlag:
        return "boolean";
      case Kind::kTexts:
      case Kind::kInstances:
      case Kind::kTags:
      case Kind::kTagFilters:
        return "array";
      case Kind::kJson:
        return "object";
      case Kind::kBytes:
        return spec_.name == "Parameters" ? "map" : "string";
      default:
        return "string";
    }
  }
  std::string Words() const {
    std::set<std::string> words(spec_.words.begin(), spec_.words.end());
    return Join(words);
  }
  std::string Enum() const {
    std::set<std::string> words;
    const json::Value* list = Member("enum");
    if (list == nullptr) list = Member("itemEnum");
    if (list != nullptr) {
      for (const auto& word : list->as_array()) words.insert(TextOf(&word));
    }
    return Join(words);
  }
  static std::string Join(const std::set<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += word + '|';
    return out;
  }
  void Tags(std::set<std::string>& found) {
    for (const auto& field : parameter_.at("items").at("properties").as_array()) {
      const std::string name = TextOf(field.as_object().if_contains("name"));
      const std::string length = TextOf(field.as_object().if_contains("maxLength"));
      const std::int64_t ours = name == "Key" ? spec_.max_key : spec_.max_value;
      Same(name + " maxLength", TextOf(ours, std::numeric_limits<std::int64_t>::max()), length, found);
    }
  }
  void Members(std::set<std::string>& found) {
    const auto& fields = parameter_.at("properties").as_array();
    EXPECT_EQ(fields.size(), spec_.members.size()) << where_;
    for (const auto& field : fields) {
      const std::string name = TextOf(field.as_object().if_contains("name"));
      const auto member = std::find_if(spec_.members.begin(), spec_.members.end(),
                                       [&name](const ParameterSpec& other) { return other.name == name; });
      ASSERT_NE(member, spec_.members.end()) << where_ << '.' << name << " is not declared";
      Comparison(field.as_object(), *member, where_ + '.' + name).Run(found);
    }
  }

  const json::Object& parameter_;
  const ParameterSpec& spec_;
  const std::string where_;
};

TEST(ReferenceTest, EveryParameterIsDeclaredWithTheLimitsOfTheReference) {
  const json::Object reference = LoadReference();
  const model::Limits limits = model::Limits::Compat();
  std::set<std::string> missing;
  for (const auto& described : reference.at("operations").as_object()) missing.emplace(described.key());
  for (const Operation& operation : AllOperations(limits)) {
    EXPECT_EQ(missing.erase(std::string(operation.name)), operation.extension ? 0u : 1u) << operation.name;
  }
  EXPECT_TRUE(missing.empty()) << *missing.begin();
  std::set<std::string> found;
  for (const Operation& operation : AllOperations(limits)) {
    if (operation.extension) continue;
    const std::string name(operation.name);
    const auto& described = reference.at("operations").at(name).as_object();
    EXPECT_EQ(operation.changes, TextOf(described.if_contains("kind")) == "write") << name;
    std::vector<ParameterSpec> specs = operation.parameters;
    if (operation.max_page > 0) {
      for (auto& spec : PagingParameters(operation.max_page, operation.paging)) specs.push_back(spec);
    }
    std::set<std::string> seen;
    for (const auto& value : described.at("parameters").as_array()) {
      const auto& parameter = value.as_object();
      const std::string wire = TextOf(parameter.if_contains("name"));
      if (parameter.contains("ignored")) continue;
      if (wire == "RegionId") {
        EXPECT_TRUE(operation.needs_region) << name;
        continue;
      }
      if (wire == "ClientToken") {
        EXPECT_TRUE(operation.client_token) << name;
        continue;
      }
      const auto spec = std::find_if(specs.begin(), specs.end(), [&](const auto& s) { return s.name == wire; });
      ASSERT_NE(spec, specs.end()) << name << '.' << wire << " is not declared";
      seen.insert(wire);
      EXPECT_FALSE(spec->extension) << name << '.' << wire;
      ParameterSpec compared = *spec;
      if (wire == "PageNumber") compared.max = std::numeric_limits<std::int64_t>::max();  // bounded, far away
      Comparison(parameter, compared, name + '.' + wire).Run(found);
    }
    for (const ParameterSpec& spec : specs) {
      if (seen.contains(std::string(spec.name))) continue;
      EXPECT_TRUE(spec.extension) << name << '.' << spec.name << " is not in the reference";
    }
    if (name != "DescribeRegions") continue;
    EXPECT_FALSE(operation.needs_region);
  }
  for (const auto& [difference, reason] : Differences()) EXPECT_TRUE(found.contains(difference)) << difference;
}

TEST(ReferenceTest, EveryOperationDoesSomething) {
  std::set<std::string_view> names;
  for (const Operation& operation : AllOperations(model::Limits::Large())) {
    EXPECT_NE(operation.run, nullptr) << operation.name;
    EXPECT_TRUE(names.insert(operation.name).second) << operation.name;
    EXPECT_TRUE(operation.changes || !operation.client_token) << operation.name;
  }
  EXPECT_EQ(names.size(), 49u);
}

}  // namespace
}  // namespace assist::server::openapi
