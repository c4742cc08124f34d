// IPv4 and IPv6 addresses and CIDR blocks in text form: from where an activation code may be used (openapi.md, 11.16).
// Pure.
#pragma once

#include <string_view>

namespace assist::server::model {

/// An address (`10.0.0.1`, `::1`) or a block (`10.0.0.0/8`, `fd00::/8`).
[[nodiscard]] bool IsAddressRange(std::string_view range) noexcept;
/// Whether `address` lies in `range`. An IPv4 address that stands in IPv6 form (::ffff:10.0.0.1) counts as IPv4. False
/// when one of them is no address.
[[nodiscard]] bool IsInRange(std::string_view address, std::string_view range) noexcept;

}  // namespace assist::server::model
