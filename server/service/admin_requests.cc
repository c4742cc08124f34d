#include "server/service/admin_requests.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "common/crypto/hash.h"
#include "server/control/access_keys.h"
#include "server/control/bindings.h"
#include "server/control/move_machine.h"
#include "server/policy/policy.h"

namespace assist::server::service {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxShown = 128;

std::string Member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// In the form in which the listeners show it; empty for what is no address.
std::string AddressText(const std::string& text) {
  boost::system::error_code error;
  asio::ip::address address = asio::ip::make_address(text, error);
  if (error) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

std::string Failed(const std::string& what) { return json::serialize(json::object{{"Error", what}}); }

}  // namespace

std::string CreateKeyRequest(std::string_view name, std::string_view policy) {
  return json::serialize(json::object{{"Op", "access-key.create"}, {"Name", name}, {"Policy", policy}});
}
std::string PolicyRequest(std::string_view id, std::string_view policy) {
  return json::serialize(json::object{{"Op", "access-key.change"}, {"AccessKeyId", id}, {"Policy", policy}});
}
std::string ActiveRequest(std::string_view id, bool active) {
  return json::serialize(json::object{{"Op", "access-key.change"}, {"AccessKeyId", id}, {"Active", active}});
}
std::string ListKeysRequest() { return json::serialize(json::object{{"Op", "access-key.list"}}); }
std::string DeleteKeyRequest(std::string_view id) {
  return json::serialize(json::object{{"Op", "access-key.delete"}, {"AccessKeyId", id}});
}

std::string BindRequest(std::string_view address, std::string_view instance, std::string_view name,
                        std::string_view os_type) {
  return json::serialize(json::object{
      {"Op", "machine.bind"}, {"Address", address}, {"InstanceId", instance}, {"Name", name}, {"OsType", os_type}});
}
std::string UnbindRequest(std::string_view address) {
  return json::serialize(json::object{{"Op", "machine.unbind"}, {"Address", address}});
}
std::string ListBindingsRequest() { return json::serialize(json::object{{"Op", "machine.list"}}); }
std::string MoveRequest(std::string_view instance, std::int64_t minutes) {
  return json::serialize(json::object{{"Op", "machine.move"}, {"InstanceId", instance}, {"Minutes", minutes}});
}

namespace {

/// Of a change: its row in the audit log. Requests hold no secrets.
control::Origin OriginOf(const json::object& object, const std::string& source) {
  control::Origin origin;
  origin.audit = std::make_shared<control::AuditSlip>();
  api::AuditRecord& record = origin.audit->record;
  record.source = source;
  record.action = Member(object, "Op");
  record.parameters_hash = Sha256Hex(json::serialize(object));
  for (const std::string_view name : {"AccessKeyId", "InstanceId", "Address"}) {
    const std::string value = Member(object, name).substr(0, kMaxShown);
    if (!value.empty()) record.resources += (record.resources.empty() ? "" : " ") + value;
  }
  const std::string policy = Member(object, "Policy");
  if (policy.empty()) return origin;
  // A preset by its name, a document by its hash.
  const bool preset = !policy::PresetDocument(policy).empty();
  record.resources += (record.resources.empty() ? "policy=" : " policy=") + (preset ? policy : Sha256Hex(policy));
  return origin;
}

asio::awaitable<std::string> AnswerMove(control::Runner& runner, const json::object& object, control::Origin origin) {
  constexpr std::int64_t kMost = 1'000'000;  // control knows how many are taken
  const json::value* minutes = object.if_contains("Minutes");
  control::AllowMoveIn in;
  in.instance = InstanceId(Member(object, "InstanceId"));
  if (minutes != nullptr && minutes->is_int64()) {
    in.life = std::chrono::minutes(std::clamp<std::int64_t>(minutes->get_int64(), 0, kMost));
  }
  Result<control::AllowMoveOut> out = co_await runner.Change(control::AllowMove, std::move(in), std::move(origin));
  if (!out) co_return Failed(out.error().detail);
  co_return json::serialize(json::object{{"InstanceId", out->instance.str()},
                                         {"MoveCode", out->code.Reveal()},
                                         {"ExpiredTime", FormatIso8601(out->expires)}});
}

asio::awaitable<std::string> AnswerMachineRequest(control::Runner& runner, const json::object& object,
                                                  control::Origin origin) {
  const std::string op = Member(object, "Op");
  if (op == "machine.list") {
    control::ListBindingsIn in;
    Result<control::ListBindingsOut> list = co_await runner.Read(control::ListBindings, std::move(in));
    if (!list) co_return Failed(list.error().detail);
    json::array bindings;
    for (const store::Binding& binding : list->bindings) {
      bindings.push_back(json::object{{"Address", binding.address},
                                      {"InstanceId", binding.instance.str()},
                                      {"BindingTime", FormatIso8601(binding.bound)}});
    }
    co_return json::serialize(json::object{{"Bindings", std::move(bindings)}});
  }
  if (op == "machine.move") co_return co_await AnswerMove(runner, object, std::move(origin));
  const std::string address = AddressText(Member(object, "Address"));
  if (address.empty()) co_return Failed("\"" + Member(object, "Address") + "\" is no IP address");
  if (op == "machine.bind") {
    const std::string os = Member(object, "OsType");
    const std::optional<model::OsType> os_type = os.empty() ? model::OsType::kLinux : model::ParseOsType(os);
    if (!os_type) co_return Failed("\"" + os + "\" is no system; use linux, windows or freebsd");
    control::BindAddressIn in;
    in.address = address;
    in.instance = InstanceId(Member(object, "InstanceId"));
    in.name = Member(object, "Name");
    in.os_type = *os_type;
    Result<control::BindAddressOut> bound =
        co_await runner.Change(control::BindAddress, std::move(in), std::move(origin));
    if (!bound) co_return Failed(bound.error().detail);
    co_return json::serialize(json::object{{"InstanceId", bound->instance.str()}, {"Created", bound->created}});
  }
  if (op == "machine.unbind") {
    control::UnbindAddressIn in{address};
    Result<control::UnbindAddressOut> freed =
        co_await runner.Change(control::UnbindAddress, std::move(in), std::move(origin));
    if (!freed) co_return Failed(freed.error().detail);
    co_return std::string("{}");
  }
  co_return Failed("unknown request \"" + op + "\"");
}

json::object Show(const model::AccessKey& key) {
  return json::object{{"AccessKeyId", key.id},
                      {"Name", key.name},
                      {"CreationTime", FormatIso8601(key.created)},
                      {"Active", key.active},
                      {"Policy", key.policy}};
}

asio::awaitable<std::string> AnswerKeyRequest(control::Runner& runner, const json::object& object,
                                              control::Origin origin) {
  const std::string op = Member(object, "Op");
  if (op == "access-key.create") {
    control::CreateAccessKeyIn in{Member(object, "Name"), Member(object, "Policy")};
    Result<model::AccessKey> key = co_await runner.Change(control::CreateAccessKey, std::move(in), std::move(origin));
    if (!key) co_return Failed(key.error().detail);
    json::object answer = Show(*key);
    answer["AccessKeySecret"] = key->secret.Reveal();
    co_return json::serialize(answer);
  }
  if (op == "access-key.list") {
    control::ListAccessKeysIn in;
    Result<control::ListAccessKeysOut> list = co_await runner.Read(control::ListAccessKeys, std::move(in));
    if (!list) co_return Failed(list.error().detail);
    json::array keys;
    for (const model::AccessKey& key : list->keys) keys.push_back(Show(key));
    co_return json::serialize(json::object{{"AccessKeys", std::move(keys)}});
  }
  if (op == "access-key.change") {
    control::ChangeAccessKeyIn in;
    in.id = Member(object, "AccessKeyId");
    if (object.contains("Policy")) in.policy = Member(object, "Policy");
    const json::value* active = object.if_contains("Active");
    if (active != nullptr && active->is_bool()) in.active = active->get_bool();
    Result<model::AccessKey> key = co_await runner.Change(control::ChangeAccessKey, std::move(in), std::move(origin));
    if (!key) co_return Failed(key.error().detail);
    co_return json::serialize(Show(*key));
  }
  if (op == "access-key.delete") {
    control::AccessKeyIn in{Member(object, "AccessKeyId")};
    Result<control::DeleteAccessKeyOut> gone =
        co_await runner.Change(control::DeleteAccessKey, std::move(in), std::move(origin));
    if (!gone) co_return Failed(gone.error().detail);
    co_return std::string("{}");
  }
  co_return Failed("unknown request \"" + op + "\"");
}

}  // namespace

asio::awaitable<std::string> AnswerAdminRequest(control::Runner& runner, std::string request, std::string source) {
  boost::system::error_code error;
  const json::value parsed = json::parse(request, error);
  const json::object* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) co_return Failed("the request is no JSON object");
  const std::string op = Member(*object, "Op");
  control::Origin origin = OriginOf(*object, source);
  if (op.starts_with("access-key.")) co_return co_await AnswerKeyRequest(runner, *object, std::move(origin));
  if (op.starts_with("machine.")) co_return co_await AnswerMachineRequest(runner, *object, std::move(origin));
  co_return Failed("unknown request \"" + op + "\"");
}

}  // namespace assist::server::service
