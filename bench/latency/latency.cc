// bench_latency ADMIN_JSON INSTANCE STAMP RUNS: one command after another on one agent. Measures API call → process
// start and API call → result visible, beside a bare fork+exec of the same program and an HTTPS round trip to the same
// server, in one run. Prints a table and a line of JSON.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "common/net/http_client.h"
#include "common/posix/file.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "protocol/api/signature_acs3.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/form.h"

namespace assist::bench {
namespace {

namespace json = boost::json;

std::int64_t NowNanos() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

struct Series {
  std::vector<double> millis;
  void Add(std::int64_t nanos) { millis.push_back(static_cast<double>(nanos) / 1e6); }
  [[nodiscard]] double At(double share) {
    std::sort(millis.begin(), millis.end());
    return millis[std::min(millis.size() - 1, static_cast<std::size_t>(share * static_cast<double>(millis.size())))];
  }
};

struct Setup {
  std::string endpoint;
  std::string key_id;
  std::string secret;
  std::string ca_file;
  std::string instance;
  std::string stamp;
  int runs = 0;
};

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "bench_latency: %s\n", what.c_str());
  std::exit(1);
}

class Client {
 public:
  Client(const Setup& setup, std::unique_ptr<HttpConnection> connection, std::string host, Random& random, Clock& clock)
      : setup_(setup), connection_(std::move(connection)), host_(std::move(host)), random_(random), clock_(clock) {}

  asio::awaitable<json::object> Call(std::string action, encoding::FormFields fields) {
    fields.emplace_back("RegionId", "cn-hangzhou");
    const std::string nonce = random_.Uuid();
    const std::string timestamp = FormatIso8601(clock_.Now());
    api::Acs3Call call;
    call.host = host_;
    call.action = action;
    call.query = &fields;
    call.access_key_id = setup_.key_id;
    call.secret = setup_.secret;
    call.nonce = nonce;
    call.timestamp = timestamp;
    HttpRequest request;
    request.method = "POST";
    request.target = "/?" + encoding::WriteForm(fields);
    for (auto& [name, value] : api::SignCallAcs3(call)) request.headers.Add(name, value);
    Result<HttpResponse> response = co_await connection_->Send(std::move(request), clock_.Steady() + kPatience);
    if (!response) Die(response.error().detail);
    if (response->status != 200) Die(action + ": " + response->body);
    co_return json::parse(response->body).as_object();
  }

  asio::awaitable<void> Ping() {
    HttpRequest request;
    request.target = "/healthz";
    Result<HttpResponse> response = co_await connection_->Send(std::move(request), clock_.Steady() + kPatience);
    if (!response || response->body != "ok") Die("/healthz does not answer ok");
  }

 private:
  static constexpr auto kPatience = std::chrono::seconds(30);
  const Setup& setup_;
  std::unique_ptr<HttpConnection> connection_;
  std::string host_;
  Random& random_;
  Clock& clock_;
};

std::int64_t BareProcess(const std::string& program) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) Die("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  const std::int64_t before = NowNanos();
  pid_t pid = 0;
  std::string path = program;
  char* argv[] = {path.data(), nullptr};
  if (::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv, environ) != 0) Die("cannot start " + program);
  ::close(pipe_ends[1]);
  char text[64] = {};
  [[maybe_unused]] const ssize_t got = ::read(pipe_ends[0], text, sizeof text - 1);
  ::waitpid(pid, nullptr, 0);
  ::close(pipe_ends[0]);
  posix_spawn_file_actions_destroy(&actions);
  return std::atoll(text) - before;
}

asio::awaitable<void> Measure(const Setup& setup, Clock& clock, Random& random) {
  Result<HttpUrl> url = ParseHttpUrl(setup.endpoint);
  if (!url) Die(url.error().detail);
  std::unique_ptr<TlsClientContext> tls;
  if (url->tls) {
    Result<std::string> pem = ReadFile(setup.ca_file, 1 << 20);
    if (!pem) Die(pem.error().detail);
    Result<std::unique_ptr<TlsClientContext>> made = TlsClientContext::TrustPem(*pem);
    if (!made) Die(made.error().detail);
    tls = std::move(*made);
  }
  HttpConnection::Options options;
  Result<std::unique_ptr<HttpConnection>> connection = co_await HttpConnection::Connect(
      url->server, tls.get(), clock, random, options, clock.Steady() + std::chrono::seconds(10));
  if (!connection) Die(connection.error().detail);
  Client client(setup, std::move(*connection), FormatHostPort(url->server), random, clock);

  Series start, visible, round_trip, bare;
  for (int run = 0; run < setup.runs; ++run) {
    encoding::FormFields fields = {{"Type", "RunShellScript"},
                                   {"CommandContent", "#!" + setup.stamp + "\n"},
                                   {"InstanceId.1", setup.instance},
                                   {"Timeout", "60"}};
    const std::int64_t before = NowNanos();
    json::object answer = co_await client.Call("RunCommand", std::move(fields));
    const std::string invocation(answer["InvokeId"].as_string());
    for (;;) {
      encoding::FormFields query = {{"InvokeId", invocation}};
      json::object page = co_await client.Call("DescribeInvocationResults", std::move(query));
      json::object& row = page["Invocation"]
                              .as_object()["InvocationResults"]
                              .as_object()["InvocationResult"]
                              .as_array()
                              .at(0)
                              .as_object();
      const json::string& status = row["InvocationStatus"].as_string();
      if (status == "Pending" || status == "Running") {
        if (NowNanos() - before > std::int64_t{30} * 1'000'000'000) Die("a run does not end");
        continue;
      }
      visible.Add(NowNanos() - before);
      if (status != "Success") Die("a run ended as " + json::serialize(row));
      const Result<std::string> output = encoding::Base64Decode(row["Output"].as_string());
      if (!output) Die("the output is no Base64");
      start.Add(std::atoll(output->c_str()) - before);
      break;
    }
    const std::int64_t ping = NowNanos();
    co_await client.Ping();
    round_trip.Add(NowNanos() - ping);
    bare.Add(BareProcess(setup.stamp));
  }
  std::printf("%d runs, one after another, one agent (ms)\n%-34s %8s %8s %8s\n", setup.runs, "", "p50", "p99", "max");
  json::object out;
  const auto show = [&out](const char* name, const char* key, Series& series) {
    std::printf("%-34s %8.2f %8.2f %8.2f\n", name, series.At(0.5), series.At(0.99), series.At(1));
    out[key] = json::object{{"p50", series.At(0.5)}, {"p99", series.At(0.99)}, {"max", series.At(1)}};
  };
  show("API call -> process start", "call_to_start", start);
  show("API call -> result visible", "call_to_result", visible);
  show("round trip to the same server", "round_trip", round_trip);
  show("bare posix_spawn -> process start", "bare_spawn", bare);
  std::printf("%s\n", json::serialize(out).c_str());
}

Setup ReadSetup(char** argv) {
  Setup setup;
  Result<std::string> text = ReadFile(argv[1], 1 << 20);
  if (!text) Die(text.error().detail);
  json::object admin = json::parse(*text).as_object();
  setup.endpoint = admin["Endpoint"].as_string();
  setup.key_id = admin["AccessKeyId"].as_string();
  setup.secret = admin["AccessKeySecret"].as_string();
  setup.ca_file = admin["CaFile"].as_string();
  setup.instance = argv[2];
  setup.stamp = argv[3];
  setup.runs = std::atoi(argv[4]);
  return setup;
}

}  // namespace
}  // namespace assist::bench

int main(int argc, char** argv) {
  if (argc != 5) assist::bench::Die("usage: bench_latency ADMIN_JSON INSTANCE STAMP RUNS");
  const assist::bench::Setup setup = assist::bench::ReadSetup(argv);
  boost::asio::io_context io(1);
  assist::SystemClock clock;
  assist::SystemRandom random;
  boost::asio::co_spawn(io, assist::bench::Measure(setup, clock, random), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  return 0;
}
