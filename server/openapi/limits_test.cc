// The limits of both profiles: docs/limits.md says them all and nothing else, and with limits = "compat" each is
// reached and one beyond it is refused with the reference's code.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "protocol/encoding/base64.h"
#include "server/openapi/fake_api.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;
using Kind = ParameterSpec::Kind;
using model::Limits;

constexpr auto kNoMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kNoMax = std::numeric_limits<std::int64_t>::max();

std::string Page() {
  std::ifstream file(ASSIST_DOCS "/limits.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Each member of Limits by its name, in the unit of docs/limits.md.
std::map<std::string, std::int64_t> Members(const Limits& limits) {
  return {{"content_base64_bytes", limits.content_base64_bytes},
          {"commands", limits.commands},
          {"parameter_names", limits.parameter_names},
          {"parameter_name_bytes", limits.parameter_name_bytes},
          {"parameters", limits.parameters},
          {"timeout_max", limits.timeout_max.count()},
          {"timeout_min", limits.timeout_min.count()},
          {"targets", limits.targets},
          {"stop_targets", limits.stop_targets},
          {"invocations", limits.invocations},
          {"retention", limits.retention.count()},
          {"delivery_timeout", limits.delivery_timeout.count()},
          {"output_bytes", limits.output_bytes},
          {"silence_margin", limits.silence_margin.count()},
          {"page_size", limits.page_size},
          {"described_instances", limits.described_instances},
          {"file_base64_bytes", limits.file_base64_bytes},
          {"file_targets", limits.file_targets},
          {"files", limits.files},
          {"file_retention", limits.file_retention.count()},
          {"period_above_timeout", limits.period_above_timeout ? 1 : 0},
          {"history_runs", limits.history_runs},
          {"overdue_grace", limits.overdue_grace.count()},
          {"calendar_steps", limits.calendar_steps},
          {"activations", limits.activations},
          {"activation_instances", limits.activation_instances},
          {"activation_ttl", limits.activation_ttl.count()},
          {"machines", limits.machines},
          {"status_instances", limits.status_instances},
          {"managed_instances", limits.managed_instances},
          {"tags", limits.tags},
          {"fetch_entries", limits.fetch_entries},
          {"fetch_bytes", limits.fetch_bytes},
          {"stock_unfinished", limits.stock_unfinished},
          {"nonce_life", limits.nonce_life.count()},
          {"client_token_life", limits.client_token_life.count()}};
}

TEST(LimitsPageTest, EveryLimitStandsThereWithBothItsValues) {
  const auto large = Members(Limits::Large());
  const auto compat = Members(Limits::Compat());
  // Each is of eight bytes: one more in Limits has to come here and into docs/limits.md.
  EXPECT_EQ(sizeof(Limits), 8 * large.size());
  std::set<std::string> seen;
  std::istringstream lines(Page());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(2));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    const std::string name = cells[0].substr(1, cells[0].size() - 3);
    if (cells.size() != 5) continue;
    ASSERT_TRUE(large.contains(name)) << name << " is no limit";
    EXPECT_TRUE(seen.insert(name).second) << name;
    EXPECT_EQ(cells[2], ' ' + std::to_string(large.at(name)) + ' ') << name;
    EXPECT_EQ(cells[3], ' ' + std::to_string(compat.at(name)) + ' ') << name;
    EXPECT_GT(cells[4].size(), 2u) << name << " has no reference";
  }
  EXPECT_EQ(seen.size(), large.size());
}

/// What a declaration limits, for people.
std::string Bound(const ParameterSpec& spec) {
  const auto range = [&spec](const std::string& unit) {
    const std::string low = spec.min == kNoMin ? "" : std::to_string(spec.min);
    const std::string high = spec.max == kNoMax ? "" : std::to_string(spec.max);
    if (low.empty() && high.empty()) return std::string();
    if (high.empty()) return "≥ " + low + unit;
    return (low.empty() ? "≤ " : low + "–") + high + unit;
  };
  switch (spec.kind) {
    case Kind::kText:
      return range(" characters");
    case Kind::kNumber:
      return range("");
    case Kind::kTexts:
    case Kind::kInstances:
    case Kind::kTagFilters:
      return range(" items");
    case Kind::kTags:
      return range(" items") + ", keys of " + std::to_string(spec.max_key) + " and values of " +
             std::to_string(spec.max_value) + " characters";
    case Kind::kBytes:
      return spec.max_bytes > 0 ? "≤ " + std::to_string(spec.max_bytes) + " bytes" : "";
    default:
      return "";
  }
}

/// Operation.Parameter → its bound, with the members of JSON objects.
std::map<std::string, std::string> Bounds(const Limits& limits) {
  std::map<std::string, std::string> bounds;
  for (const Operation& operation : AllOperations(limits)) {
    std::vector<ParameterSpec> specs = operation.parameters;
    if (operation.max_page > 0) {
      for (auto& spec : PagingParameters(operation.max_page, operation.paging)) specs.push_back(spec);
    }
    for (const ParameterSpec& spec : specs) {
      const std::string name = std::string(operation.name) + '.' + std::string(spec.name);
      if (const std::string bound = Bound(spec); !bound.empty()) bounds[name] = bound;
      for (const ParameterSpec& member : spec.members) {
        if (const std::string bound = Bound(member); !bound.empty()) {
          bounds[name + " → " + std::string(member.name)] = bound;
        }
      }
    }
  }
  return bounds;
}

/// The rows of the page: a parameter and bound that several operations have stand once.
std::string ParameterRows() {
  const auto large = Bounds(Limits::Large());
  const auto compat = Bounds(Limits::Compat());
  std::map<std::pair<std::string, std::string>, std::string> rows;
  for (const auto& [name, bound] : large) {
    const auto dot = name.find('.');
    const std::string& other = compat.at(name);
    const std::string both = bound == other ? bound : bound + "; `compat` " + other;
    std::string& operations = rows[{name.substr(dot + 1), both}];
    operations += (operations.empty() ? "" : ", ") + name.substr(0, dot);
  }
  std::string out = "| parameter | limit | of |\n|---|---|---|\n";
  for (const auto& [row, operations] : rows) {
    out += "| `" + row.first + "` | " + row.second + " | " + operations + " |\n";
  }
  return out;
}

TEST(LimitsPageTest, ParametersHaveTheLimitsOfTheirDeclarations) {
  const std::string page = Page();
  const std::string begin = "<!-- parameters -->\n";
  const auto from = page.find(begin);
  const auto to = page.find("<!-- end -->");
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  const std::string there = page.substr(from + begin.size(), to - from - begin.size());
  EXPECT_EQ(there, ParameterRows()) << "docs/limits.md has to have between its marks:\n" << ParameterRows();
}

// --- at the limit, and one beyond ---

FormFields Many(const std::string& name, std::int64_t count, const std::string& after = "") {
  FormFields fields;
  for (std::int64_t i = 1; i <= count; ++i) {
    fields.emplace_back(name + '.' + std::to_string(i) + after, "x-" + std::to_string(i));
  }
  return fields;
}

FormFields With(FormFields fields, const FormFields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

std::string Json(std::int64_t keys) {
  std::string out = "{";
  for (std::int64_t i = 1; i <= keys; ++i) out += (i > 1 ? ",\"p" : "\"p") + std::to_string(i) + "\":\"v\"";
  return out + '}';
}

std::string Names(std::int64_t count) {
  std::string out;
  for (std::int64_t i = 1; i <= count; ++i) out += "{{p" + std::to_string(i) + "}}";
  return out;
}

struct AtAndBeyond {
  std::string what;
  std::string action;
  std::function<FormFields(std::int64_t)> fields;
  std::int64_t limit;
  std::int64_t beyond;          ///< The next possible one.
  std::string code;             ///< Beyond.
  std::string at_limit = "OK";  ///< What comes at the limit: another check may be next.
};

class LimitsTest : public testing::TestWithParam<bool> {
 protected:
  static FakeApi::Setup MakeSetup() {
    FakeApi::Setup setup;
    setup.limits = GetParam() ? Limits::Compat() : Limits::Large();
    return setup;
  }
  LimitsTest() : api_(MakeSetup()), machine_(api_.Register("m").str()) {}

  const Limits limits_ = MakeSetup().limits;
  FakeApi api_;
  const std::string machine_;
};

INSTANTIATE_TEST_SUITE_P(LargeAndCompat, LimitsTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "compat" : "large"; });

TEST_P(LimitsTest, IsReachedAndOneBeyondIsRefused) {
  const FormFields create = {{"Type", "RunShellScript"}};
  const FormFields script = With(create, {{"CommandContent", "ZWNobyAx"}});
  const FormFields plain = With(create, {{"CommandContent", "echo 1"}});
  const FormFields run = With(plain, {{"InstanceId.1", machine_}});
  const FormFields file = {{"TargetDir", "/tmp"}, {"InstanceId.1", machine_}};
  const auto bytes = [](std::int64_t size) { return std::string(static_cast<std::size_t>(size), 'a'); };
  const auto wide = [](std::int64_t count) {
    std::string out;
    for (std::int64_t i = 0; i < count; ++i) out += "中";
    return out;
  };
  const auto text = [&wide](FormFields base, const std::string& name) {
    return [=](std::int64_t n) { return With(base, {{name, wide(n)}}); };
  };
  const auto number = [](FormFields base, const std::string& name) {
    return [=](std::int64_t n) { return With(base, {{name, std::to_string(n)}}); };
  };
  const auto list = [](FormFields base, const std::string& name) {
    return [=](std::int64_t n) { return With(base, Many(name, n)); };
  };
  const std::int64_t content = limits_.content_base64_bytes;
  const std::int64_t file_size = limits_.file_base64_bytes;
  const std::vector<AtAndBeyond> cases = {
      {"9.1 content, Base64", "CreateCommand",
       [&](std::int64_t n) {
         return With(create, {{"CommandContent", bytes(n)}});
       },
       content, content + 4, "CmdContent.ExceedLimit"},
      {"9.1 content, plain", "RunCommand",
       [&](std::int64_t n) {
         return With(create, {{"CommandContent", bytes(n)}, {"InstanceId.1", machine_}});
       },
       content / 4 * 3, content / 4 * 3 + 1, "CmdContent.ExceedLimit"},
      {"9.2 names in a script", "CreateCommand",
       [&](std::int64_t n) {
         return With(create, {{"EnableParameter", "true"}, {"CommandContent", encoding::Base64Encode(Names(n))}});
       },
       limits_.parameter_names, limits_.parameter_names + 1, "CmdParamCount.ExceedLimit"},
      {"9.2 length of a name", "CreateCommand",
       [&](std::int64_t n) {
         const std::string code = "{{" + bytes(n) + "}}";
         return With(create, {{"EnableParameter", "true"}, {"CommandContent", encoding::Base64Encode(code)}});
       },
       limits_.parameter_name_bytes, limits_.parameter_name_bytes + 1, "CmdParamName.ExceedLimit"},
      {"9.2 values", "RunCommand",
       [&](std::int64_t n) {
         return With(create, {{"InstanceId.1", machine_},
                              {"EnableParameter", "true"},
                              {"CommandContent", Names(12)},
                              {"Parameters", Json(n)}});
       },
       limits_.parameters, limits_.parameters + 1, "ParameterCount.ExceedLimit"},
      {"9.2 length of a key", "RunCommand",
       [&](std::int64_t n) {
         const std::string key = bytes(n);
         return With(create, {{"InstanceId.1", machine_},
                              {"EnableParameter", "true"},
                              {"CommandContent", "{{" + key.substr(0, 64) + "}}"},
                              {"Parameters", "{\"" + key + "\":\"v\"}"}});
       },
       64, 65, "ParameterKey.ExceedLimit"},
      {"11.1 Timeout", "CreateCommand", number(script, "Timeout"), limits_.timeout_max.count(),
       limits_.timeout_max.count() + 1, "InvalidTimeout.ExceedLimit"},
      {"11.1 Name", "CreateCommand", text(script, "Name"), 128, 129, "CmdName.ExceedLimit"},
      {"11.1 Description", "CreateCommand", text(script, "Description"), 512, 513, "CmdDesc.ExceedLimit"},
      {"11.1 WorkingDir", "CreateCommand", text(script, "WorkingDir"), 200, 201, "InvalidParameter.WorkingDir"},
      {"11.1 Launcher", "CreateCommand", text(script, "Launcher"), 1024, 1025, "InvalidLauncher.LengthLimitExceeded"},
      {"9.7 tags", "CreateCommand", [&](std::int64_t n) { return With(script, Many("Tag", n, ".Key")); }, limits_.tags,
       limits_.tags + 1, "NumberExceed.Tags"},
      {"9.7 key of a tag", "CreateCommand", text(script, "Tag.1.Key"), 64, 65, "InvalidTagKey.Malformed"},
      {"9.7 value of a tag", "CreateCommand", text(With(script, {{"Tag.1.Key", "k"}}), "Tag.1.Value"), 128, 129,
       "InvalidTagValue.Malformed"},
      {"7 ClientToken", "CreateCommand",
       [&](std::int64_t n) {
         return With(script, {{"ClientToken", bytes(n)}});
       },
       64, 65, "InvalidClientToken.Malformed"},
      {"9.5 machines", "RunCommand", list(plain, "InstanceId"), limits_.targets, limits_.targets + 1,
       "InstanceIds.ExceedLimit", "InvalidInstance.NotFound"},
      {"11.5 Username", "RunCommand", text(run, "Username"), 255, 256, "Username.ExceedLimit"},
      {"11.6 ResourceTag of InvokeCommand", "InvokeCommand",
       [&](std::int64_t n) {
         return With({{"CommandId", "c-1"}}, Many("ResourceTag", n, ".Key"));
       },
       10, 11, "NumberExceed.ResourceTags", "InvalidCmdId.NotFound"},
      {"11.5 ResourceTag of RunCommand", "RunCommand",
       [&](std::int64_t n) { return With(plain, Many("ResourceTag", n, ".Key")); }, 20, 21, "NumberExceed.ResourceTags",
       "InvalidResourceTag.InstanceNotFound"},
      {"11.7 machines of StopInvocation", "StopInvocation", list({{"InvokeId", "t-1"}}, "InstanceId"),
       limits_.stop_targets, limits_.stop_targets + 1, "InstanceIds.ExceedLimit", "InvalidInvokeId.NotFound"},
      {"6 PageSize", "DescribeCommands", number({}, "PageSize"), limits_.page_size, limits_.page_size + 1,
       "InvalidParam.PageSize"},
      {"6 MaxResults", "DescribeInvocations", number({}, "MaxResults"), limits_.page_size, limits_.page_size + 1,
       "InvalidParameter.MaxResults"},
      {"11.11 file, Base64", "SendFile",
       [&](std::int64_t n) {
         return With(file, {{"Name", "f"}, {"ContentType", "Base64"}, {"Content", bytes(n)}});
       },
       file_size, file_size + 4, "FileSize.ExceedLimit"},
      {"11.11 file, plain", "SendFile",
       [&](std::int64_t n) {
         return With(file, {{"Name", "f"}, {"Content", bytes(n)}});
       },
       file_size / 4 * 3, file_size / 4 * 3 + 1, "FileSize.ExceedLimit"},
      {"11.11 Name", "SendFile", text(With(file, {{"Content", "x"}}), "Name"), 255, 256, "FileName.ExceedLimit"},
      {"11.11 machines", "SendFile", list({{"TargetDir", "/tmp"}, {"Name", "f"}, {"Content", "x"}}, "InstanceId"),
       limits_.file_targets, limits_.file_targets + 1, "InstanceIds.ExceedLimit", "InvalidInstance.NotFound"},
      {"11.14 machines", "DescribeCloudAssistantStatus", list({}, "InstanceId"), limits_.status_instances,
       limits_.status_instances + 1, "InstanceIds.ExceedLimit", "InvalidInstance.NotFound"},
      {"11.20 machines", "DescribeManagedInstances", list({}, "InstanceId"), limits_.managed_instances,
       limits_.managed_instances + 1, "InstanceIds.ExceedLimit"},
      {"11.16 Description", "CreateActivation", text({}, "Description"), 100, 101, "ActivationDesc.ExceedLimit"},
      {"11.16 InstanceName", "CreateActivation", text({}, "InstanceName"), 50, 51, "InstanceName.ExceedLimit"},
      {"11.16 InstanceCount", "CreateActivation", number({}, "InstanceCount"), limits_.activation_instances,
       limits_.activation_instances + 1, "ActivationLimitation.Invalid"},
      {"11.16 TimeToLiveInHours", "CreateActivation", number({}, "TimeToLiveInHours"), limits_.activation_ttl.count(),
       limits_.activation_ttl.count() + 1, "ActivationTTL.ExceedLimit"},
      {"11.21 InstanceName", "ModifyManagedInstance", text({{"InstanceId", machine_}}, "InstanceName"), 128, 129,
       "InstanceName.ExceedLimit"},
  };
  for (const AtAndBeyond& each : cases) {
    EXPECT_EQ(api_.Call(each.action, each.fields(each.limit)).code(), each.at_limit) << each.what;
    EXPECT_EQ(api_.Call(each.action, each.fields(each.beyond)).code(), each.code) << each.what;
  }
}

TEST_P(LimitsTest, PeriodsLieBetweenTheirBounds) {
  const auto code = [this](const std::string& frequency, const std::string& timeout) {
    return api_
        .Call("RunCommand", {{"Type", "RunShellScript"},
                             {"CommandContent", "echo 1"},
                             {"InstanceId.1", machine_},
                             {"Frequency", frequency},
                             {"Timeout", timeout}})
        .code();
  };
  const std::string compat_only = GetParam() ? "InvalidParam.Frequency" : "OK";
  EXPECT_EQ(code("rate(60s)", "59"), "OK");
  EXPECT_EQ(code("rate(59s)", "10"), compat_only);
  EXPECT_EQ(code("rate(60s)", "60"), compat_only);
  EXPECT_EQ(code("rate(7d)", "60"), "OK");
  EXPECT_EQ(code("rate(8d)", "60"), compat_only);
  EXPECT_EQ(code("rate(1001d)", "60"), "InvalidParam.Frequency");
  EXPECT_EQ(code("rate(0s)", "60"), "InvalidParam.Frequency");
  EXPECT_EQ(code("*/11 * * * * ?", "10"), compat_only);  // 55 and 0 lie 5 s apart
  EXPECT_EQ(code("*/15 * * * * ?", "10"), "OK");
  EXPECT_EQ(code("*/15 * * * * ?", "15"), "OK");
  EXPECT_EQ(code("*/15 * * * * ?", "16"), compat_only);
}

TEST(CompatLimitsTest, SoManyAreKeptAndOneMoreIsRefused) {
  FakeApi api;
  const Limits limits = Limits::Compat();
  const FormFields command = {{"Type", "RunShellScript"}, {"CommandContent", "ZWNobyAx"}};
  for (std::int64_t i = 0; i < limits.commands; ++i) ASSERT_EQ(api.Call("CreateCommand", command).code(), "OK") << i;
  EXPECT_EQ(api.Call("CreateCommand", command).code(), "CmdCount.ExceedQuota");
  for (std::int64_t i = 0; i < limits.activations; ++i) ASSERT_EQ(api.Call("CreateActivation").code(), "OK") << i;
  EXPECT_EQ(api.Call("CreateActivation").code(), "ActivationCount.ExceedLimit");
}

TEST(DescribedInstancesTest, AHundredAreShownAndAllAreCounted) {
  FakeApi::Setup setup;
  setup.limits = Limits::Large();
  FakeApi api(setup);
  FormFields run = {{"Type", "RunShellScript"}, {"CommandContent", "echo 1"}};
  for (int i = 1; i <= 101; ++i) {
    run.emplace_back("InstanceId." + std::to_string(i), api.Register("m" + std::to_string(i)).str());
  }
  const auto beyond = api.Call("RunCommand", run);
  run.pop_back();
  const auto at = api.Call("RunCommand", run);
  const auto shown = [&api](const std::string& id) { return api.Call("DescribeInvocations", {{"InvokeId", id}}); };
  const auto all = shown(at.text_at("InvokeId"));
  EXPECT_EQ(all.size_at("Invocations.Invocation.0.InvokeInstances.InvokeInstance"), 100u);
  EXPECT_FALSE(all.at("Invocations.Invocation.0.InstancesCut").as_bool());
  const auto cut = shown(beyond.text_at("InvokeId"));
  EXPECT_EQ(cut.size_at("Invocations.Invocation.0.InvokeInstances.InvokeInstance"), 100u);
  EXPECT_TRUE(cut.at("Invocations.Invocation.0.InstancesCut").as_bool());
  EXPECT_EQ(cut.number_at("Invocations.Invocation.0.InstanceCount"), 101);
  EXPECT_EQ(cut.number_at("Invocations.Invocation.0.InstanceStatusCounts.Pending"), 101);
}

}  // namespace
}  // namespace assist::server::openapi
