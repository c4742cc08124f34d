// What `assist-server access-key …` asks: the same requests travel through DIR/admin.sock when a server runs there, and
// are answered from the store directly under the folder's lock when none does. One JSON object a line, each way.
//   {"Op":"access-key.create","Name":"ci"} → {"AccessKeyId":…,"AccessKeySecret":…,"Name":…}
//   {"Op":"access-key.list"}               → {"AccessKeys":[{"AccessKeyId":…,"Name":…,"CreationTime":…}]}
//   {"Op":"access-key.delete","AccessKeyId":"LTAI…"} → {}
// A failure is {"Error":"…"}.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "server/control/runner.h"

namespace assist::server::service {

namespace asio = boost::asio;

inline constexpr std::size_t kMaxAdminLine = 64 * 1024;

[[nodiscard]] std::string CreateKeyRequest(std::string_view name);
[[nodiscard]] std::string ListKeysRequest();
[[nodiscard]] std::string DeleteKeyRequest(std::string_view id);

/// Carries one request out. The answer is one line without its end. Any executor.
asio::awaitable<std::string> AnswerAdminRequest(control::Runner& runner, std::string request);

}  // namespace assist::server::service
