// Answers as bytes (reference, chapter 5). An answer is a JSON object: in XML each member becomes an element, and an
// array repeats its element, so that a wrapper ({"Tags":{"Tag":[…]}}) and a plain array need no rule of their own.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/json/json.h"
#include "server/openapi/errors.h"

namespace assist::server::openapi {

enum class Format : std::uint8_t { kJson, kXml };

[[nodiscard]] std::string_view ContentType(Format format) noexcept;

/// RequestId first, then the members of `answer`. Bytes that are not UTF-8, and in XML characters that XML 1.0 cannot
/// hold, become U+FFFD; in the name of an element they become `_`. `operation` names the XML root.
[[nodiscard]] std::string Render(Format format, std::string_view operation, std::string_view request_id,
                                 json::Object answer);

/// `host` is the host that the client asked for.
[[nodiscard]] std::string RenderError(Format format, std::string_view request_id, std::string_view host,
                                      const ApiError& error);

}  // namespace assist::server::openapi
