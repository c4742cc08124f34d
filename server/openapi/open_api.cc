#include "server/openapi/open_api.h"

#include <algorithm>

#include "protocol/api/names.h"
#include "server/control/access_keys.h"
#include "server/openapi/access_table.h"
#include "server/openapi/audit_slip.h"
#include "server/openapi/authentication.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/render.h"

namespace assist::server::openapi {
namespace {

/// Requests and answers up to this are worked on where they are; larger ones would hold up the shard.
constexpr std::size_t kLarge = std::size_t{64} << 10;
constexpr std::size_t kMaxLoggedAction = 64;  // an unknown one may have any length

/// A guess at the size of an answer, good enough to tell small from large.
std::size_t RoughSize(const json::Value& value) {
  std::size_t size = 8;
  if (const auto* text = value.if_string()) size += text->size();
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) size += RoughSize(item);
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) size += member.key().size() + RoughSize(member.value());
  }
  return size;
}

/// The operations with the paging parameters of those that are paged.
std::vector<Operation> ReadyOperations(const model::Limits& limits) {
  std::vector<Operation> operations = AllOperations(limits);
  for (Operation& operation : operations) {
    if (operation.max_page == 0) continue;
    for (auto& spec : PagingParameters(operation.max_page, operation.paging))
      operation.parameters.push_back(std::move(spec));
  }
  return operations;
}

Answer<std::string> CheckClientToken(const Parameters& parameters) {
  const std::string& token = parameters.Get("ClientToken");
  const bool ascii = std::all_of(token.begin(), token.end(), [](char c) { return (c & 0x80) == 0; });
  if (token.size() > 64 || !ascii) return Refuse(KnownError("InvalidClientToken.Malformed"));
  return token;
}

Answer<model::PageRequest> ReadPage(const Operation& operation, const Arguments& arguments,
                                    const std::string& filter_hash) {
  const bool numbers = operation.paging == PagingForm::kBoth || operation.paging == PagingForm::kClamped;
  const bool sizes = operation.paging != PagingForm::kNextToken;
  model::PageRequest page;
  page.by_position = !numbers || arguments.Has("MaxResults") || arguments.Has("NextToken");
  if (!page.by_position) {
    page.number = *arguments.Number("PageNumber");
    page.size = *arguments.Number("PageSize");
    return page;
  }
  page.size = sizes ? *arguments.Number("MaxResults") : operation.max_page;
  if (const std::string& token = arguments.Text("NextToken"); !token.empty()) {
    page.after = ReadPageToken(token, filter_hash);
    if (!page.after) return Refuse(KnownError(sizes ? "InvalidParameter.NextToken" : "Invalid.NextToken"));
  }
  return page;
}

}  // namespace

/// What is known of a request while it is worked on, for its answer and its log line.
struct OpenApi::Exchange {
  std::string request_id;
  std::string peer;
  WireCall wire;
  bool authenticated = false;
  std::shared_ptr<control::AuditSlip> audit;  ///< Of an authenticated call that changes something.
};

OpenApi::OpenApi(Options options, Parts parts)
    : options_(std::move(options)),
      parts_(parts),
      operations_(ReadyOperations(parts.runner.settings().limits)),
      nonces_(2 * options_.time_window, options_.max_nonces, options_.max_nonces_per_key) {
  for (const Operation& operation : operations_) by_name_.emplace(operation.name, &operation);
}

/// `function` may point into the caller's frame: the pool is emptied before the shard's executor goes.
template <class F>
asio::awaitable<std::invoke_result_t<F&>> OpenApi::InPool(std::size_t bytes, F function) {
  if (bytes <= kLarge) co_return function();
  co_return co_await parts_.pool.Run(std::move(function));
}

asio::awaitable<HttpResponse> OpenApi::Handle(HttpRequest& request, std::string peer) {
  Exchange exchange;
  exchange.peer = std::move(peer);
  exchange.request_id = parts_.random.UpperUuid();
  const SteadyTime start = parts_.clock.Steady();
  Answer<json::Object> answer = co_await Run(request, exchange);
  const Format format = exchange.wire.format;
  if (!exchange.authenticated) ++unauthenticated_;
  if (exchange.audit && !exchange.audit->written) {
    std::string outcome = answer ? "OK" : answer.error().code;
    co_await NoteRefusal(exchange, std::move(outcome));
  }

  HttpResponse response;
  if (answer) {
    const std::size_t size = RoughSize(*answer);
    auto render = [format, action = exchange.wire.action, id = exchange.request_id,
                   tree = std::move(*answer)]() mutable { return Render(format, action, id, std::move(tree)); };
    response.body = co_await InPool(size, std::move(render));
  } else {
    response.status = answer.error().status;
    response.body = RenderError(format, exchange.request_id, exchange.wire.host, answer.error());
  }
  response.headers.Add("Content-Type", std::string(ContentType(format)));
  response.headers.Add(std::string(api::kRequestIdHeader), exchange.request_id);

  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(parts_.clock.Steady() - start).count();
  const std::string_view action = std::string_view(exchange.wire.action).substr(0, kMaxLoggedAction);
  const std::string_view code = answer ? std::string_view("OK") : std::string_view(answer.error().code);
  if (response.status >= 500) {
    parts_.log.Error("api.call", {{"action", action}, {"code", code}, {"request", exchange.request_id}});
  } else {
    parts_.log.Debug("api.call",
                     {{"action", action}, {"code", code}, {"request", exchange.request_id}, {"microseconds", took}});
  }
  co_return response;
}

HttpResponse OpenApi::RefuseUnread(const HttpRequest& request, int status, std::string_view why) {
  const WireCall call = ReadWireCall(request);
  const std::string request_id = parts_.random.UpperUuid();
  ApiError error{status, "InvalidRequest", "The request cannot be read: " + std::string(why) + '.'};
  if (status == 408) error.code = "RequestTimeout";
  if (status == 413) error = {status, "RequestBodyTooLarge", "The body of a request has at most 16 MiB."};
  if (status == 503) error = KnownError("ServiceUnavailable");
  HttpResponse response;
  response.status = status;
  response.body = RenderError(call.format, request_id, call.host, error);
  response.headers.Add("Content-Type", std::string(ContentType(call.format)));
  response.headers.Add(std::string(api::kRequestIdHeader), request_id);
  return response;
}

asio::awaitable<Answer<json::Object>> OpenApi::Run(HttpRequest& request, Exchange& exchange) {
  const std::size_t size = request.target.size() + request.body.size();
  auto read = [&request] { return ReadWireCall(request); };
  exchange.wire = co_await InPool(size, read);
  const WireCall& wire = exchange.wire;
  if (wire.method != "GET" && wire.method != "POST") co_return Refuse(KnownError("UnsupportedHTTPMethod"));

  // The order is that of the reference, chapter 4.3.
  if (wire.action.empty()) co_return Refuse(MissingError("Action"));
  const auto found = by_name_.find(wire.action);
  if (found == by_name_.end()) co_return Refuse(KnownError("InvalidAction.NotFound"));
  const Operation& operation = *found->second;
  if (wire.version.empty()) co_return Refuse(MissingError("Version"));
  if (wire.version != api::kApiVersion) co_return Refuse(KnownError("InvalidVersion"));

  if (auto claim = CheckClaim(wire, request); !claim) co_return Refuse(std::move(claim.error()));
  const auto key = co_await LoadKey(wire.access_key_id, operation);
  if (!key) co_return Refuse(key.error());
  if (auto time = CheckTime(wire, parts_.clock.Now(), options_.time_window); !time) {
    co_return Refuse(std::move(time.error()));
  }
  if (auto scheme = CheckScheme(wire, request); !scheme) co_return Refuse(std::move(scheme.error()));
  auto check = [&wire, &request, &key] { return CheckSignature(wire, request, key->secret); };
  if (auto signature = co_await InPool(size, check); !signature) co_return Refuse(std::move(signature.error()));
  switch (nonces_.Take(wire.access_key_id, wire.nonce, parts_.clock.Steady())) {
    case NonceWindow::Use::kUsed:
      co_return Refuse(KnownError("SignatureNonceUsed"));
    case NonceWindow::Use::kFull:
      if (!operation.changes) co_return Refuse(KnownError("Throttling.User"));
      break;  // the store remembers it
    case NonceWindow::Use::kFresh:
      break;
  }
  exchange.authenticated = true;
  if (operation.changes) {
    exchange.audit = std::make_shared<control::AuditSlip>();
    api::AuditRecord& record = exchange.audit->record;
    record.access_key_id = key->id;
    record.access_key_name = key->name;
    record.source = exchange.peer;
    record.action = operation.name;
    record.request_id = exchange.request_id;
    auto hash = [&record, &wire, &operation] { HashForAudit(wire, operation, record); };
    co_await InPool(size, hash);
  }
  if (!wire.security_token.empty()) co_return Refuse(KnownError("InvalidSecurityToken.MismatchWithAccessKey"));
  const AccessEntry* entry = FindAccessEntry(operation.name);
  if (entry == nullptr) co_return Refuse(KnownError("Forbidden.RAM"));
  auto policy = policies_.Get(key->policy);
  const std::string action = ActionOf(*entry);
  if (!policy->MayAllow(action)) {
    co_return Refuse(KnownError("Forbidden.RAM", {}, key->id + " is not allowed to do " + action + " on anything."));
  }

  auto parameters = [this, &wire, &operation] { return Check(wire, operation); };
  Answer<Call> call = co_await InPool(size, parameters);
  if (!call) co_return Refuse(std::move(call.error()));
  request.body.clear();
  request.body.shrink_to_fit();
  auto access = std::make_shared<control::Access>();
  access->key = key->id;
  access->policy_text = key->policy;
  access->policy = std::move(policy);
  access->region = call->region;
  access->needs = entry->needs(*call, action);
  call->access = std::move(access);
  if (operation.changes) {
    call->origin.nonce = control::Nonce{wire.access_key_id + '\0' + wire.nonce};
    call->origin.access = call->access;
    exchange.audit->record.resources = ResourcesText(call->access->needs);
    call->origin.audit = exchange.audit;
  }
  co_return co_await RunJudged(*call);
}

/// What no change has written down: refusals, and what was answered without one.
asio::awaitable<void> OpenApi::NoteRefusal(const Exchange& exchange, std::string code) {
  if (code == "SignatureNonceUsed") co_return;  // a call of before, sent again by whoever heard it
  control::NoteRefusalIn in{exchange.audit->record, std::move(code)};
  const std::optional<std::int64_t> left_out = refusals_.Take(in.record.access_key_id, parts_.clock.Steady());
  if (!left_out) {
    ++unrecorded_;
    co_return;
  }
  if (*left_out > 0) in.record.result = "after " + std::to_string(*left_out) + " refused calls that were not noted";
  auto noted = co_await parts_.runner.Change(control::NoteRefusal, std::move(in));
  if (!noted) parts_.log.Error("audit.lost", {{"request", exchange.request_id}, {"why", noted.error().detail}});
}

/// Whatever an operation answers without having asked the store, it answers only to whom it may.
asio::awaitable<Answer<json::Object>> OpenApi::RunJudged(Call& call) {
  Answer<json::Object> answer = co_await call.operation.run(call);
  if (call.judged) co_return answer;
  control::JudgeIn in{call.access};
  auto allowed = co_await parts_.runner.Read(control::Judge, std::move(in));
  if (!allowed) co_return call.Refused(allowed.error());
  co_return answer;
}

asio::awaitable<Answer<model::AccessKey>> OpenApi::LoadKey(std::string access_key_id, const Operation& operation) {
  control::AccessKeyIn in{std::move(access_key_id)};
  auto loaded = co_await parts_.runner.Read(control::LoadAccessKey, std::move(in));
  if (!loaded) co_return Refuse(FromError(loaded.error(), operation.name, parts_.runner.settings().limits));
  if (!loaded->key) co_return Refuse(KnownError("InvalidAccessKeyId.NotFound"));
  if (!loaded->key->active) co_return Refuse(KnownError("InvalidAccessKeyId.Inactive"));
  co_return std::move(*loaded->key);
}

Answer<Call> OpenApi::Check(const WireCall& wire, const Operation& operation) const {
  const model::Limits& limits = parts_.runner.settings().limits;
  if (!wire.format_known) return Refuse(KnownError("InvalidParameter.Format"));

  const std::string& region = wire.parameters.Get("RegionId");
  if (operation.needs_region && region.empty()) {
    const std::string_view code = operation.if_region_missing;
    return Refuse(code.empty() ? MissingError("RegionId") : KnownError(code, operation.name));
  }

  const std::vector<ParameterSpec>& specs = operation.parameters;
  if (auto there = Arguments::CheckMandatory(specs, wire.parameters, operation.name, limits); !there) {
    return Refuse(std::move(there.error()));
  }
  const auto& regions = options_.regions;
  if (operation.needs_region && std::find(regions.begin(), regions.end(), region) == regions.end()) {
    return Refuse(KnownError("InvalidRegionId.NotFound", operation.name));
  }
  auto arguments = Arguments::Check(specs, wire.parameters, operation.name, limits);
  if (!arguments) return Refuse(std::move(arguments.error()));

  Call call{operation, options_, parts_.runner, region, wire.host, std::move(*arguments), {}, {}, {}, {}, {}};
  call.artifacts = &parts_.artifacts;
  call.pool = &parts_.pool;
  if (operation.max_page > 0) {
    call.filter_hash =
        HashOwnParameters(wire.parameters, operation.name, {"PageNumber", "PageSize", "MaxResults", "NextToken"});
    auto page = ReadPage(operation, call.arguments, call.filter_hash);
    if (!page) return Refuse(std::move(page.error()));
    call.page = *page;
  }
  if (operation.client_token) {
    auto token = CheckClientToken(wire.parameters);
    if (!token) return Refuse(std::move(token.error()));
    if (!token->empty()) {
      call.client_token = {std::move(*token), HashOwnParameters(wire.parameters, operation.name, {"ClientToken"}),
                           parts_.runner.settings().account_id + '/' + region};
    }
  }
  return call;
}

}  // namespace assist::server::openapi
