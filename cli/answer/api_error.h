// What went wrong with a call, in one line that says what to do. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/answer/exit_code.h"
#include "cli/settings/endpoint.h"
#include "cli/text/text.h"
#include "common/base/result.h"

namespace assist::cli {

/// The server's error envelope (reference, chapter 5.3).
struct Envelope {
  std::string code;
  std::string message;
  std::string request_id;
};

/// The envelope of an answer that is one; empty for a success and for what is no JSON.
[[nodiscard]] std::optional<Envelope> ParseEnvelope(std::string_view body);

/// What the lines below need to know of the call.
struct CallContext {
  std::string action;
  Endpoint endpoint;
  std::string access_key_id;
};

/// For an answer of the server that is not a success, with the RequestId at the end.
[[nodiscard]] std::string DescribeRefusal(int http_status, const std::optional<Envelope>& envelope,
                                          const CallContext& context, const Text& text);

/// For an Error of common/net: nothing came back. Names the endpoint and the remedy.
[[nodiscard]] std::string DescribeTransportError(const Error& error, const CallContext& context, const Text& text);

}  // namespace assist::cli
