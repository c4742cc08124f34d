// Wrong input does no harm: each parameter of each operation is missing, empty, too long, of the wrong type, out of
// range, badly encoded or an attempt to break out. The cases are made from the declarations, statuses and the codes
// that an operation may give come from the reference. A call that was refused, or that only reads, changes nothing in
// the store; nothing ends in a 5xx or in more than one line of the log.
#include "server/openapi/wrong_input.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/percent.h"
#include "protocol/encoding/utf8.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"
#include "server/openapi/fake_api.h"
#include "server/openapi/operations/list.h"
#include "server/store/sqlite/database.h"
#include "test/support/xml/xml.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;
using store::sqlite::Database;
using store::sqlite::Query;

/// Counts lines, and remembers one that is none.
class StrictSink final : public LogSink {
 public:
  void Write(LogLevel level, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    ++lines;
    if (level >= LogLevel::kError) errors += std::string(text) + '\n';
    const bool line = encoding::IsUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
                        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
                      });
    if (!line) broken = text;
  }
  std::size_t lines = 0;
  std::string errors;
  std::string broken;

 private:
  std::mutex mutex_;
};

/// Every row of every table; what only says that calls were made is left out.
class StoreDump {
 public:
  explicit StoreDump(const std::string& path) : db_({path, {}, true, 8192}) {}

  /// Changes when another connection has committed something.
  [[nodiscard]] std::int64_t version() {
    Query query(db_, "PRAGMA data_version");
    query.Step();
    return query.Int(0);
  }
  [[nodiscard]] std::string Read() {
    if (tables_.empty()) FindTables();
    std::string out;
    for (const std::string& select : tables_) {
      Query rows(db_, select);
      while (rows.Step()) (out += rows.View(0)) += '\n';
    }
    Query schema(db_, "SELECT group_concat(sql, ';') FROM sqlite_master");
    schema.Step();
    return out + schema.Text(0);
  }

 private:
  void FindTables() {
    std::vector<std::string> names;
    Query tables(db_, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
    while (tables.Step()) names.push_back(tables.Text(0));
    for (const std::string& name : names) {
      if (name == "nonces" || name.starts_with("audit") || name.starts_with("sqlite_")) continue;
      std::string select = "SELECT '" + name + "'";
      Query columns(db_, "PRAGMA table_info(" + name + ")");
      while (columns.Step()) select += " || ',' || quote(" + columns.Text(1) + ")";
      tables_.push_back(select + " FROM " + name);
    }
  }

  Database db_;
  std::vector<std::string> tables_;
};

/// What the reference says about errors.
class ReferenceErrors {
 public:
  ReferenceErrors() {
    std::ifstream file(ASSIST_TEST_DATA "/openapi.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto reference = json::ParseObject(text.str());
    EXPECT_TRUE(reference);
    const auto take = [](const json::Value& list, std::map<std::string, int>& into) {
      for (const auto& entry : list.as_array()) {
        into.emplace(json::View(entry.at("code").as_string()), static_cast<int>(entry.at("http").as_int64()));
      }
    };
    take(reference->at("commonErrors").at("gateway"), gateway_);
    for (const auto& operation : reference->at("operations").as_object()) {
      take(operation.value().at("errors"), operations_[std::string(operation.key())]);
    }
  }
  /// The status of `code` as `operation` gives it; 0: the reference does not know it there.
  [[nodiscard]] int StatusOf(const Operation& operation, const std::string& code) const {
    const std::string name(operation.name);
    if (const auto own = operations_.find(name); own != operations_.end() && own->second.contains(code)) {
      return own->second.at(code);
    }
    if (gateway_.contains(code)) return gateway_.at(code);
    const auto is = [&code](std::string_view parameter) {
      return code == "Missing" + std::string(parameter) || code == "Invalid" + std::string(parameter);
    };
    if (is("RegionId") || is("InstanceIds")) return 400;
    for (const ParameterSpec& spec : operation.parameters) {
      if (is(spec.name)) return 400;
    }
    if (!OwnCodes().contains(name + ' ' + code) && operations_.contains(name)) return 0;
    for (const auto& [other, codes] : operations_) {
      if (const auto at = codes.find(code); at != codes.end()) return at->second;
    }
    return 400;
  }

  /// What an operation gives though the reference does not list it there. Operations that it does not know at all give
  /// the errors of others.
  static const std::map<std::string, std::string>& OwnCodes() {
    static const std::map<std::string, std::string> kCodes = {
        {"InvokeCommand InvalidParameter.MaxConcurrency", "of an extension parameter"},
        {"InvokeCommand InvalidParameter.MaxErrors", "of an extension parameter"},
        {"RunCommand InvalidParameter.MaxConcurrency", "of an extension parameter"},
        {"RunCommand InvalidParameter.MaxErrors", "of an extension parameter"},
        {"InvokeCommand InvalidTimeout.ExceedLimit", "its Timeout has the bound of CreateCommand"},
        {"ModifyInvocationAttribute InvalidRegionId.NotFound", "the reference has it below the table"},
        {"DescribeManagedInstances InstanceIds.ExceedLimit", "it is what all other lists of instances give"},
    };
    return kCodes;
  }

 private:
  std::map<std::string, int> gateway_;
  std::map<std::string, std::map<std::string, int>> operations_;
};

const ReferenceErrors& Reference() {
  static const ReferenceErrors kReference;
  return kReference;
}

/// A server with a little of everything, and for each operation a call that is sound.
class World {
 public:
  /// `operation`: the one whose sound call is to succeed.
  explicit World(std::string_view operation = {}) : api_(MakeSetup()), dump_(api_.store_file()) {
    const InstanceId machine = api_.Register("bystander-machine", {{"bystander", "yes"}});
    const InstanceId other = api_.Register("other");
    const FormFields command = {{"Type", "RunShellScript"}, {"CommandContent", "ZWNobyAx"}};
    const auto with = [](FormFields fields, const FormFields& more) {
      fields.insert(fields.end(), more.begin(), more.end());
      return fields;
    };
    const std::string kept = Id("CreateCommand", with(command, {{"Name", "bystander-command"}}), "CommandId");
    const std::string spare = Id("CreateCommand", with(command, {{"Name", "spare"}}), "CommandId");
    const std::string used = Id("CreateCommand", with(command, {{"Name", "used"}}), "CommandId");
    const std::string runs = Id("InvokeCommand", {{"CommandId", kept}, {"InstanceId.1", machine.str()}}, "InvokeId");
    const std::string failed =
        Id("RunCommand", with(command, {{"ContentEncoding", "Base64"}, {"InstanceId.1", other.str()}}), "InvokeId");
    api_.RunTasks(other, 1, "");
    const std::string scheduled = Id(
        "InvokeCommand", {{"CommandId", used}, {"InstanceId.1", other.str()}, {"Frequency", "rate(1d)"}}, "InvokeId");
    Id("SendFile",
       {{"Name", "bystander-file"}, {"TargetDir", "/tmp"}, {"Content", "x"}, {"InstanceId.1", machine.str()}},
       "InvokeId");
    const std::string activation = Id("CreateActivation", {{"InstanceName", "bystander"}}, "ActivationId");
    const std::string unused = Id("CreateActivation", {{"InstanceName", "unused"}}, "ActivationId");
    const FormFields on = {{"InstanceId.1", other.str()}};
    const std::string archive = Sha256Hex("bytes");
    EXPECT_EQ(api_.Call("PutArtifact", {{"Sha256", archive}, {"Size", "5"}, {"Content", "Ynl0ZXM="}}).code(), "OK");
    Id("PublishPackage", {{"Envelope", Envelope("bystander")}}, "PackageId");
    Id("PublishPackage", {{"Envelope", Envelope("spare")}}, "PackageId");
    Id("PublishPackage", {{"Envelope", Envelope("ordered")}}, "PackageId");
    api_.PublishRelease("assist-agent", "2.0");
    const std::string rollout = Id("StartAgentRollout", with({{"PackageVersion", "2.0"}}, on), "RolloutId");
    FormFields stop = {{"RolloutId", rollout}};
    if (operation == "StartAgentRollout") stop.emplace_back("End", "true");  // one is live at a time
    Id("PauseAgentRollout", stop, "RolloutId");
    sound_ = {
        {"CreateCommand", with(command, {{"Name", "new"}})},
        {"ModifyCommand", {{"CommandId", spare}, {"Name", "renamed"}}},
        {"DeleteCommand", {{"CommandId", spare}}},
        {"DescribeCommands", {}},
        {"RunCommand", with(with(command, {{"ContentEncoding", "Base64"}}), on)},
        {"InvokeCommand", with({{"CommandId", spare}}, on)},
        {"RerunInvocation", {{"InvokeId", failed}}},
        {"StopInvocation", {{"InvokeId", scheduled}}},
        {"DescribeInvocations", {}},
        {"DescribeInvocationResults", {{"InvokeId", runs}, {"InstanceId", machine.str()}}},
        {"ModifyInvocationAttribute", {{"InvokeId", scheduled}}},
        {"SendFile", with({{"Name", "f"}, {"TargetDir", "/tmp"}, {"Content", "x"}}, on)},
        {"DescribeSendFileResults", {}},
        {"InstallCloudAssistant", on},
        {"DescribeCloudAssistantStatus", {}},
        {"ListPluginStatus", on},
        {"CreateActivation", {}},
        {"DescribeActivations", {}},
        {"DisableActivation", {{"ActivationId", unused}}},
        {"DeleteActivation", {{"ActivationId", unused}}},
        {"DescribeManagedInstances", {}},
        {"ModifyManagedInstance", {{"InstanceId", other.str()}, {"InstanceName", "renamed"}}},
        {"DeregisterManagedInstance", {{"InstanceId", other.str()}}},
        {"StartTerminalSession", on},
        {"EndTerminalSession", {{"SessionId", "s-1"}}},
        {"DescribeTerminalSessions", {}},
        {"ModifyCloudAssistantSettings",
         {{"SettingType", "SessionManagerConfig"}, {"SessionManagerConfig", R"({"SessionManagerEnabled":true})"}}},
        {"DescribeCloudAssistantSettings", {{"SettingType.1", "SessionManagerConfig"}}},
        {"TagResources",
         {{"ResourceType", "command"}, {"ResourceId.1", spare}, {"Tag.1.Key", "k"}, {"Tag.1.Value", "v"}}},
        {"UntagResources", {{"ResourceType", "command"}, {"ResourceId.1", spare}, {"TagKey.1", "k"}}},
        {"ListTagResources", {{"ResourceType", "command"}, {"ResourceId.1", spare}}},
        {"DescribeRegions", {}},
        {"DescribeInstances", {}},
        {"DescribeSchedules", {}},
        {"DescribeScheduleCalendar", {}},
        {"DescribeAssistInventory", {{"InstanceId", other.str()}}},
        {"DescribeAuditRecords", {}},
        {"PutArtifact", {{"Sha256", archive}, {"Size", "5"}}},
        {"PublishPackage", {{"Envelope", Envelope("fresh")}}},
        {"DescribePackages", {}},
        {"SetPackageChannel", {{"Name", "spare"}, {"Channel", "beta"}, {"PackageVersion", "1"}}},
        {"DeprecatePackage", {{"Name", "spare"}, {"PackageVersion", "1"}}},
        {"RemovePackage", {{"Name", "spare"}, {"PackageVersion", "1"}}},
        {"ManagePackages", with({{"Verb", "Install"}, {"Name", "ordered"}}, on)},
        {"StartAgentRollout", {{"PackageVersion", "2.0"}}},
        {"DescribeAgentRollouts", {{"RolloutId", rollout}}},
        {"PauseAgentRollout", {{"RolloutId", rollout}}},
        {"ResumeAgentRollout", {{"RolloutId", rollout}}},
        {"RollbackAgentRollout", {{"RolloutId", rollout}}},
    };
    before_ = dump_.Read();
    version_ = dump_.version();
    bystanders_ = Bystanders(before_);
  }

  /// Empty when the test has to be told of the operation first.
  [[nodiscard]] const FormFields* SoundCall(std::string_view operation) const {
    const auto found = sound_.find(operation);
    return found == sound_.end() ? nullptr : &found->second;
  }

  /// One call; empty when all is as it has to be.
  [[nodiscard]] std::string Try(const Operation& operation, const WrongInput& wrong) {
    FormFields fields = wrong.fields;
    fields.emplace_back("Action", operation.name);
    const auto named = [&fields](std::string_view name) {
      return std::any_of(fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; });
    };
    if (!named("RegionId")) fields.emplace_back("RegionId", "cn-hangzhou");
    HttpRequest request = api_.client().Version1("POST", std::move(fields));
    if (!wrong.raw_name.empty()) PutRaw(wrong, request.body);
    const std::size_t lines = sink_.lines;
    const auto reply = api_.Send(std::move(request));

    const std::string code = reply.code();
    std::string complaint = Judge(operation, wrong, reply.status, code);
    if (complaint.empty() && sink_.lines > lines + 1) complaint = "more than one line in the log";
    if (complaint.empty() && !sink_.broken.empty()) complaint = "a line in the log that is none: " + sink_.broken;
    if (complaint.empty() && !sink_.errors.empty()) complaint = "an error in the log: " + sink_.errors;
    if (complaint.empty()) complaint = LookAtStore(reply.status == 200 && operation.changes);
    if (complaint.empty()) return {};
    return std::string(operation.name) + ", " + wrong.what + ": " + std::to_string(reply.status) + ' ' + code +
           (wrong.code.empty() ? "" : " instead of " + wrong.code) + ": " + complaint + '\n';
  }

  [[nodiscard]] FakeApi& api() noexcept { return api_; }

 private:
  FakeApi::Setup MakeSetup() {
    FakeApi::Setup setup;
    setup.log = &sink_;
    return setup;
  }
  std::string Id(std::string_view action, FormFields fields, std::string_view member) {
    const auto reply = api_.Call(action, std::move(fields));
    EXPECT_EQ(reply.code(), "OK") << action << reply.text;
    return reply.text_at(member);
  }

  /// Of a package whose archive is the word `bytes`.
  static std::string Envelope(const std::string& name) {
    package::Manifest manifest;
    manifest.name = name;
    manifest.version = "1";
    manifest.os = manifest.arch = "all";
    manifest.sequence = 1;
    manifest.archive = {package::ArchiveFormat::kZip, Sha256Hex("bytes"), Md5Hex("bytes"), 5, 10, 0};
    SeededRandom random(8);
    auto envelope = package::Sign(package::WriteManifest(manifest), PrivateKey::GenerateEd25519(random));
    EXPECT_TRUE(envelope);
    return package::WriteEnvelope(*envelope);
  }

  static void PutRaw(const WrongInput& wrong, std::string& body) {
    const auto field = std::find_if(wrong.fields.begin(), wrong.fields.end(),
                                    [&wrong](const auto& each) { return each.first == wrong.raw_name; });
    ASSERT_NE(field, wrong.fields.end());
    const std::string prefix = encoding::PercentEncode(wrong.raw_name) + '=';
    const std::string encoded = prefix + encoding::PercentEncode(field->second);
    const auto at = ('&' + body).find('&' + encoded);
    ASSERT_NE(at, std::string::npos);
    body.replace(at, encoded.size(), prefix + wrong.raw_value);
  }

  static std::string Judge(const Operation& operation, const WrongInput& wrong, int status, const std::string& code) {
    if (!wrong.code.empty() && code != wrong.code) return "the wrong code";
    if (status == 200) return {};
    if (status >= 500) return "an error of ours";
    const int documented = Reference().StatusOf(operation, code);
    if (documented == 0) return "a code that the operation does not have";
    return status == documented ? "" : "the wrong status";
  }

  std::string LookAtStore(bool may_change) {
    const std::int64_t version = dump_.version();
    if (version == version_) return {};
    version_ = version;
    std::string now = dump_.Read();
    if (may_change) {
      before_ = std::move(now);
      return Bystanders(before_) == bystanders_ ? "" : "it touched what it was not about";
    }
    return now == before_ ? "" : "the store has changed";
  }

  /// The rows that say whose they are.
  static std::string Bystanders(const std::string& dump) {
    std::string out;
    std::istringstream rows(dump);
    for (std::string row; std::getline(rows, row);) {
      if (row.find("bystander") != std::string::npos) out += row + '\n';
    }
    return out;
  }

  StrictSink sink_;
  FakeApi api_;
  StoreDump dump_;
  std::map<std::string, FormFields, std::less<>> sound_;
  std::string before_;
  std::string bystanders_;
  std::int64_t version_ = 0;
};

std::vector<std::string> OperationNames() {
  std::vector<std::string> names;
  for (const Operation& operation : AllOperations(model::Limits::Compat())) names.emplace_back(operation.name);
  return names;
}

class WrongInputTest : public testing::TestWithParam<std::string> {};

TEST_P(WrongInputTest, DoesNoHarm) {
  World world(GetParam());
  const auto& operations = world.api().open_api().operations();
  const auto operation =
      std::find_if(operations.begin(), operations.end(), [](const auto& each) { return each.name == GetParam(); });
  ASSERT_NE(operation, operations.end());
  const FormFields* sound = world.SoundCall(operation->name);
  ASSERT_NE(sound, nullptr) << "World has no sound call of " << operation->name;

  std::vector<WrongInput> all = WrongCommonInputs(*operation, *sound);
  for (const ParameterSpec& spec : operation->parameters) {
    for (WrongInput& wrong : WrongInputsOf(spec, *sound)) all.push_back(std::move(wrong));
  }
  std::string complaints;
  std::size_t shown = 0;
  std::size_t refused = 0;
  for (const WrongInput& wrong : all) {
    const std::string complaint = world.Try(*operation, wrong);
    if (!wrong.code.empty()) ++refused;
    if (!complaint.empty() && ++shown <= 20) complaints += complaint;
  }
  EXPECT_EQ(complaints, "") << shown << " of " << all.size();
  EXPECT_GE(refused, 30u);
  // The call itself is sound, so that it was the parameter each time. (Sessions and plug-ins may answer that there are
  // none.)
  EXPECT_EQ(world.Try(*operation, {"sound", *sound, {}, {}, {}}), "");
}

INSTANTIATE_TEST_SUITE_P(EveryOperation, WrongInputTest, testing::ValuesIn(OperationNames()),
                         [](const auto& each) { return each.param; });

TEST(InjectionTest, WhatIsStoredComesBackByteForByteAndWellFormed) {
  World world;
  FakeApi& api = world.api();
  std::size_t kept = 0;
  for (const std::string& text : InjectionTexts()) {
    const FormFields fields = {{"Type", "RunShellScript"},
                               {"CommandContent", encoding::Base64Encode(text)},
                               {"Launcher", text},
                               {"Tag.1.Key", text.substr(0, 60)},
                               {"Tag.1.Value", text}};
    auto made = api.Call("CreateCommand", fields);
    if (made.code() != "OK") continue;  // https:// in a tag
    ++kept;
    const std::string id = made.text_at("CommandId");
    const auto shown = api.Call("DescribeCommands", {{"CommandId", id}, {"ContentEncoding", "PlainText"}});
    EXPECT_EQ(shown.text_at("Commands.Command.0.Launcher"), text);
    EXPECT_EQ(shown.text_at("Commands.Command.0.CommandContent"), text);
    EXPECT_EQ(shown.text_at("Commands.Command.0.Tags.Tag.0.TagValue"), text);
    const auto found = api.Call("DescribeCommands", {{"Tag.1.Key", text.substr(0, 60)}, {"Tag.1.Value", text}});
    EXPECT_EQ(found.number_at("TotalCount"), 1) << text;

    const auto xml = api.Call("DescribeCommands", {{"CommandId", id}, {"Format", "XML"}});
    const auto root = test::ParseXml(xml.text);
    ASSERT_TRUE(root) << root.error().detail << xml.text;
    const auto& command = root->at("Commands").at("Command");
    std::string expected;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view before = rest;
      const char32_t c = *encoding::TakeCharacter(rest);
      const bool held = (c >= 0x20 && c != 0xFFFE && c != 0xFFFF) || c == '\t' || c == '\n' || c == '\r';
      expected += held ? before.substr(0, before.size() - rest.size()) : "\xEF\xBF\xBD";
    }
    EXPECT_EQ(command.at("Launcher").text, expected);
    EXPECT_EQ(command.at("Tags").at("Tag").at("TagValue").text, expected);
    EXPECT_EQ(command.children.size(), shown.at("Commands.Command.0").as_object().size()) << xml.text;
  }
  EXPECT_GE(kept, 18u);
}

TEST(InjectionTest, ErrorsThatRepeatTheCallersWordsAreWellFormedToo) {
  World world;
  FakeApi& api = world.api();
  for (const std::string& text : InjectionTexts()) {
    for (const std::string format : {"XML", "JSON"}) {
      HttpRequest request = api.client().Version1("POST", {{"Action", text}, {"Format", format}});
      request.headers.Set("Host", "h" + text);
      const auto unknown = api.Send(std::move(request));
      FakeClient other(api.clock(), api.access_key_id(), "wrong");
      const auto mismatch = api.Send(
          other.Version1("POST", {{"Action", "CreateCommand"}, {"Format", format}, {"Name", text}, {text, "x"}}));
      EXPECT_EQ(unknown.status, 404);
      EXPECT_EQ(mismatch.status, 400);
      if (format == "JSON") {
        EXPECT_EQ(mismatch.code(), "SignatureDoesNotMatch");
        continue;
      }
      for (const auto* reply : {&unknown, &mismatch}) {
        const auto root = test::ParseXml(reply->text);
        ASSERT_TRUE(root) << root.error().detail << reply->text;
        EXPECT_EQ(root->name, "Error");
      }
    }
  }
}

}  // namespace
}  // namespace assist::server::openapi
