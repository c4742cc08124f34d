// Registration and deregistration (agent-protocol reference, section 5) with their JSON form. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"

namespace assist::wire {

struct RegistrationTag {
  std::string key;
  std::string value;
};

struct RegisterRequest {
  Secret<std::string> activation_code;
  std::string machine_id;
  std::string region_id;
  std::string instance_name;
  std::string hostname;
  std::string intranet_ip;
  std::string os_version;
  std::string os_type;
  std::string agent_version;
  std::string public_key_pem;  ///< SubjectPublicKeyInfo PEM; base64 of it on the wire. RSA (stock) or Ed25519 (ours).
  std::string activation_id;
  std::vector<RegistrationTag> tags;
  /// Our agents: the version of our additions that they speak. On the wire `"assist":{"protocol":1}`.
  std::optional<int> assist_protocol;
  /// Ours: instead of an activation; the machine is there and gets this agent. `"assist":{"protocol":1,"move":"…"}`.
  Secret<std::string> move_code;
};

struct RegisterResponse {
  int code = 200;  ///< On the wire a number: agents take text for another answer.
  std::string instance_id;
  std::string error_code;     ///< When code is not 200; `errCode`.
  std::string error_message;  ///< `errMsg`
  /// Ours: to our agents only.
  struct Assist {
    int protocol = 1;
    std::string ca_pem;  ///< The CA certificates that the agent shall trust from now on; empty on plain HTTP.
  };
  std::optional<Assist> assist;
};

/// Version of our additions to the protocol.
inline constexpr int kAssistProtocol = 1;

/// Fields in the stock order, all present.
[[nodiscard]] std::string RenderRegisterRequest(const RegisterRequest& request);
/// kInvalid: no JSON object, a field of a wrong type, a key that is not base64.
[[nodiscard]] Result<RegisterRequest> ParseRegisterRequest(std::string_view body);
[[nodiscard]] std::string RenderRegisterResponse(const RegisterResponse& response);
/// kInvalid: not JSON, or `code` is no number (the stock agent's rule).
[[nodiscard]] Result<RegisterResponse> ParseRegisterResponse(std::string_view body);

/// The answer to deregister, reports, metrics …: `{"code":200,"instanceId":"mi-x"}`.
[[nodiscard]] std::string RenderOk(std::string_view instance_id);
/// `{"code":<n>,"errCode":…,"errMsg":…}` for refusals.
[[nodiscard]] std::string RenderRefusal(int code, std::string_view error_code, std::string_view message);
/// True when `body` is JSON with a numeric `code` of 200: the only proof that a deregistration happened.
[[nodiscard]] bool IsOk(std::string_view body);

}  // namespace assist::wire
