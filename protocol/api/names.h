// Fixed names of the API that clients and server share (reference, chapters 2 and 4). Pure.
#pragma once

#include <string_view>

namespace assist::api {

inline constexpr std::string_view kApiVersion = "2014-05-26";
inline constexpr std::string_view kFormContentType = "application/x-www-form-urlencoded";
inline constexpr std::string_view kJsonContentType = "application/json;charset=utf-8";
inline constexpr std::string_view kXmlContentType = "text/xml;charset=utf-8";
inline constexpr std::string_view kRequestIdHeader = "x-acs-request-id";
inline constexpr std::string_view kRetryAfterHeader = "x-acs-retry-after";  ///< Milliseconds.

}  // namespace assist::api
