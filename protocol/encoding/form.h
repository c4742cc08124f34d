// Query strings and application/x-www-form-urlencoded bodies. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assist::encoding {

using FormFields = std::vector<std::pair<std::string, std::string>>;

/// The fields of `name=value&…` in their order, decoded: %XX and `+` as a space. Parted at the first `=`; a name
/// without
/// `=` has an empty value; empty pieces (`&&`) and pieces without a name are passed over.
[[nodiscard]] FormFields ParseForm(std::string_view text);

/// `name=value&…`, names and values percent-encoded (a space is %20, which every form decoder understands).
[[nodiscard]] std::string WriteForm(const FormFields& fields);

}  // namespace assist::encoding
