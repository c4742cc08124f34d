// The HTTP API of operators at `/`: parses, authenticates, authorises, validates, has control do it, renders. Holds
// nothing that must survive: nonces of reading calls are in memory, those of changing calls in the store. Owned by
// service, one for all shards; any thread.
//
// Every request gets an answer of the API, with status and code of the reference, also when the store is full or away
// (503, ServiceUnavailable: nothing was done).
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "common/net/http.h"
#include "server/control/runner.h"
#include "server/openapi/nonce_window.h"
#include "server/openapi/operation.h"
#include "server/openapi/options.h"
#include "server/openapi/policy_cache.h"
#include "server/openapi/refusal_meter.h"
#include "server/openapi/wire_call.h"

namespace assist::server::openapi {

class OpenApi {
 public:
  /// Everything outlives this.
  struct Parts {
    control::Runner& runner;
    const Clock& clock;
    BlockingPool& pool;  ///< For large requests and answers.
    Random& random;      ///< Request ids; used from every shard.
    artifacts::Artifacts& artifacts;
    Log& log;
  };
  OpenApi(Options options, Parts parts);
  OpenApi(const OpenApi&) = delete;
  OpenApi& operator=(const OpenApi&) = delete;

  /// One request, whatever its path. May empty it. `peer` is its sender's address, for the audit log.
  asio::awaitable<HttpResponse> Handle(HttpRequest& request, std::string peer);

  /// The error envelope for a request whose body was not read (HttpHandler::Refuse), in the format that query and
  /// headers ask for. Nothing was done and nothing is checked.
  [[nodiscard]] HttpResponse RefuseUnread(const HttpRequest& request, int status, std::string_view why);

  struct Stats {
    std::int64_t unauthenticated = 0;  ///< Calls whose key or signature was refused.
    std::int64_t unrecorded = 0;       ///< Refusals beyond what one key may have noted in the audit log.
  };
  [[nodiscard]] Stats stats() const noexcept { return {unauthenticated_, unrecorded_}; }

  [[nodiscard]] const std::vector<Operation>& operations() const noexcept { return operations_; }

 private:
  struct Exchange;

  asio::awaitable<Answer<json::Object>> Run(HttpRequest& request, Exchange& exchange);
  asio::awaitable<Answer<model::AccessKey>> LoadKey(std::string access_key_id, const Operation& operation);
  asio::awaitable<Answer<json::Object>> RunJudged(Call& call);
  asio::awaitable<void> NoteRefusal(const Exchange& exchange, std::string code);
  [[nodiscard]] Answer<Call> Check(const WireCall& wire, const Operation& operation) const;
  template <class F>
  asio::awaitable<std::invoke_result_t<F&>> InPool(std::size_t bytes, F function);

  const Options options_;
  Parts parts_;
  const std::vector<Operation> operations_;
  std::map<std::string_view, const Operation*> by_name_;
  NonceWindow nonces_;
  PolicyCache policies_;
  RefusalMeter refusals_;
  std::atomic<std::int64_t> unauthenticated_{0};
  std::atomic<std::int64_t> unrecorded_{0};
};

}  // namespace assist::server::openapi
