// Names of hosts to addresses. On POSIX systems by the hosts file and c-ares, on the caller's executor, without a
// thread and without the C library's name service, which a static program cannot carry (docs/static_agent.md). On
// Windows by the system's resolver.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "common/async/clock.h"
#include "common/base/result.h"

namespace assist {

/// Both files are read anew for each look-up, so that a change needs no restart. POSIX only; Windows has its own.
struct NameLookupOptions {
  std::string hosts_file = "/etc/hosts";
  std::string resolver_file =
      "/etc/resolv.conf";                     ///< resolv.conf(5): nameserver, search, domain, options ndots, rotate.
  std::string servers;                        ///< Instead of that file's: `1.2.3.4:53,[::1]:5353`. Empty: as it says.
  std::chrono::milliseconds try_after{2000};  ///< A server's time to answer; doubles with each round.
  int rounds = 3;                             ///< Times that each server is asked.
};

/// The addresses of `host`, IPv4 and IPv6, in the order to try them: as the hosts file has them, or else the name
/// servers' sorted by RFC 6724. Never empty. An address in text form is its own answer, localhost is 127.0.0.1.
/// Errors have the reason kNetResolve: kExpired at `deadline`, else kUnavailable; the text says whether the name does
/// not exist, has no address, or who did not answer. The coroutine may be cancelled or destroyed while it waits.
asio::awaitable<Result<std::vector<asio::ip::address>>> LookUpName(std::string host, Clock& clock, SteadyTime deadline,
                                                                   NameLookupOptions options);

}  // namespace assist
