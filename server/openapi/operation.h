// One operation of the API: what it is called, what it takes, who may, what it answers, and what it does. One file an
// operation in operations/; the list is operations/list.h. The pipeline (open_api.h) has done everything else before
// `run`. docs/api.md and the help of the command line are made from these declarations (document.h).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/blocking_pool.h"
#include "protocol/json/json.h"
#include "server/control/runner.h"
#include "server/openapi/arguments.h"
#include "server/openapi/errors.h"
#include "server/openapi/options.h"
#include "server/openapi/page_token.h"
#include "server/openapi/parameter_spec.h"

namespace assist::server::artifacts {
class Artifacts;
}
namespace assist::server::openapi {

namespace asio = boost::asio;

struct Call;

struct Operation {
  using Run = asio::awaitable<Answer<json::Object>> (*)(Call& call);

  std::string_view name;
  bool changes = false;                   ///< Its nonce is kept by the store.
  bool needs_region = true;               ///< RegionId is mandatory and one of this server's.
  bool client_token = false;              ///< Takes ClientToken.
  std::int64_t max_page = 0;              ///< Paged, with at most that many rows; 0: not paged.
  PagingForm paging = PagingForm::kBoth;  ///< When paged.
  std::vector<ParameterSpec> parameters;  ///< Besides RegionId, ClientToken and paging.
  Run run = nullptr;
  std::string_view if_region_missing;  ///< The code; empty: MissingRegionId.

  // For the documentation; tests hold the operation to it.
  bool extension = false;  ///< The reference does not know it.
  Saying summary;          ///< One line.
  std::vector<Saying> notes;
  std::string_view example;  ///< The words behind `assist ecs`.
  /// The codes it may refuse with, besides those that its parameters, paging, the region and a client token have.
  std::vector<std::string_view> errors;
  std::string_view answer;  ///< What a good answer holds besides RequestId, in the notation of answer_shape.h.
};

/// One call, checked. Lives until its answer is sent.
struct Call {
  const Operation& operation;
  const Options& options;
  control::Runner& runner;
  std::string region;
  std::string host;  ///< As the client named it; may be empty.
  Arguments arguments;
  model::PageRequest page;  ///< When paged.
  std::string filter_hash;  ///< When paged: ties NextToken to this operation and these filters.
  control::ClientToken client_token;
  control::Origin origin;  ///< The first change takes it: what it needs is judged in its transaction.
  std::shared_ptr<const control::Access> access;
  artifacts::Artifacts* artifacts = nullptr;  ///< Archives of packages.
  BlockingPool* pool = nullptr;               ///< For what blocks or takes long.
  bool judged = false;  ///< A read or a change has taken `access` along; if none has, the pipeline asks by itself.

  [[nodiscard]] const model::Limits& limits() const noexcept { return runner.settings().limits; }
  /// A documented refusal: `co_return call.Refused("InvalidCmdId.NotFound");`
  [[nodiscard]] Refusal Refused(std::string_view code, std::string_view detail = {}) const {
    return Refuse(KnownError(code, operation.name, detail, limits()));
  }
  [[nodiscard]] Refusal Refused(const Error& error) const { return Refuse(FromError(error, operation.name, limits())); }

  /// For use cases that are more than one change: it goes to the first.
  [[nodiscard]] control::Origin TakeOrigin() {
    judged = true;
    return std::move(origin);
  }

  template <class Out, class In>
  asio::awaitable<Answer<Out>> Read(control::Runner::ReadCase<Out, In> use_case, In in) {
    judged = true;
    Result<Out> out = co_await runner.Read(use_case, std::move(in), access);
    if (!out) co_return Refused(out.error());
    co_return std::move(*out);
  }
  template <class Out, class In>
  asio::awaitable<Answer<Out>> Change(control::Runner::ChangeCase<Out, In> use_case, In in) {
    control::Origin from = TakeOrigin();
    Result<Out> out = co_await runner.Change(use_case, std::move(in), std::move(from));
    if (!out) co_return Refused(out.error());
    co_return std::move(*out);
  }
};

/// NextToken, PageNumber, PageSize, TotalCount of a paged answer.
template <class T>
void AddPaging(const Call& call, const model::Page<T>& page, json::Object& answer) {
  answer["NextToken"] = page.next ? WritePageToken(*page.next, call.filter_hash) : std::string();
  answer["PageNumber"] = call.page.by_position ? 1 : call.page.number;
  answer["PageSize"] = call.page.size;
  answer["TotalCount"] = page.total;
}

}  // namespace assist::server::openapi
