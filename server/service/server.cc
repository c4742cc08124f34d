#include "server/service/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <thread>

#include "common/log/log_sinks.h"
#include "common/net/http_server.h"
#include "common/runtime/shard.h"
#include "common/runtime/signal_wait.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/service_framework/service_notifier.h"
#include "server/artifacts/artifacts.h"
#include "server/artifacts/stock_archives.h"
#include "server/control/stock_catalogue.h"
#include "server/download/downloads.h"
#include "server/gateway/gateway.h"
#include "server/gateway/runner_backend.h"
#include "server/openapi/open_api.h"
#include "server/scheduler/scheduler.h"
#include "server/service/admin_socket.h"
#include "server/service/artifact_keeper.h"
#include "server/service/certificate_keeper.h"
#include "server/service/core.h"
#include "server/service/data_folder.h"
#include "server/service/first_start.h"
#include "server/service/metrics_page.h"
#include "server/service/router.h"
#include "server/service/run_on.h"

namespace assist::server::service {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(5);

asio::awaitable<std::string> CollectMetrics(std::vector<HttpServer*> servers, ShardSet& shards,
                                            gateway::Gateway& gateway, openapi::OpenApi& api) {
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  std::vector<HttpServer::Stats> stats;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    auto there = asio::bind_executor(shards[i % shards.size()].executor(), asio::use_awaitable);
    co_await asio::post(there);
    stats.push_back(servers[i]->stats());
  }
  auto back = asio::bind_executor(home, asio::use_awaitable);
  co_await asio::post(back);
  co_return MetricsPage(stats, gateway.stats(), api.stats());
}

/// A connection is a descriptor: as many as the system allows.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/// Which archives are for stock agents, as the store knows them.
class StoredStockArchives final : public artifacts::StockArchiveList {
 public:
  explicit StoredStockArchives(control::Runner& runner) : runner_(runner) {}
  asio::awaitable<Result<bool>> IsForStockAgents(std::string sha256) override {
    control::FindStockArchiveIn in;
    in.sha256 = std::move(sha256);
    auto out = co_await runner_.Read(control::FindStockArchive, std::move(in));
    if (!out) co_return Forward(out);
    co_return out->found;
  }

 private:
  control::Runner& runner_;
};

/// The parts that make up a serving process, in the order in which they are built.
class Server {
 public:
  Server(const ServerSettings& settings, Log& log) : settings_(settings), log_(log), shards_(ShardCount(settings)) {}
  ~Server() { shards_.Stop(); }

  Status Build();
  void Serve();

 private:
  static std::size_t ShardCount(const ServerSettings& settings) {
    if (settings.shards > 0) return static_cast<std::size_t>(settings.shards);
    return std::max(1u, std::thread::hardware_concurrency());
  }
  Status BuildTls();
  Status BuildListeners();
  Status OpenListeners(const HostPort& address, TlsServerContext* tls, Router& router);
  void Stop();

  const ServerSettings& settings_;
  Log& log_;
  std::optional<DataFolder> folder_;
  SystemClock clock_;
  SystemRandom random_;
  CertificateAndKey ca_;
  std::unique_ptr<TlsServerContext> tls_;  // null: plain HTTP
  ShardSet shards_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<StoredStockArchives> stock_list_;
  std::unique_ptr<artifacts::StockArchives> stock_archives_;
  std::unique_ptr<download::Downloads> downloads_;  // outlives its pool
  std::unique_ptr<ThreadBlockingPool> download_pool_;
  std::unique_ptr<artifacts::Artifacts> artifacts_;  // outlives its pool
  std::unique_ptr<ThreadBlockingPool> artifact_pool_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<gateway::RunnerBackend> backend_;
  std::unique_ptr<openapi::OpenApi> openapi_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  std::unique_ptr<CertificateKeeper> keeper_;
  std::unique_ptr<ArtifactKeeper> artifact_keeper_;
  std::unique_ptr<Scope> background_;
  std::unique_ptr<AdminSocket> admin_;
  LargeBodyBudget large_bodies_{64};
  std::unique_ptr<Router> router_;
  std::unique_ptr<Router> plain_router_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
};

Status Server::BuildTls() {
  const SystemTime now = clock_.Now();
  Result<CertificateAndKey> ca = folder_->LoadOrMakeCa(now);
  if (!ca) return Forward(ca);
  ca_ = std::move(*ca);
  if (settings_.insecure_http) return {};
  Result<CertificateAndKey> leaf = folder_->LoadOrMakeLeaf(ca_, CertificateNames(settings_.advertise), now);
  if (!leaf) return Forward(leaf);
  Result<std::unique_ptr<TlsServerContext>> tls =
      TlsServerContext::Make(leaf->certificate_pem + ca_.certificate_pem, leaf->key_pem);
  if (!tls) return Forward(tls);
  tls_ = std::move(*tls);
  return {};
}

Status Server::OpenListeners(const HostPort& address, TlsServerContext* tls, Router& router) {
  Result<std::vector<TcpListener>> listeners = TcpListener::OpenForEach(shards_.executors(), address);
  if (!listeners) return Forward(listeners);
  HttpServer::Options options;
  options.max_connections =
      std::max<std::size_t>(16, static_cast<std::size_t>(settings_.max_connections) / shards_.size());
  options.large_bodies = &large_bodies_;
  options.websocket.deliver_pings = true;  // heart-beats of our agents
  options.websocket.deliver_pongs = true;  // signs of life of stock ones
  for (TcpListener& listener : *listeners) {
    servers_.push_back(std::make_unique<HttpServer>(std::move(listener), tls, router, clock_, random_, log_, options));
  }
  return {};
}

Status Server::BuildListeners() {
  const auto metrics = [this] {
    std::vector<HttpServer*> servers;
    for (const auto& server : servers_) servers.push_back(server.get());
    return CollectMetrics(std::move(servers), shards_, *gateway_, *openapi_);
  };
  router_ = std::make_unique<Router>(Router::Serves{}, *openapi_, *gateway_, *downloads_, *stock_archives_, metrics,
                                     settings_.metrics_token);
  if (Status opened = OpenListeners(settings_.listen, tls_.get(), *router_); !opened) return opened;
  if (settings_.plain) {
    const auto served = [this](std::string_view what) {
      return std::find(settings_.plain_serve.begin(), settings_.plain_serve.end(), what) != settings_.plain_serve.end();
    };
    const Router::Serves serves{.openapi = served(kServeOpenApi),
                                .agents = false,
                                .metrics = false,
                                .downloads = served(kServeDownloads),
                                .stock_archives = served(kServeStockArchives),
                                .legacy_agents = served(kServeLegacyAgents)};
    plain_router_ = std::make_unique<Router>(serves, *openapi_, *gateway_, *downloads_, *stock_archives_, metrics,
                                             settings_.metrics_token);
    if (Status opened = OpenListeners(*settings_.plain, nullptr, *plain_router_); !opened) return opened;
  }
  return {};
}

Status Server::Build() {
  RaiseDescriptorLimit();
  Result<DataFolder> folder = DataFolder::Open(settings_.data);
  if (!folder) return Forward(folder);
  folder_.emplace(std::move(*folder));
  if (Status tls = BuildTls(); !tls) return tls;

  gateway::Gateway::Parts parts{shards_.executors(), clock_, random_, log_, [this] { return ca_.certificate_pem; }};
  gateway::Options options;
  options.region = settings_.region;
  options.endpoint = Endpoint(settings_.advertise, settings_.listen, tls_ != nullptr);
  options.stock_url = settings_.stock_url;
  gateway_ = std::make_unique<gateway::Gateway>(std::move(parts), std::move(options));
  Result<std::unique_ptr<Core>> core =
      Core::Open(settings_, folder_->File("store.db"), clock_, random_, gateway_->presence(), *gateway_, log_);
  if (!core) return Forward(core);
  core_ = std::move(*core);
  artifacts::ArtifactFolder::Options archives;
  archives.folder = folder_->File("artifacts");
  archives.most_bytes = settings_.artifact_bytes;
  Result<std::unique_ptr<artifacts::ArtifactFolder>> artifact_folder =
      artifacts::ArtifactFolder::Open(std::move(archives));
  if (!artifact_folder) return Forward(artifact_folder);
  artifact_pool_ = std::make_unique<ThreadBlockingPool>(2, "artifacts");
  artifacts_ = std::make_unique<artifacts::Artifacts>(std::move(*artifact_folder), *artifact_pool_, clock_,
                                                      artifacts::Artifacts::Limits{});
  shards_.Start();
  backend_ = std::make_unique<gateway::RunnerBackend>(core_->runner(), artifacts_.get());
  gateway_->Start(*backend_);

  const std::string endpoint = Endpoint(settings_.advertise, settings_.listen, tls_ != nullptr);
  PublicFacts facts{endpoint, "", ""};
  if (tls_) {
    Result<CertificateInfo> info = ReadCertificate(ca_.certificate_pem);
    if (!info) return Forward(info);
    facts.ca_file = folder_->File("ca.pem");
    facts.ca_fingerprint = info->fingerprint;
  }
  download_pool_ = std::make_unique<ThreadBlockingPool>(1, "downloads");
  download::Downloads::Options packages;
  packages.folder = settings_.packages;
  packages.ca_fingerprint = facts.ca_fingerprint;
  downloads_ = std::make_unique<download::Downloads>(std::move(packages), *download_pool_, clock_, log_);
  stock_list_ = std::make_unique<StoredStockArchives>(core_->runner());
  stock_archives_ = std::make_unique<artifacts::StockArchives>(*stock_list_, *artifacts_);
  asio::any_io_executor home = shards_[0].executor();
  if (Status admin = RunOn(home, PrepareAdmin(*folder_, core_->runner(), facts)); !admin) return admin;

  openapi::Options api;
  api.regions = settings_.regions;
  api.endpoint = endpoint.substr(endpoint.find("://") + 3);
  api.time_window = settings_.time_window;
  openapi_ = std::make_unique<openapi::OpenApi>(
      api, openapi::OpenApi::Parts{core_->runner(), clock_, core_->pool(), random_, *artifacts_, log_});
  scheduler_ = std::make_unique<scheduler::Scheduler>(scheduler::Scheduler::Options{}, home, clock_, core_->runner(),
                                                      gateway_->presence(), log_);
  background_ = std::make_unique<Scope>(home, [this](std::string_view name, std::string_view what) {
    log_.Error("server.escaped", {{"coroutine", name}, {"what", what}});
  });
  if (tls_) {
    keeper_ =
        std::make_unique<CertificateKeeper>(*folder_, ca_, settings_.advertise, *tls_, core_->pool(), clock_, log_);
  }
  artifact_keeper_ = std::make_unique<ArtifactKeeper>(*artifacts_, core_->runner(), clock_, log_);
  Result<std::unique_ptr<AdminSocket>> admin =
      AdminSocket::Open(home, folder_->File("admin.sock"), core_->runner(), clock_, log_);
  if (!admin) return Forward(admin);
  admin_ = std::move(*admin);
  if (Status listeners = BuildListeners(); !listeners) return listeners;
  log_.Info(
      "server.started",
      {{"endpoint", endpoint}, {"data", settings_.data}, {"shards", shards_.size()}, {"ca", facts.ca_fingerprint}});
  return {};
}

void Server::Serve() {
  asio::any_io_executor home = shards_[0].executor();
  asio::post(home, [this] {
    scheduler_->Start();
    admin_->Start();
    if (keeper_) background_->Spawn("certificate_keeper", keeper_->Run());
    background_->Spawn("artifact_keeper", artifact_keeper_->Run());
  });
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    asio::post(shards_[i % shards_.size()].executor(), [server = servers_[i].get()] { server->Start(); });
  }
  const ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
  asio::post(home, [this, &notifier] { background_->Spawn("watchdog", notifier.KeepTelling(clock_)); });
  notifier.Ready();
  const int signal = RunOn(home, WaitForStopSignal());
  notifier.Stopping();
  log_.Info("server.stopping", {{"signal", signal}});
  Stop();
}

void Server::Stop() {
  asio::any_io_executor home = shards_[0].executor();
  RunOn(home, admin_->Stop());
  RunOn(home, background_->Close());
  RunOn(home, scheduler_->Stop());
  RunOn(home, gateway_->Stop(std::chrono::milliseconds(500)));
  const SteadyTime deadline = clock_.Steady() + kStopPatience;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    RunOn(shards_[i % shards_.size()].executor(), servers_[i]->Stop(deadline));
  }
  shards_.Stop();
  if (Status closed = core_->Close(); !closed) log_.Warn("store.not_closed", {{"why", closed.error().detail}});
  log_.Info("server.stopped");
}

}  // namespace

Status RunServer(const ServerSettings& settings) {
  std::unique_ptr<LogSink> sink = MakeStderrLogSink();
  if (!settings.log_file.empty()) {
    LogFileOptions file;
    file.path = settings.log_file;
    Result<std::unique_ptr<LogSink>> opened = MakeFileLogSink(file);
    if (!opened) return Forward(opened);
    sink = std::move(*opened);
  }
  Log log(*sink, settings.log_level);
  Server server(settings, log);
  if (Status built = server.Build(); !built) return built;
  server.Serve();
  return {};
}

}  // namespace assist::server::service
