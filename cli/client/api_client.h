// Calls the API: signs (ACS3), sends, repeats what failed on the way. One kept-alive connection, one call at a time.
// Owned by the program; every method on its executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/client/retry.h"
#include "cli/settings/settings.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/unique_function.h"
#include "common/net/http_client.h"
#include "common/net/tls_context.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct ApiAnswer {
  int http_status = 0;
  std::string body;  ///< As received.
  /// An attempt before this one broke off after the request was sent: it may have been carried out.
  bool earlier_attempt = false;

  [[nodiscard]] bool ok() const noexcept { return http_status >= 200 && http_status < 300; }
};

class ApiClient {
 public:
  struct Options {
    RetryOptions retry;
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds answer_timeout{60};
  };

  /// `tls` nullptr: plain HTTP. References and `tls` outlive this.
  ApiClient(const Settings& settings, const TlsClientContext* tls, Clock& clock, Random& random,
            const Options& options);

  /// Any answer of the server, also one that refuses; an Error of common/net when none came. `parameters` go into the
  /// body of a POST. Until `patience` has passed since the call, failures that may pass are tried again without
  /// counting. Cancelled, it throws operation_aborted and tells nobody of the connection that broke.
  asio::awaitable<Result<ApiAnswer>> Call(std::string action, encoding::FormFields parameters,
                                          std::chrono::seconds patience = std::chrono::seconds(0));

  /// What lies at `target` of the same server, over a connection trusted like those of calls; not signed. Any answer;
  /// an Error of common/net when none came.
  asio::awaitable<Result<HttpResponse>> Get(std::string target);

  /// Is told of each failure after which the call is tried again.
  void OnTrouble(UniqueFunction<void(const Error&)> told) { told_ = std::move(told); }

 private:
  /// What an attempt says besides its answer.
  struct Trace {
    std::optional<std::chrono::milliseconds> told_pause;  ///< x-acs-retry-after.
    bool broke_off = false;                               ///< A request may have arrived without an answer.
  };
  asio::awaitable<Result<ApiAnswer>> Attempt(const std::string& action, const std::string& body, Trace& trace);
  asio::awaitable<Status> Connect();
  [[nodiscard]] HttpRequest Sign(const std::string& action, const std::string& body);

  // Set once.
  const Settings& settings_;
  const TlsClientContext* const tls_;
  Clock& clock_;
  Random& random_;
  const Options options_;
  const HostPort server_;
  UniqueFunction<void(const Error&)> told_;
  // Between calls.
  std::unique_ptr<HttpConnection> connection_;
};

}  // namespace assist::cli
