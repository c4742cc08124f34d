#include "server/openapi/operation_errors.h"

#include <algorithm>
#include <set>

namespace assist::server::openapi {
namespace {

void AddErrors(const ParameterSpec& spec, std::set<std::string>& codes) {
  for (const std::string_view code : {spec.if_missing, spec.if_below, spec.if_above, spec.if_wrong, spec.if_key_missing,
                                      spec.if_key_wrong, spec.if_value_wrong, spec.if_key_twice}) {
    if (!code.empty()) codes.emplace(code);
  }
  for (const ParameterSpec& member : spec.members) AddErrors(member, codes);
}

}  // namespace

std::vector<std::string> OwnErrors(const Operation& operation) {
  std::set<std::string> codes(operation.errors.begin(), operation.errors.end());
  for (const ParameterSpec& spec : operation.parameters) AddErrors(spec, codes);
  if (operation.max_page > 0) {
    for (const ParameterSpec& spec : PagingParameters(operation.max_page, operation.paging)) AddErrors(spec, codes);
  }
  if (operation.needs_region) codes.emplace("InvalidRegionId.NotFound");
  if (!operation.if_region_missing.empty()) codes.emplace(operation.if_region_missing);
  if (operation.client_token) {
    codes.emplace("InvalidClientToken.Malformed");
    codes.emplace("IdempotentParameterMismatch");
  }
  return {codes.begin(), codes.end()};
}

const std::vector<std::string_view>& GatewayErrors() {
  static const std::vector<std::string_view> kCodes = {
      "Forbidden.RAM",
      "IncompleteSignature",
      "InternalError",
      "InvalidAccessKeyId.Inactive",
      "InvalidAccessKeyId.NotFound",
      "InvalidAction.NotFound",
      "InvalidParameter.Format",
      "InvalidSecurityToken.MismatchWithAccessKey",
      "InvalidSignatureMethod",
      "InvalidTimeStamp.Expired",
      "InvalidTimeStamp.Format",
      "InvalidVersion",
      "ServiceUnavailable",
      "SignatureDoesNotMatch",
      "SignatureNonceUsed",
      "Throttling.User",
      "UnsupportedHTTPMethod",
  };
  return kCodes;
}

bool MayAnswer(const Operation& operation, std::string_view code) {
  const auto& gateway = GatewayErrors();
  if (std::find(gateway.begin(), gateway.end(), code) != gateway.end()) return true;
  const auto own = OwnErrors(operation);
  if (std::find(own.begin(), own.end(), code) != own.end()) return true;
  for (const std::string_view prefix : {"Missing", "Invalid"}) {
    if (!code.starts_with(prefix)) continue;
    const std::string_view name = code.substr(prefix.size());
    // Common parameters, and the older name of a list of machines.
    for (const std::string_view common :
         {"Action", "Version", "AccessKeyId", "Signature", "SignatureMethod", "SignatureNonce", "SignatureVersion",
          "Timestamp", "RegionId", "InstanceIds"}) {
      if (name == common) return true;
    }
    for (const ParameterSpec& spec : operation.parameters) {
      if (name == spec.name) return true;
    }
  }
  return false;
}

}  // namespace assist::server::openapi
