#include "server/service/admin_requests.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/control/access_keys.h"

namespace assist::server::service {
namespace {

namespace json = boost::json;

std::string Member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string Failed(const std::string& what) { return json::serialize(json::object{{"Error", what}}); }

}  // namespace

std::string CreateKeyRequest(std::string_view name) {
  return json::serialize(json::object{{"Op", "access-key.create"}, {"Name", name}});
}
std::string ListKeysRequest() { return json::serialize(json::object{{"Op", "access-key.list"}}); }
std::string DeleteKeyRequest(std::string_view id) {
  return json::serialize(json::object{{"Op", "access-key.delete"}, {"AccessKeyId", id}});
}

asio::awaitable<std::string> AnswerAdminRequest(control::Runner& runner, std::string request) {
  boost::system::error_code error;
  const json::value parsed = json::parse(request, error);
  const json::object* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) co_return Failed("the request is no JSON object");
  const std::string op = Member(*object, "Op");
  if (op == "access-key.create") {
    control::CreateAccessKeyIn in{Member(*object, "Name")};
    Result<model::AccessKey> key = co_await runner.Change(control::CreateAccessKey, std::move(in));
    if (!key) co_return Failed(key.error().detail);
    co_return json::serialize(
        json::object{{"AccessKeyId", key->id}, {"AccessKeySecret", key->secret.Reveal()}, {"Name", key->name}});
  }
  if (op == "access-key.list") {
    control::ListAccessKeysIn in;
    Result<control::ListAccessKeysOut> list = co_await runner.Read(control::ListAccessKeys, std::move(in));
    if (!list) co_return Failed(list.error().detail);
    json::array keys;
    for (const model::AccessKey& key : list->keys) {
      keys.push_back(
          json::object{{"AccessKeyId", key.id}, {"Name", key.name}, {"CreationTime", FormatIso8601(key.created)}});
    }
    co_return json::serialize(json::object{{"AccessKeys", std::move(keys)}});
  }
  if (op == "access-key.delete") {
    control::AccessKeyIn in{Member(*object, "AccessKeyId")};
    Result<control::DeleteAccessKeyOut> gone = co_await runner.Change(control::DeleteAccessKey, std::move(in));
    if (!gone) co_return Failed(gone.error().detail);
    co_return std::string("{}");
  }
  co_return Failed("unknown request \"" + op + "\"");
}

}  // namespace assist::server::service
