#include "server/openapi/errors.h"

#include <cstdint>

namespace assist::server::openapi {
namespace {

enum class Detail : std::uint8_t { kHidden, kFollows };

struct Entry {
  std::string_view code;
  int status;
  std::string_view message;
  Detail detail = Detail::kHidden;
};

// clang-format off: one line an error.
constexpr Entry kErrors[] = {
    // Before the operation.
    {"InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method."},
    {"InvalidVersion", 400, "Specified parameter Version is not valid."},
    {"InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."},
    {"InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."},
    {"InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."},
    {"InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."},
    {"SignatureNonceUsed", 400, "Specified signature nonce was used already."},
    {"SignatureDoesNotMatch", 400,
     "Specified signature is not matched with our calculation. server string to sign is:{string}"},
    {"IncompleteSignature", 400, "The request signature does not conform to Aliyun standards."},
    {"InvalidSignatureMethod", 400, "Specified signature method is not valid."},
    {"InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired."},
    {"InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed."},
    {"InvalidSecurityToken.MismatchWithAccessKey", 400, "Specified SecurityToken mismatch with the AccessKey."},
    {"InvalidParameter.Format", 400, "Specified parameter Format is not valid."},
    {"UnsupportedHTTPMethod", 400, "This http method is not supported."},
    {"Throttling.User", 400, "Request was denied due to user flow control."},
    {"Throttling.Api", 400, "Request was denied due to api flow control."},
    {"Throttling", 400, "Request was denied due to request throttling."},
    {"Forbidden.RAM", 403, "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
     Detail::kFollows},
    {"ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server.", Detail::kFollows},
    {"InternalError", 500, "The request processing has failed due to some unknown error."},
    // Operations.
    {"ActivationCount.ExceedLimit", 400, "The count of activation in current region exceeds the limit of {n}."},
    {"ActivationDesc.ExceedLimit", 400, "Activation description length exceeds."},
    {"ActivationId.InUse", 403, "The specified activation id is in use."},
    {"ActivationId.NotFound", 404, "The specified activation id does not exist."},
    {"ActivationLimitation.Invalid", 400, "The specified parameter InstanceCount exceeds the limit of {n}."},
    {"ActivationTTL.ExceedLimit", 400, "The specified parameter TimeToLiveInHours exceeds the limit of {n}."},
    {"AddressRange.InvalidPattern", 400, "Address range should be ipv4 address or cidr."},
    {"BothEmpty.TagsAndResources", 403, "The specified Tags and ResourcesIds are not allow to both empty."},
    {"CmdContent.DecodeError", 400, "The CommandContent can not be base64 decoded."},
    {"CmdContent.ExceedLimit", 403, "The length of the command content exceeds the upper limit."},
    {"CmdCount.ExceedQuota", 403, "The total number of commands in the current region exceeds the quota."},
    {"CmdDesc.ExceedLimit", 403, "The length of the command description exceeds the upper limit."},
    {"CmdName.ExceedLimit", 403, "The length of the command name exceeds the upper limit."},
    {"CmdParam.EmptyKey", 400, "You must specify the parameter names."},
    {"CmdParam.InvalidParamName", 400,
     "Invalid parameter name. The name can contain only lowercase letters (a to z), uppercase letters (A to Z), "
     "numbers (0 to 9), hyphens (-), and underscores (_)."},
    {"CmdParamCount.ExceedLimit", 403, "The maximum number of custom parameters is exceeded."},
    {"CmdParamName.ExceedLimit", 403, "The maximum length of a parameter name is exceeded."},
    {"CommandLimitExceeded", 403, "The count of command in current region exceeds the limit of {n}."},
    {"DryRunOperation", 400, "Request validation has been passed with DryRun flag set."},
    {"Duplicate.ResourceTagKey", 400, "The ResourceTag contains duplicate keys."},
    {"Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key."},
    {"FileContent.DecodeError", 400, "The Content can not be base64 decoded."},
    {"FileContentType.Invalid", 400, "The ContentType of file is invalid."},
    {"FileDesc.ExceedLimit", 403, "The length of file description exceeds limit."},
    {"FileMode.Invalid", 400, "The mode of file is invalid."},
    {"FileName.ExceedLimit", 403, "The length of file name exceeds limit."},
    {"FileSize.ExceedLimit", 403, "The length of file content exceeds limit."},
    {"FileTargetDir.Invalid", 400, "The target directory of file is invalid."},
    {"IdempotentParameterMismatch", 403,
     "The specified parameter has changed while using an already used clientToken."},
    {"IdempotentProcessing", 403, "The previous idempotent request(s) is still processing."},
    {"InstanceIds.ExceedLimit", 403, "The number of instance IDs exceeds the upper limit."},
    {"InstanceName.ExceedLimit", 400, "Default instance name prefix length exceeds."},
    {"InstanceName.InvalidPattern", 400, "Default instance name prefix pattern invalid."},
    {"InternalError.Dispatch", 500, "An error occurred when you dispatched the request."},
    {"Invalid.NextToken", 403, "The specified NextToken is not valid."},
    {"InvalidAcceptLanguage.NotFound", 404, "Only Chinese (zh-CN), English (en-US), and Japanese (ja) are allowed."},
    {"InvalidAgentRelease.Name", 400, "No rollout brings releases of this name.", Detail::kFollows},
    {"InvalidAgentRelease.NotFound", 400, "The specified release of the agent does not exist.", Detail::kFollows},
    {"InvalidAgentRollout.Running", 400, "Another rollout of this release is not over.", Detail::kFollows},
    {"InvalidAgentRollout.State", 400, "The rollout is not in a state for this operation.", Detail::kFollows},
    {"InvalidAgentRolloutId.NotFound", 400, "The specified rollout does not exist.", Detail::kFollows},
    {"InvalidAllowedUpgradeWindow.CountLimitExceeded", 403,
     "The count of the parameter AgentUpgradeConfig.AllowedUpgradeWindow exceeds the limit of 5."},
    {"InvalidAllowedUpgradeWindow.DurationTooShort", 400,
     "The duration of the specified parameter AgentUpgradeConfig.AllowedUpgradeWindow cannot be less than one hour."},
    {"InvalidAllowedUpgradeWindow.Required", 400,
     "The specified parameter AgentUpgradeConfig.AllowedUpgradeWindow is required."},
    {"InvalidClientToken.Malformed", 400, "The specified parameter clientToken is not valid."},
    {"InvalidCmdId.NotFound", 404, "The specified command ID does not exist."},
    {"InvalidCmdType.NotFound", 404, "The specified command type does not exist."},
    {"InvalidCommandContent.DecodeError", 400, "The specified parameter CommandContent can not be Base64 decoded."},
    {"InvalidCommandContent.LengthLimitExceeded", 403,
     "The length of the parameter CommandContent exceeds the limit of {n} KB characters."},
    {"InvalidCommandId.NotFound", 404, "The specified CommandId does not exist."},
    {"InvalidCommandLine.Conflict", 403,
     "The parameter PortNumber or TargetServer cannot be specified with parameter CommandLine."},
    {"InvalidCommandLine.LengthLimitExceeded", 403,
     "The length of the parameter CommandLine exceeded the limit of 512 characters."},
    {"InvalidCommandType.NotFound", 404, "The specified parameter Type does not exist."},
    {"InvalidContainerId.Malformed", 400, "The specified parameter ContainerId is not valid."},
    {"InvalidContainerName.Malformed", 400, "The specified parameter ContainerName is not valid."},
    {"InvalidDescription.LengthLimitExceeded", 403, "The length of the parameter Description exceeds the upper limit."},
    {"InvalidFilterKey.NotFound", 404, "The specified Filter.N.Key is not found."},
    {"InvalidHpcClusterId.NotFound", 400, "The specified HpcClusterId is not found."},
    {"InvalidInstance.NotFound", 404, "The specified instance does not exist."},
    {"InvalidInstance.NotMatch", 400, "The specified instance type does not match the command."},
    {"InvalidInstanceChargeType.NotFound", 404, "The InstanceChargeType does not exist in our records"},
    {"InvalidInstanceId.CountLimitExceeded", 403, "The count of the parameter InstanceId exceeds the limit of {n}."},
    {"InvalidInstanceId.NotFound", 404, "The specified parameter InstanceId does not exist."},
    {"InvalidInstanceId.OSTypeUnsupported", 403,
     "The OS type of the instance corresponding to the parameter InstanceId does not support the specified command "
     "type."},
    {"InvalidInstanceIds.CountLimitExceeded", 403,
     "The count of Instances exceeded the maximum limit of 1 when TargetServer or CommandLine parameter was "
     "specified."},
    {"InvalidInstanceIds.Malformed", 400, "The specified InstanceIds is not valid."},
    {"InvalidInternetChargeType.ValueNotSupported", 404, "The specified InternetChargeType is not valid"},
    {"InvalidInvocation.NotSupported", 400, "The operation is not supported for the specified invocation.",
     Detail::kFollows},
    {"InvalidInvocation.NothingToRerun", 400, "No task of the specified invocation is to be run again.",
     Detail::kFollows},
    {"InvalidArtifact.NoSpace", 400, "There is no room for the archive on the server's disk.", Detail::kFollows},
    {"InvalidArtifact.TooLarge", 400, "There is no room for the archive within the server's limit.", Detail::kFollows},
    {"InvalidArtifact.TooMany", 400, "There are too many uploads that are not whole.", Detail::kFollows},
    {"InvalidArtifact.WrongHash", 400, "What was sent does not have the specified SHA-256.", Detail::kFollows},
    {"InvalidArtifact.WrongSize", 400, "What was sent does not have the specified size.", Detail::kFollows},
    {"InvalidOffset.Mismatch", 400, "The specified Offset is not where the upload goes on.", Detail::kFollows},
    {"InvalidPackage.ArtifactIncomplete", 400, "The package's archive is not completely on the server.",
     Detail::kFollows},
    {"InvalidPackage.BadManifest", 400, "The package's manifest is not valid.", Detail::kFollows},
    {"InvalidPackage.BadSignature", 400, "The manifest's signature is not valid.", Detail::kFollows},
    {"InvalidPackage.Dependency", 400, "The package's dependencies cannot be met.", Detail::kFollows},
    {"InvalidPackage.Deprecated", 400, "The specified version is deprecated.", Detail::kFollows},
    {"InvalidPackage.Expired", 400, "The manifest's time is over.", Detail::kFollows},
    {"InvalidPackage.InUse", 400, "The specified version is in use.", Detail::kFollows},
    {"InvalidPackage.NotFound", 400, "The specified package does not exist.", Detail::kFollows},
    {"InvalidPackage.OldManifest", 400, "A manifest with the same or a higher sequence was published.",
     Detail::kFollows},
    {"InvalidPackage.OtherPublisher", 400, "The package's name belongs to another publisher.", Detail::kFollows},
    {"InvalidPackage.SequenceTooHigh", 400, "The manifest's sequence is too high.", Detail::kFollows},
    {"InvalidPackage.TooMany", 400, "There are too many packages or channels.", Detail::kFollows},
    {"InvalidPackage.WrongSize", 400, "The archive does not have the size that the manifest says.", Detail::kFollows},
    {"InvalidInvokeId.NotFound", 404, "The specified invoke ID does not exist."},
    {"InvalidLauncher.LengthLimitExceeded", 403,
     "The length of the parameter Launcher exceeds the limit of 1 KB characters."},
    {"InvalidLockReason.NotFound", 404, "The specified LockReason is not found"},
    {"InvalidName.LengthLimitExceeded", 403, "The length of the parameter Name exceeds the upper limit."},
    {"InvalidNetworkType.NotFound", 404, "The specified InstanceNetworkType is not found"},
    {"InvalidOperation.AgentUpgradeDisabled", 400, "Upgrades of agents are switched off.", Detail::kFollows},
    {"InvalidOperation.CloudAssistantVersionUnsupported", 403,
     "The operation is not supported for current CloudAssistant version of instance."},
    {"InvalidOperation.InvokeAlreadyFinished", 403, "The operation is not supported for finished invocation."},
    {"InvalidOperation.ModifyPublicCommandUnsupported", 403,
     "Modification of the content of Public Command is not supported."},
    {"InvalidOperation.RepeatModeUnsupported", 403,
     "The operation is not supported for current repeat mode of invocation."},
    {"InvalidOperation.SessionManagerDeliveryUnsupported", 403,
     "The delivery configuration of Session Manager is not supported."},
    {"InvalidOssBucketName.NotFound", 404, "The specified parameter OssDeliveryConfig.BucketName does not exist.",
     Detail::kFollows},
    {"InvalidParam.Bucket", 400, "The specified bucket is invalid.", Detail::kFollows},
    {"InvalidParam.Frequency", 400, "The specified frequency is invalid.", Detail::kFollows},
    {"InvalidParam.From", 400, "The specified begin of the calendar is invalid.", Detail::kFollows},
    {"InvalidParam.PageNumber", 400, "The specified parameter is invalid."},
    {"InvalidParam.PageSize", 400, "The specified parameter is invalid."},
    {"InvalidParam.Splay", 400, "The specified splay is invalid.", Detail::kFollows},
    {"InvalidParam.To", 400, "The specified end of the calendar is invalid.", Detail::kFollows},
    {"InvalidParameter.AllowedUpgradeWindow", 400,
     "The specified parameter AgentUpgradeConfig.AllowedUpgradeWindow is not valid."},
    {"InvalidParameter.ConnectionType", 400, "The specified parameter ConnectionType is not valid."},
    {"InvalidParameter.FileGroup", 400, "The specified parameter FileGroup is not valid."},
    {"InvalidParameter.FileOwner", 400, "The specified parameter FileOwner is not valid."},
    {"InvalidParameter.Frequency", 400, "The specified parameter Frequency is not valid.", Detail::kFollows},
    {"InvalidParameter.Follow", 400, "Follow is for all machines, or for those with a tag: leave InstanceId away."},
    {"InvalidParameter.MaxConcurrency", 400,
     "The specified parameter MaxConcurrency is not valid: a number from 1, or a share such as 10%.", Detail::kFollows},
    {"InvalidParameter.MaxErrors", 400,
     "The specified parameter MaxErrors is not valid: a number from 0, or a share such as 10%.", Detail::kFollows},
    {"InvalidParameter.MaxMemoryPercent", 400, "MaxMemoryPercent is 0, or from 100 to 10000."},
    {"InvalidParameter.Name", 400, "The specified parameter Name is not valid: 1 to 64 of a-z, 0-9, and . _ + -"},
    {"InvalidParameter.MaxResults", 400, "The specified parameter MaxResults is not valid."},
    {"InvalidParameter.NextToken", 400, "The specified parameter NextToken is not valid."},
    {"InvalidParameter.OssBucketName", 400, "The specified parameter OssDeliveryConfig.BucketName is not valid."},
    {"InvalidParameter.OssEncryptionAlgorithm", 400,
     "The specified parameter OssDeliveryConfig.EncryptionAlgorithm is not valid."},
    {"InvalidParameter.OssEncryptionKeyId", 400,
     "The specified parameter OssDeliveryConfig.EncryptionKeyId is not valid."},
    {"InvalidParameter.OssEncryptionType", 400,
     "The specified parameter OssDeliveryConfig.EncryptionType is not valid."},
    {"InvalidParameter.OssPrefix", 400, "The specified parameter OssDeliveryConfig.Prefix is not valid."},
    {"InvalidParameter.Parameters", 400, "The specified parameter Parameters is not valid."},
    {"InvalidParameter.SettingType", 400, "The specified parameter SettingType is not valid."},
    {"InvalidParameter.SlsLogstoreName", 400, "The specified parameter SlsDeliveryConfig.LogstoreName is not valid."},
    {"InvalidParameter.SlsProjectName", 400, "The specified parameter SlsDeliveryConfig.ProjectName is not valid."},
    {"InvalidParameter.Splay", 400, "The specified parameter Splay is not valid.", Detail::kFollows},
    {"InvalidParameter.TimeZone", 400, "The specified parameter AgentUpgradeConfig.TimeZone is not valid."},
    {"InvalidParameter.Waves", 400,
     "Waves are shares in percent, rising, separated by commas, at most 20; the last is 100."},
    {"InvalidParameter.WorkingDir", 400, "The specified parameter WorkingDir is not valid."},
    {"InvalidParameterCharacter.CommandDescription", 403, "The command Description contains illegal characters."},
    {"InvalidParameterCharacter.CommandName", 403, "The command Name contains illegal characters."},
    {"InvalidParameterCharacter.CommandWorkingDir", 403, "The command WorkingDir contains illegal characters."},
    {"InvalidParameterCharset.Parameters", 403, "The parameter Parameters contains illegal charset."},
    {"InvalidParameters.CountLimitExceeded", 403, "The count of the parameter Parameters exceeds the limit of 10."},
    {"InvalidParameters.KeyDuplicate", 400, "The key in the parameter Parameters cannot be duplicated."},
    {"InvalidParameters.KeyEmpty", 400, "The key in the parameter Parameters cannot be empty."},
    {"InvalidParameters.KeyLengthLimitExceeded", 403,
     "The length of the key in the parameter Parameters exceeds the limit of 64 characters."},
    {"InvalidParameters.KeyMalformed", 400, "The key in the parameter Parameters is not valid."},
    {"InvalidParameters.KeyNotMatch", 400,
     "The key in the parameter Parameters do not match those defined when creating the command."},
    {"InvalidParameters.ValueTypeUnsupported", 403,
     "The type of the value in the parameter Parameters is not supported."},
    {"InvalidPasswordName.LengthLimitExceeded", 403,
     "The length of the parameter PasswordName exceeds the limit of 255 characters."},
    {"InvalidPluginName.NotFound", 404, "The specified plugin name does not exist."},
    {"InvalidRegionId.NotFound", 404, "The RegionId provided does not exist in our records."},
    {"InvalidRepeatMode.NotFound", 404, "The specified repeat mode does not exist."},
    {"InvalidResourceGroup.NotFound", 404, "The ResourceGroup provided does not exist in our records."},
    {"InvalidResourceId.NotFound", 404, "The specified ResourceIds are not found in our records."},
    {"InvalidResourceTag.ConflictWithInstanceIds", 400, "The specified param ResourceTag conflicts with InstanceId."},
    {"InvalidResourceTag.InstanceNotFound", 400, "InstanceIds are not found by the specified ResourceTag."},
    {"InvalidResourceTagKey.Malformed", 400, "The specified ResourceTag key is not valid."},
    {"InvalidResourceTagValue.Malformed", 400, "The specified ResourceTag value is not valid."},
    {"InvalidResourceType.NotFound", 404, "The ResourceType provided does not exist in our records."},
    {"InvalidSessionId.NotFound", 404, "The specified SessionId does not exist."},
    {"InvalidSlsProjectName.NotFound", 404, "The specified parameter SlsDeliveryConfig.ProjectName does not exist.",
     Detail::kFollows},
    {"InvalidStatus.CmdIdInUse", 403, "The specified commandId is in use by some runing Invocation."},
    {"InvalidStatus.NotFound", 404, "The specified Status is not found"},
    {"InvalidStatus.ResourceGroup", 403,
     "You cannot perform an operation on a resource group that is being created or deleted."},
    {"InvalidTag.Mismatch", 400, "The specified Tag.n.Key and Tag.n.Value are not match."},
    {"InvalidTag.NotSupported", 400, "You can only specify Tag for either resource tag or resource group."},
    {"InvalidTagCount", 400, "The specified tags are beyond the permitted range."},
    {"InvalidTagFilter.Malformed", 403, "The specified TagFilter is not valid."},
    {"InvalidTagKey.Malformed", 400, "The specified Tag.n.Key is not valid."},
    {"InvalidTagValue.Malformed", 400, "The specified Tag.n.Value is not valid."},
    {"InvalidTags.MalFormed", 400, "The tags must be empty, when the tagFilters is not empty."},
    {"InvalidTargetServer.LengthLimitExceeded", 403,
     "The length of the parameter TargetServer exceeded the limit of 128 characters."},
    {"InvalidTargetServer.MissingPortNumber", 403,
     "The parameter PortNumber must be specified with parameter TargetServer."},
    {"InvalidTerminationMode.NotFound", 404, "The specified parameter TerminationMode does not exist."},
    {"InvalidTimeout.ExceedLimit", 403, "The specified parameter Timeout exceeds the upper limit."},
    {"Invocation.ExceedQuota", 403, "The invocation quota in the current region has been reached for today."},
    {"ManagedInstanceCountExceedLimit", 403,
     "The count of managed instance in current region exceeds the limit of {n}."},
    {"MissingParam.Frequency", 400, "The frequency must be specified when you create a timed task."},
    {"MissingParam.InstanceId", 400, "The parameter instanceId is missing or empty."},
    {"MissingParameter.RegionId", 404, "The parameter - RegionId should not be null."},
    {"MissingParameter.ResourceIds", 404, "The parameter - ResourceIds.N should not be null."},
    {"MissingParameter.ResourceTagKey", 400, "You must specify ResourceTag.N.Key."},
    {"MissingParameter.ResourceType", 404, "The parameter - ResourceType should not be null."},
    {"MissingParameter.TagKey", 400, "You must specify Tag.N.Key."},
    {"MissingParameter.Tags", 404, "The parameter - Tags should not be null."},
    {"NumberExceed.ResourceIds", 400, "The ResourceIds parameter's number is exceed , Valid : 50."},
    {"NumberExceed.ResourceTags", 400, "The maximum number of ResourceTags is exceeded."},
    {"NumberExceed.TagValues", 403, "The number of the specified TagValues is beyond permitted range, the max is 5."},
    {"NumberExceed.Tags", 400, "The Tags parameter number is exceed."},
    {"Operation.Forbidden", 403, "The operation is not permitted.", Detail::kFollows},
    {"OperationDenied.QuotaExceed", 400, "The quota of tags on resource is beyond permitted range."},
    {"Param.Conflict", 403, "The specified all is true, but the specified TagKey.N is not empty."},
    {"Parameter.Disabled", 400, "Parameters cannot be passed in when the command customization function is disabled."},
    {"Parameter.MissingValue", 400, "The parameter value of this command is required."},
    {"Parameter.NotMatched", 403,
     "The passed-in parameters do not match the parameters defined when you created the command."},
    {"ParameterCount.ExceedLimit", 403, "The maximum number of parameters is exceeded."},
    {"ParameterKey.Duplicate", 403, "Parameter names cannot be duplicated."},
    {"ParameterKey.ExceedLimit", 403, "The maximum length of a parameter name is exceeded."},
    {"ParameterStore.InvalidParameters", 403, "The parameter is invalid in Parameter Store."},
    {"ParameterStore.NoPermission", 403, "You have no access to Parameter Store."},
    {"ParameterStore.NotSupported", 403, "Parameter Store is not supported in this region."},
    {"ParameterType.NotSupported", 403, "The type of parameter value is not supported."},
    {"PluginName.MissingValue", 400, "The plugin name must be specified when the number of InstanceIds is not 1."},
    {"PortForwarding.NotSupported", 403, "Port forwarding is not supported currently."},
    {"PortNumber.Invalid", 400, "The port number is invalid."},
    {"RealNameAuthenticationError", 403, "Your account has not passed the real-name authentication yet."},
    {"RegionId.ApiNotSupported", 400, "The api is not supported in this region."},
    {"TemporaryAccessKey.Error", 403, "The temporary accessKey is invalid."},
    {"Unauthorized.EmptyRegion", 403, "The specified account has no access authority to any region."},
    {"UserBehavior.SessionManagerDisabled", 403, "The api is disabled by user behavior."},
    {"Username.ExceedLimit", 403, "The length of the username exceeds the upper limit."},
    {"WindowsPasswordName.ExceedLimit", 403, "The length of the WindowsPasswordName exceeds the upper limit."},
    {"WindowsPasswordName.Missed", 403, "WindowsPasswordName must be specified when you create a Windows task."},
};

struct OtherMessage {
  std::string_view operation;
  std::string_view code;
  std::string_view message;
  int status = 0;  ///< 0: as in the table.
};

constexpr OtherMessage kOtherMessages[] = {
    {"InvokeCommand", "CmdContent.ExceedLimit", "The maximum length of a command is exceeded."},
    {"ModifyInvocationAttribute", "InternalError", "An error occurred when you dispatched the request."},
    {"ModifyInvocationAttribute", "InvalidInvokeId.NotFound", "The specified parameter InvokeId does not exist."},
    {"ModifyInvocationAttribute", "InvalidRegionId.NotFound", "The specified parameter RegionId does not exist."},
    {"DescribeCloudAssistantSettings", "InvalidRegionId.NotFound", "The specified parameter RegionId does not exist."},
    {"DescribeTerminalSessions", "InvalidRegionId.NotFound", "The specified parameter RegionId does not exist."},
    {"ModifyCloudAssistantSettings", "InvalidRegionId.NotFound", "The specified parameter RegionId does not exist."},
    {"ListPluginStatus", "InstanceIds.ExceedLimit", "The number of instance IDs exceeds the upper limit.", 400},
    {"ListTagResources", "NumberExceed.Tags", "The Tags parameter's number is exceed , Valid : 20."},
    {"TagResources", "NumberExceed.Tags", "The Tags parameter's number is exceed , Valid : 20."},
    {"UntagResources", "NumberExceed.Tags", "The Tags parameter's number is exceed , Valid : 20"},
    {"SendFile", "InvalidInstance.NotFound", "The specified instances not found."},
    {"StartTerminalSession", "InvalidInstance.NotFound", "The specified instances not found."},
    {"ModifyManagedInstance", "InvalidInstance.NotFound", "The specified instances id does not exist."},
    {"DeregisterManagedInstance", "InvalidInstance.NotFound", "The specified instance id does not exist."},
    {"ModifyManagedInstance", "InstanceName.ExceedLimit", "The specified instance name exceed limit."},
    {"ModifyManagedInstance", "InstanceName.InvalidPattern", "The specified instance name pattern invalid."},
};
// clang-format on

/// The number that {n} stands for; 0: the message has none.
std::int64_t Number(std::string_view code, const model::Limits& limits) {
  if (code == "ActivationLimitation.Invalid") return limits.activation_instances;
  if (code == "ActivationCount.ExceedLimit") return limits.activations;
  if (code == "ActivationTTL.ExceedLimit") return limits.activation_ttl.count();
  if (code == "CommandLimitExceeded") return limits.commands;
  if (code == "InvalidCommandContent.LengthLimitExceeded") return limits.content_base64_bytes / 1024;
  if (code == "InvalidInstanceId.CountLimitExceeded") return limits.targets;
  if (code == "ManagedInstanceCountExceedLimit") return limits.machines;
  return 0;
}

void Replace(std::string& message, std::string_view place, std::string_view text) {
  const auto at = message.find(place);
  if (at != std::string::npos) message.replace(at, place.size(), text);
}

}  // namespace

ApiError KnownError(std::string_view code, std::string_view operation, std::string_view detail,
                    const model::Limits& limits) {
  for (const Entry& entry : kErrors) {
    if (entry.code != code) continue;
    ApiError error{entry.status, std::string(code), std::string(entry.message)};
    for (const OtherMessage& other : kOtherMessages) {
      if (other.operation != operation || other.code != code) continue;
      error.message = other.message;
      if (other.status != 0) error.status = other.status;
    }
    if (const auto number = Number(code, limits); number > 0) Replace(error.message, "{n}", std::to_string(number));
    if (code == "SignatureDoesNotMatch") {
      Replace(error.message, "{string}", detail);
    } else if (entry.detail == Detail::kFollows && !detail.empty()) {
      error.message += ' ';
      error.message += detail;
    }
    return error;
  }
  return code == "InternalError" ? ApiError{500, "InternalError", ""} : KnownError("InternalError");
}

ApiError MissingError(std::string_view name) {
  return {400, "Missing" + std::string(name), std::string(name) + " is mandatory for this action."};
}

ApiError InvalidError(std::string_view name) {
  return {400, "Invalid" + std::string(name), "Specified parameter " + std::string(name) + " is not valid."};
}

ApiError FromError(const Error& error, std::string_view operation, const model::Limits& limits) {
  if (!error.reason.empty()) return KnownError(error.reason, operation, error.detail, limits);
  return KnownError(error.code == Errc::kUnavailable ? "ServiceUnavailable" : "InternalError");
}

}  // namespace assist::server::openapi
