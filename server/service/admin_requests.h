// What `assist-server access-key …` and `assist-server machine …` ask: the same requests travel through DIR/admin.sock
// when a server runs there, and are answered from the store directly under the folder's lock when none does. One JSON
// object a line, each way.
//   {"Op":"access-key.create","Name":"ci","Policy":"operator"} →
//   {"AccessKeyId":…,"AccessKeySecret":…,"Name":…,"Policy":…}
//   {"Op":"access-key.list"} → {"AccessKeys":[{"AccessKeyId":…,"Name":…,"CreationTime":…,"Active":true,"Policy":…}]}
//   {"Op":"access-key.change","AccessKeyId":"LTAI…","Policy":…,"Active":false} → the key as in the list; both optional
//   {"Op":"access-key.delete","AccessKeyId":"LTAI…"} → {}
// A Policy is admin, operator, read-only, or the text of a document (docs/access.md).
//   {"Op":"machine.bind","Address":"192.0.2.7","InstanceId":"","Name":"web","OsType":"linux"} →
//   {"InstanceId":…,"Created":true}
//   {"Op":"machine.unbind","Address":"192.0.2.7"} → {}
//   {"Op":"machine.list"} → {"Bindings":[{"Address":…,"InstanceId":…,"BindingTime":…}]}
//   {"Op":"machine.move","InstanceId":"mi-…","Minutes":30} → {"InstanceId":…,"MoveCode":…,"ExpiredTime":…}
// A failure is {"Error":"…"}.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/control/runner.h"

namespace assist::server::service {

namespace asio = boost::asio;

inline constexpr std::size_t kMaxAdminLine = 64 * 1024;

[[nodiscard]] std::string CreateKeyRequest(std::string_view name, std::string_view policy);
[[nodiscard]] std::string ListKeysRequest();
[[nodiscard]] std::string PolicyRequest(std::string_view id, std::string_view policy);
[[nodiscard]] std::string ActiveRequest(std::string_view id, bool active);
[[nodiscard]] std::string DeleteKeyRequest(std::string_view id);
/// Empty `instance`: a new machine; `name` and `os_type` (linux, windows, freebsd) are of a new one.
[[nodiscard]] std::string BindRequest(std::string_view address, std::string_view instance, std::string_view name,
                                      std::string_view os_type);
[[nodiscard]] std::string UnbindRequest(std::string_view address);
[[nodiscard]] std::string ListBindingsRequest();
[[nodiscard]] std::string MoveRequest(std::string_view instance, std::int64_t minutes);

/// Carries one request out; what it changes gets its row in the audit log, with `source`. The answer is one line
/// without its end. Any executor.
asio::awaitable<std::string> AnswerAdminRequest(control::Runner& runner, std::string request, std::string source);

}  // namespace assist::server::service
