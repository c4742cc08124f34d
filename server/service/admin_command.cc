#include "server/service/admin_command.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "common/posix/file.h"
#include "server/policy/policy.h"
#include "server/service/admin_requests.h"
#include "server/service/admin_socket.h"
#include "server/service/data_folder.h"
#include "server/service/offline_store.h"

namespace assist::server::service {
namespace {

namespace json = boost::json;

std::string_view Member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

/// A preset's name, or that it is a document (`--json` shows its text).
std::string PolicyWord(const json::object& key) {
  const std::string_view policy = Member(key, "Policy");
  return policy.starts_with('{') || policy.find('\n') != std::string_view::npos ? "document" : std::string(policy);
}

void PrintKey(const json::object& key) {
  const json::value* active = key.if_contains("Active");
  std::printf("%-26s %-20s %-8s %-10s %s\n", std::string(Member(key, "AccessKeyId")).c_str(),
              std::string(Member(key, "CreationTime")).c_str(),
              active != nullptr && active->is_bool() && active->get_bool() ? "yes" : "no", PolicyWord(key).c_str(),
              std::string(Member(key, "Name")).c_str());
}

/// Without a running server: the store alone is opened for this one request.
Result<std::string> AskStore(const std::string& data, const std::string& request) {
  std::error_code error;
  if (!std::filesystem::exists(data + "/store.db", error)) {
    return Fail(Errc::kNotFound,
                "no server was ever started with the folder " + data + "; name its folder with --data");
  }
  Result<DataFolder> folder = DataFolder::Open(data);
  if (!folder) return Forward(folder);
  Result<std::unique_ptr<OfflineStore>> store = OfflineStore::Open(*folder);
  if (!store) return Forward(store);
  return (*store)->Run(AnswerAdminRequest((*store)->runner(), request, "offline"));
}

}  // namespace

Result<std::string> ReadPolicy(const std::string& word) {
  if (!policy::PresetDocument(word).empty()) return word;
  Result<std::string> text = ReadFile(word, policy::kMaxPolicyBytes);
  if (text) return text;
  if (text.error().code != Errc::kNotFound) return Fail(text.error().code, "--policy: " + text.error().detail);
  return Fail(Errc::kInvalid,
              "--policy: \"" + word + "\" is neither admin, operator or read-only nor a file with a policy document");
}

int RunAdminCommand(const std::string& data, const std::string& request, bool as_json) {
  std::error_code error;
  const std::string folder = std::filesystem::absolute(data, error).lexically_normal().string();
  Result<std::string> answer = AskAdminSocket(folder + "/admin.sock", request);
  if (!answer && answer.error().code == Errc::kNotFound) answer = AskStore(folder, request);
  if (!answer) {
    std::fprintf(stderr, "assist-server: %s\n", answer.error().detail.c_str());
    return 1;
  }
  boost::system::error_code parse_error;
  const json::value parsed = json::parse(*answer, parse_error);
  const json::object* object = parse_error ? nullptr : parsed.if_object();
  if (object == nullptr) {
    std::fprintf(stderr, "assist-server: the server's answer makes no sense\n");
    return 1;
  }
  if (const std::string_view why = Member(*object, "Error"); !why.empty()) {
    std::fprintf(stderr, "assist-server: %.*s\n", static_cast<int>(why.size()), why.data());
    return 1;
  }
  if (as_json) {
    std::printf("%s\n", answer->c_str());
    return 0;
  }
  if (const json::value* keys = object->if_contains("AccessKeys"); keys != nullptr && keys->is_array()) {
    std::printf("%-26s %-20s %-8s %-10s %s\n", "AccessKeyId", "Created", "Active", "Policy", "Name");
    for (const json::value& key : keys->get_array()) PrintKey(key.get_object());
  } else if (const json::value* bindings = object->if_contains("Bindings"); bindings && bindings->is_array()) {
    std::printf("%-40s %-26s %s\n", "Address", "InstanceId", "Bound");
    for (const json::value& binding : bindings->get_array()) {
      const json::object& row = binding.get_object();
      std::printf("%-40s %-26s %s\n", std::string(Member(row, "Address")).c_str(),
                  std::string(Member(row, "InstanceId")).c_str(), std::string(Member(row, "BindingTime")).c_str());
    }
  } else if (const std::string_view code = Member(*object, "MoveCode"); !code.empty()) {
    std::printf("%s\n", std::string(code).c_str());
    std::fprintf(stderr, "Good once, until %s: on the machine, give it to `assist-agent register --move -`.\n",
                 std::string(Member(*object, "ExpiredTime")).c_str());
  } else if (const std::string_view machine = Member(*object, "InstanceId"); !machine.empty()) {
    std::printf("%s\n", std::string(machine).c_str());
  } else if (const std::string_view id = Member(*object, "AccessKeyId");
             !id.empty() && !object->contains("AccessKeySecret")) {
    PrintKey(*object);
  } else if (!id.empty()) {
    std::printf("AccessKeyId:     %s\nAccessKeySecret: %s\nPolicy:          %s\n", std::string(id).c_str(),
                std::string(Member(*object, "AccessKeySecret")).c_str(), PolicyWord(*object).c_str());
    std::fprintf(stderr, "The secret is shown this once; keep it safe.\n");
  } else {
    std::printf("done\n");
  }
  return 0;
}

}  // namespace assist::server::service
