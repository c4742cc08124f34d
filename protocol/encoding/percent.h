// Percent-encoding of RFC 3986, as both signatures of the API want it (reference, chapter 4.1 step 2). Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace assist::encoding {

/// A–Z a–z 0–9 - _ . ~ stay; every other byte becomes %XX with capital digits, the space too.
[[nodiscard]] std::string PercentEncode(std::string_view bytes);
void AppendPercentEncoded(std::string& out, std::string_view bytes);

/// %XX becomes its byte; a % without two hex digits stays as it is. `+` stays (form.h has the other rule).
[[nodiscard]] std::string PercentDecode(std::string_view text);

}  // namespace assist::encoding
