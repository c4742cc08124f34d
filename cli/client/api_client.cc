#include "cli/client/api_client.h"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <utility>

#include "cli/answer/api_error.h"
#include "protocol/api/names.h"
#include "protocol/api/signature_acs3.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> RetryAfter(const HttpResponse& response) {
  const std::string_view text = response.headers.Get(api::kRetryAfterHeader);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return milliseconds(number);
}

}  // namespace

ApiClient::ApiClient(const Settings& settings, const TlsClientContext* tls, Clock& clock, Random& random,
                     const Options& options)
    : settings_(settings),
      tls_(tls),
      clock_(clock),
      random_(random),
      options_(options),
      server_{settings.endpoint.host, settings.endpoint.port} {}

asio::awaitable<Result<ApiAnswer>> ApiClient::Call(std::string action, encoding::FormFields parameters,
                                                   std::chrono::seconds patience) {
  const std::string body = encoding::WriteForm(parameters);
  const SteadyTime patient_until = clock_.Steady() + patience;
  bool earlier_attempt = false;
  for (int attempt = 1;; ++attempt) {
    Trace trace;
    Result<ApiAnswer> answer = co_await Attempt(action, body, trace);
    // A connection that failed because nobody waits for it any more tells nothing about the server.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
    const bool patient = clock_.Steady() < patient_until;
    std::optional<milliseconds> pause;
    if (answer) {
      const auto envelope = answer->ok() ? std::nullopt : ParseEnvelope(answer->body);
      AnswerFacts facts;
      facts.http_status = answer->http_status;
      if (envelope) facts.code = envelope->code;
      facts.told_pause = trace.told_pause;
      pause = PauseAfterAnswer(facts, attempt, patient, options_.retry);
      answer->earlier_attempt = earlier_attempt || trace.broke_off;
      if (pause && told_) told_(Error{Errc::kUnavailable, "the server is busy", {}});
    } else {
      pause = PauseAfterFailure(answer.error(), attempt, patient, options_.retry);
      if (pause && told_) told_(answer.error());
    }
    if (!pause) co_return answer;
    earlier_attempt = earlier_attempt || trace.broke_off;
    co_await clock_.SleepFor(*pause);
  }
}

asio::awaitable<Result<ApiAnswer>> ApiClient::Attempt(const std::string& action, const std::string& body,
                                                      Trace& trace) {
  for (;;) {
    const bool reused = connection_ != nullptr && connection_->usable();
    if (!reused) {
      Status connected = co_await Connect();
      if (!connected) co_return Forward(connected);
    }
    HttpRequest request = Sign(action, body);
    Result<HttpResponse> response =
        co_await connection_->Send(std::move(request), clock_.Steady() + options_.answer_timeout);
    if (response) {
      trace.told_pause = RetryAfter(*response);
      ApiAnswer answer;
      answer.http_status = response->status;
      answer.body = std::move(response->body);
      co_return answer;
    }
    connection_.reset();
    trace.broke_off = true;
    // The server closed a connection that was idle; that says nothing about it.
    const bool closed_meanwhile = reused && response.error().reason == kNetClosed;
    if (!closed_meanwhile) co_return Forward(response);
  }
}

asio::awaitable<Result<HttpResponse>> ApiClient::Get(std::string target) {
  for (;;) {
    const bool reused = connection_ != nullptr && connection_->usable();
    if (!reused) {
      Status connected = co_await Connect();
      if (!connected) co_return Forward(connected);
    }
    HttpRequest request;
    request.target = target;
    request.headers.Add("User-Agent", "assist");
    Result<HttpResponse> response =
        co_await connection_->Send(std::move(request), clock_.Steady() + options_.answer_timeout);
    if (response) co_return response;
    connection_.reset();
    if (!reused || response.error().reason != kNetClosed) co_return Forward(response);
  }
}

asio::awaitable<Status> ApiClient::Connect() {
  connection_.reset();
  HttpConnection::Options options;
  const SteadyTime deadline = clock_.Steady() + options_.connect_timeout;
  auto connection = co_await HttpConnection::Connect(server_, tls_, clock_, random_, options, deadline);
  if (!connection) co_return Forward(connection);
  connection_ = std::move(*connection);
  co_return Status();
}

HttpRequest ApiClient::Sign(const std::string& action, const std::string& body) {
  const std::string host = FormatHostPort(server_);
  const std::string nonce = random_.Uuid();
  const std::string timestamp = FormatIso8601(clock_.Now());
  const encoding::FormFields no_query;
  api::Acs3Call call;
  call.method = "POST";
  call.host = host;
  call.action = action;
  call.query = &no_query;
  call.body = body;
  call.access_key_id = settings_.access_key_id;
  call.secret = settings_.access_key_secret.Reveal();
  call.nonce = nonce;
  call.timestamp = timestamp;
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  for (auto& [name, value] : api::SignCallAcs3(call)) request.headers.Add(std::move(name), std::move(value));
  request.headers.Add("User-Agent", "assist");
  request.body = body;
  return request;
}

}  // namespace assist::cli
