// The hosts file (hosts(5)): names to addresses without a name server. Pure; any thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>
#include <vector>

namespace assist {

namespace asio = boost::asio;

/// The addresses that the text of a hosts file gives to `name`, of all its lines and in their order; case does not
/// matter. Lines that are none (no address, no name) are passed over, as the system's own reader does.
[[nodiscard]] std::vector<asio::ip::address> AddressesInHosts(std::string_view text, std::string_view name);

}  // namespace assist
