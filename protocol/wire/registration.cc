#include "protocol/wire/registration.h"

#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::wire {

std::string RenderRegisterRequest(const RegisterRequest& request) {
  json::Object object;
  object["activationCode"] = request.activation_code.Reveal();
  object["machineId"] = request.machine_id;
  object["regionId"] = request.region_id;
  object["instanceName"] = request.instance_name;
  object["hostname"] = request.hostname;
  object["intranetIp"] = request.intranet_ip;
  object["osVersion"] = request.os_version;
  object["osType"] = request.os_type;
  object["agentVersion"] = request.agent_version;
  object["publicKey"] = encoding::Base64Encode(request.public_key_pem);
  object["activationId"] = request.activation_id;
  json::Array tags;
  for (const RegistrationTag& tag : request.tags) {
    json::Object item;
    item["key"] = tag.key;
    item["value"] = tag.value;
    tags.emplace_back(std::move(item));
  }
  object["tag"] = std::move(tags);
  if (request.assist_protocol) {
    json::Object assist;
    assist["protocol"] = *request.assist_protocol;
    if (!request.move_code.Reveal().empty()) assist["move"] = request.move_code.Reveal();
    object["assist"] = std::move(assist);
  }
  return json::Write(object);
}

Result<RegisterRequest> ParseRegisterRequest(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  const auto text = [&in](std::string_view name) { return std::string(in.StringOr(name, "")); };
  RegisterRequest request;
  request.activation_code = Secret<std::string>(text("activationCode"));
  request.machine_id = text("machineId");
  request.region_id = text("regionId");
  request.instance_name = text("instanceName");
  request.hostname = text("hostname");
  request.intranet_ip = text("intranetIp");
  request.os_version = text("osVersion");
  request.os_type = text("osType");
  request.agent_version = text("agentVersion");
  const std::string key = text("publicKey");
  request.activation_id = text("activationId");
  in.Each("tag", [&request](json::Reader& item) {
    RegistrationTag tag;
    tag.key = std::string(item.StringOr("key", ""));
    tag.value = std::string(item.StringOr("value", ""));
    request.tags.push_back(std::move(tag));
  });
  if (auto assist = in.Child("assist")) {
    request.assist_protocol = static_cast<int>(assist->Int("protocol", 1, 1 << 20));
    request.move_code = Secret<std::string>(std::string(assist->StringOr("move", "")));
  }
  if (!in.status()) return in.Error();
  auto pem = encoding::Base64Decode(key);
  if (!pem) return Fail(Errc::kInvalid, "publicKey: " + pem.error().detail);
  request.public_key_pem = std::move(*pem);
  return request;
}

std::string RenderRegisterResponse(const RegisterResponse& response) {
  json::Object object;
  object["code"] = response.code;
  object["instanceId"] = response.instance_id;
  if (response.code != 200) {
    object["errCode"] = response.error_code;
    object["errMsg"] = response.error_message;
  }
  if (response.assist) {
    json::Object assist;
    assist["protocol"] = response.assist->protocol;
    assist["ca"] = response.assist->ca_pem;
    object["assist"] = std::move(assist);
  }
  return json::Write(object);
}

Result<RegisterResponse> ParseRegisterResponse(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  RegisterResponse response;
  response.code = static_cast<int>(in.Int("code", -1'000'000, 1'000'000));
  response.instance_id = std::string(in.StringOr("instanceId", ""));
  response.error_code = std::string(in.StringOr("errCode", ""));
  response.error_message = std::string(in.StringOr("errMsg", ""));
  if (auto assist = in.Child("assist")) {
    RegisterResponse::Assist part;
    part.protocol = static_cast<int>(assist->Int("protocol", 1, 1 << 20));
    part.ca_pem = std::string(assist->StringOr("ca", ""));
    response.assist = std::move(part);
  }
  if (!in.status()) return in.Error();
  return response;
}

std::string RenderOk(std::string_view instance_id) {
  json::Object object;
  object["code"] = 200;
  object["instanceId"] = instance_id;
  return json::Write(object);
}

std::string RenderRefusal(int code, std::string_view error_code, std::string_view message) {
  json::Object object;
  object["code"] = code;
  object["errCode"] = error_code;
  object["errMsg"] = message;
  return json::Write(object);
}

bool IsOk(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return false;
  const json::Value* code = object->if_contains("code");
  return code != nullptr && code->is_int64() && code->get_int64() == 200;
}

}  // namespace assist::wire
