#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "common/async/event.h"
#include "common/net/name_lookup.h"
#include "common/net/tls_context.h"

namespace assist {
namespace {

// A look-up runs in Asio's own thread and cannot be interrupted, so that who waits for it may leave before it ends.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  asio::ip::tcp::resolver resolver;
  Event done;
  boost::system::error_code error;
  std::vector<asio::ip::address> found;
};

}  // namespace

asio::awaitable<Result<std::vector<asio::ip::address>>> LookUpName(std::string host, Clock& clock, SteadyTime deadline,
                                                                   NameLookupOptions /*options*/) {
  std::vector<asio::ip::address> addresses;
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(host, no_literal);
  if (!no_literal) {
    addresses.push_back(literal);
    co_return addresses;
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto look_up = std::make_shared<LookUp>(executor);
  look_up->resolver.async_resolve(
      host, "", [look_up](const boost::system::error_code& error, asio::ip::tcp::resolver::results_type found) {
        look_up->error = error;
        for (const auto& entry : found) look_up->found.push_back(entry.endpoint().address());
        look_up->done.Set();
      });
  const bool answered = co_await look_up->done.WaitUntil(clock, deadline);
  if (!answered) {
    look_up->resolver.cancel();
    co_return Fail(Errc::kExpired, "looking up " + host + " took too long", kNetResolve);
  }
  if (look_up->error || look_up->found.empty()) {
    std::string why = "no address";
    if (look_up->error) why = look_up->error.message();
    co_return Fail(Errc::kUnavailable, "cannot find " + host + ": " + why, kNetResolve);
  }
  co_return std::move(look_up->found);
}

}  // namespace assist
