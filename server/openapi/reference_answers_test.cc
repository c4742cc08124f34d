// Compares what the operations answer, and with which errors they refuse, with the reference (test/data/openapi.json),
// limits = "compat". That an operation answers nothing that it does not declare is checked with every call of
// fake_api.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "protocol/json/json.h"
#include "server/openapi/answer_shape.h"
#include "server/openapi/operation_errors.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

using Reasons = std::map<std::string, std::string, std::less<>>;

json::Object LoadReference() {
  std::ifstream file(ASSIST_TEST_DATA "/openapi.json");
  std::stringstream text;
  text << file.rdbuf();
  auto object = json::ParseObject(text.str());
  EXPECT_TRUE(object) << "test/data/openapi.json";
  return object ? std::move(*object) : json::Object();
}

std::string TextOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(json::View(value->get_string())) : "";
}

// Fields of the reference that no answer has. An entry covers what is inside; one that covers nothing fails.
const Reasons& LeftOut() {
  static const Reasons kLeftOut = {
      {"DescribeCommands.Commands.Command.Category", "there are no public commands"},
      {"DescribeCommands.Commands.Command.Latest", "there are no public commands"},
      {"DescribeCommands.Commands.Command.Provider", "there are no public commands"},
      {"DescribeCommands.Commands.Command.Version", "there are no public commands"},
      {"DescribeCommands.Commands.Command.ParameterDefinitions.ParameterDefinition.",
       "of public commands alone: the list is always empty"},
      {"DescribeInvocations.Invocations.Invocation.OssOutputDelivery", "no output is delivered to storages"},
      {"DescribeInvocations.Invocations.Invocation.InvokeInstances.InvokeInstance.OssOutput",
       "no output is delivered to storages"},
      {"DescribeInvocationResults.Invocation.InvocationResults.InvocationResult.OssOutput",
       "no output is delivered to storages"},
      {"DescribeInstances.Instances.Instance.", "no instance is ever listed"},
      {"DescribeTerminalSessions.Sessions.Session.", "there are no sessions"},
      {"StartTerminalSession.", "always refused"},
  };
  return kLeftOut;
}

class AnswerComparison {
 public:
  explicit AnswerComparison(std::set<std::string>& used) : used_(used) {}

  void CompareFields(const json::Object& properties, const AnswerShape& shape, const std::string& where) {
    for (const auto& property : properties) {
      const std::string name(property.key().data(), property.key().size());
      const std::string place = where + '.' + name;
      const auto field = std::find_if(shape.fields.begin(), shape.fields.end(),
                                      [&name](const AnswerField& other) { return other.name == name; });
      if (field != shape.fields.end()) {
        EXPECT_FALSE(field->extension) << place << " is in the reference";
        Compare(property.value().as_object(), *field, place);
      } else if (name != "RequestId") {
        EXPECT_TRUE(IsLeftOut(place)) << place << " is not declared";
      }
    }
    for (const AnswerField& field : shape.fields) {
      EXPECT_EQ(field.extension, !properties.contains(field.name)) << where << '.' << field.name;
    }
  }

 private:
  void Compare(const json::Object& schema, const AnswerField& field, const std::string& where) {
    const json::Object* item = &schema;
    EXPECT_EQ(field.list, TextOf(schema, "type") == "array") << where;
    if (TextOf(schema, "type") == "array") item = &schema.at("items").as_object();
    if (TextOf(*item, "type") == "object") {
      EXPECT_EQ(field.shape.kind, AnswerShape::Kind::kObject) << where;
      return CompareFields(item->at("properties").as_object(), field.shape, where);
    }
    static const std::map<std::string, AnswerShape::Kind> kKinds = {{"string", AnswerShape::Kind::kString},
                                                                    {"integer", AnswerShape::Kind::kInteger},
                                                                    {"boolean", AnswerShape::Kind::kBoolean}};
    EXPECT_EQ(field.shape.kind, kKinds.at(TextOf(*item, "type"))) << where;
  }
  bool IsLeftOut(const std::string& place) {
    for (const auto& [prefix, reason] : LeftOut()) {
      if (!place.starts_with(prefix)) continue;
      used_.insert(prefix);
      return true;
    }
    return false;
  }

  std::set<std::string>& used_;
};

TEST(ReferenceAnswersTest, EveryAnswerHasTheFieldsOfTheReference) {
  const json::Object reference = LoadReference();
  std::set<std::string> used;
  for (const Operation& operation : AllOperations(model::Limits::Compat())) {
    const AnswerShape shape = ParseAnswerShape(operation.answer);
    if (operation.extension) continue;
    const std::string name(operation.name);
    const auto& response = reference.at("operations").at(name).at("response").as_object();
    AnswerComparison(used).CompareFields(response.at("properties").as_object(), shape, name);
  }
  for (const auto& [place, reason] : LeftOut()) EXPECT_TRUE(used.contains(place)) << place;
}

// Codes of the reference's tables that are never answered here.
const Reasons& NeverAnswered() {
  static const Reasons kReasons = {
      {"CmdContent.ExceedLimit", "of ModifyCommand: a script that is passed over is not measured"},
      {"CmdName.Readonly", "there are no public commands"},
      {"CreateServiceLinkedRole.NoPermission", "there are no roles"},
      {"Duplicate.TagKey", "of UntagResources: a key that is named twice goes once"},
      {"IdempotentProcessing", "changes are made one after the other: a repeat waits for the first answer"},
      {"InternalError.Dispatch", "what fails inside is InternalError or ServiceUnavailable"},
      {"Invalid.Scope", "tags have no scope"},
      {"InvalidCommandId.NotFound", "a command that was deleted meanwhile does not hinder a schedule"},
      {"InvalidDefaultResourceGroup.NotSupported", "there are no resource groups"},
      {"InvalidFilter.Malformed", "there is no such parameter"},
      {"InvalidHpcClusterId.Creating", "there are no clusters"},
      {"InvalidInstanceId.OSTypeUnsupported",
       "of InstallCloudAssistant: known machines have the agent, whatever their system"},
      {"InvalidOperation.ConnectionTypeUnsupported", "sessions are refused as a whole"},
      {"InvalidOperation.ModifyPublicCommandUnsupported", "there are no public commands"},
      {"InvalidOperation.OssEncryptionUnsupported", "nothing is delivered, so nothing is encrypted there"},
      {"InvalidOperation.SecurityGroupRuleDenied", "there are no security groups"},
      {"InvalidOssBucketName.InOtherRegion", "there are no buckets"},
      {"InvalidResourceId.NotSupported", "everything of the known types takes tags"},
      {"InvalidSlsLogstoreName.NotFound", "there are no projects, which is told first"},
      {"InvalidStatus.ResourceGroup", "there are no resource groups"},
      {"InvalidTag.Mismatch", "of UntagResources: it has keys without values"},
      {"InvalidTagCount", "of the tag operations: NumberExceed.Tags and OperationDenied.QuotaExceed say which"},
      {"InvalidTagKey.Malformed", "of UntagResources: no thing has a malformed key, so it is passed over"},
      {"InvalidTagValue.Malformed", "of UntagResources: it has keys without values"},
      {"MissingParam.InstanceId", "of DescribeCloudAssistantStatus: without ids it lists all"},
      {"MissingParameter.ResourceIds", "of ListTagResources: ids are optional there"},
      {"MissingParameter.TagOwnerBid", "tags have no owner"},
      {"MissingParameter.TagOwnerUid", "tags have no owner"},
      {"MissingParameter.Tags", "of UntagResources and ListTagResources: tags are optional there"},
      {"NoPermission.Tag", "permissions are of operations: Forbidden.RAM"},
      {"NoPermissionKey.Scope", "tags have no scope"},
      {"Operation.Forbidden", "what is not permitted is Forbidden.RAM"},
      {"OperationDenied.QuotaExceed", "of UntagResources and ListTagResources: they add nothing"},
      {"Parameter.MissingValue", "of public commands, whose parameters can be mandatory"},
      {"ParameterStore.InvalidParameters", "there is no parameter store: ParameterStore.NotSupported"},
      {"ParameterStore.NoPermission", "there is no parameter store: ParameterStore.NotSupported"},
      {"PermissionDenied.Scope", "tags have no scope"},
      {"PermissionDenied.TagOwnerBid", "tags have no owner"},
      {"PermissionDenied.TagOwnerUid", "tags have no owner"},
      {"PermissionDenied.TagsFuzzyQuery", "whoever may list tags may list them by pattern"},
      {"QuotaExceed.Tags", "OperationDenied.QuotaExceed says the same"},
      {"RealNameAuthenticationError", "accounts have no real-name authentication"},
      {"RegionId.ApiNotSupported", "every operation is in every region"},
      {"SessionCount.ExceedLimit", "sessions are refused as a whole"},
      {"TagKey.Duplication", "keys are compared with case"},
      {"TemporaryAccessKey.Error", "there are no temporary keys"},
      {"Unauthorized.EmptyRegion", "a server has one region at least"},
  };
  return kReasons;
}

// Codes that the reference has not in the table of the operation.
const Reasons& Besides() {
  static const Reasons kReasons = {
      {"InstanceIds.ExceedLimit", "of DescribeManagedInstances, whose table has no code for it"},
      {"InvalidParam.Splay", "of an extension parameter"},
      {"InvalidParameter.Splay", "of an extension parameter"},
      {"InvalidParameter.MaxConcurrency", "of an extension parameter"},
      {"InvalidParameter.MaxErrors", "of an extension parameter"},
      {"InvalidRegionId.NotFound", "of ModifyInvocationAttribute: told beside its table"},
      {"InvalidTimeout.ExceedLimit", "of InvokeCommand, as of RunCommand"},
      {"ParameterStore.NotSupported",
       "of CreateCommand and ModifyInvocationAttribute: told at once, not when it would run"},
  };
  return kReasons;
}

class ErrorComparison {
 public:
  explicit ErrorComparison(const model::Limits& limits)
      : limits_(limits),
        numbers_({{"ActivationLimitation.Invalid", limits.activation_instances},
                  {"CommandLimitExceeded", limits.commands},
                  {"InvalidCommandContent.LengthLimitExceeded", 24},
                  {"InvalidInstanceId.CountLimitExceeded", limits.targets},
                  {"ActivationCount.ExceedLimit", limits.activations},
                  {"ActivationTTL.ExceedLimit", limits.activation_ttl.count()},
                  {"ManagedInstanceCountExceedLimit", limits.machines}}) {}

  /// One row of the reference's tables; `operation` may be empty.
  void CompareOne(const json::Object& entry, std::string_view operation) const {
    const std::string code = TextOf(entry, "code");
    std::string message = TextOf(entry, "message");
    if (const auto at = message.find("{n}"); at != std::string::npos) {
      ASSERT_TRUE(numbers_.contains(code)) << code;
      message.replace(at, 3, std::to_string(numbers_.at(code)));
    }
    const ApiError error = KnownError(code, operation, "{string}", limits_);
    EXPECT_EQ(error.code, code) << "not in the table";
    EXPECT_EQ(error.status, entry.at("http").as_int64()) << code;
    if (message.empty()) return;  // the reference does not tell
    // Explanations follow.
    for (const std::string_view explained :
         {"Forbidden.RAM", "Operation.Forbidden", "InvalidParam.Frequency", "InvalidParameter.Frequency",
          "InvalidOssBucketName.NotFound", "InvalidSlsProjectName.NotFound", "ServiceUnavailable"}) {
      if (code == explained) message += " {string}";
    }
    EXPECT_EQ(error.message, message) << operation;
  }

 private:
  const model::Limits& limits_;
  const std::map<std::string, std::int64_t> numbers_;
};

TEST(ReferenceAnswersTest, EveryOperationRefusesWithTheErrorsOfTheReference) {
  const json::Object reference = LoadReference();
  const model::Limits limits = model::Limits::Compat();
  const ErrorComparison comparison(limits);
  std::set<std::string> never;
  std::set<std::string> besides;
  for (const Operation& operation : AllOperations(limits)) {
    if (operation.extension) continue;
    const std::string name(operation.name);
    const auto own = OwnErrors(operation);
    std::set<std::string> extra(own.begin(), own.end());
    for (const auto& value : reference.at("operations").at(name).at("errors").as_array()) {
      const auto& entry = value.as_object();
      const std::string code = TextOf(entry, "code");
      const bool general = std::find(GatewayErrors().begin(), GatewayErrors().end(), code) != GatewayErrors().end();
      if (extra.erase(code) > 0) {
        comparison.CompareOne(entry, operation.name);
      } else if (!general) {
        never.insert(code);
        EXPECT_TRUE(NeverAnswered().contains(code) || NeverAnswered().contains(name + ' ' + code))
            << name << " never answers " << code;
      }
    }
    for (const std::string& code : extra) {
      besides.insert(code);
      EXPECT_TRUE(Besides().contains(code)) << name << " answers " << code << " besides";
    }
  }
  for (const auto& [code, reason] : NeverAnswered()) {
    EXPECT_TRUE(never.contains(code.substr(code.find(' ') + 1))) << code << " is answered, or not in the reference";
  }
  for (const auto& [code, reason] : Besides())
    EXPECT_TRUE(besides.contains(code)) << code << " is not answered besides";
}

TEST(ReferenceAnswersTest, ErrorsBeforeTheOperationAreThoseOfTheReference) {
  const json::Object reference = LoadReference();
  const model::Limits limits = model::Limits::Compat();
  const ErrorComparison comparison(limits);
  for (const auto& entry : reference.at("commonErrors").at("gateway").as_array()) {
    if (TextOf(entry.as_object(), "code").find('{') == std::string::npos) comparison.CompareOne(entry.as_object(), "");
  }
}

TEST(ReferenceAnswersTest, EveryDeclaredErrorIsKnown) {
  for (const Operation& operation : AllOperations(model::Limits::Large())) {
    for (const std::string& code : OwnErrors(operation)) {
      EXPECT_EQ(KnownError(code, operation.name).code, code) << operation.name << ": " << code;
    }
  }
}

}  // namespace
}  // namespace assist::server::openapi
