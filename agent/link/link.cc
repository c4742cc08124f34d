#include "agent/link/link.h"

#include <utility>

#include "agent/link/link_impl.h"
#include "protocol/wire/heartbeat.h"

namespace assist::agent::link {
namespace {
/// How long the server is waited for at the end.
constexpr std::chrono::seconds kGoodbye{1};
}  // namespace

std::string_view Name(LinkStatus::State state) noexcept {
  switch (state) {
    case LinkStatus::State::kConnecting:
      return "connecting";
    case LinkStatus::State::kOnline:
      return "online";
    case LinkStatus::State::kDeaf:
      return "deaf";
    case LinkStatus::State::kRefused:
      return "refused";
  }
  return "connecting";
}

Link::Impl::Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, Connector& connector,
                 WorkSink& work, FactSource& facts, Log& log)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      connector_(connector),
      work_(work),
      facts_(facts),
      log_(log),
      started_(clock.Steady()),
      backoff_(options_.backoff),
      beat_interval_(wire::kHeartbeatDefault),
      unlinked_(executor),
      reachable_(executor),
      changed_(executor),
      tried_(executor),
      first_beats_(executor),
      fetch_wanted_(executor),
      scope_(executor,
             [this](std::string_view name, std::string_view what) {
               log_.Error("transport.escaped", {{"where", name}, {"what", what}});
             }),
      pool_(options_.pool, connector_, clock_, scope_) {
  status_.since = clock_.Now();
}

void Link::Impl::Start() {
  scope_.Spawn("link", KeepLinked());
  scope_.Spawn("fetch", KeepFetching());
  if (!options_.ours) scope_.Spawn("heart-beat", KeepBeating());
}

asio::awaitable<void> Link::Impl::Stop() {
  stopping_ = true;
  reachable_.Set();  // reports that wait for the link end with kLater
  if (channel_ != nullptr && channel_->open()) {
    scope_.Spawn("goodbye", SayGoodbye());
    co_await unlinked_.WaitUntil(clock_, clock_.Steady() + kGoodbye);
  }
  co_await scope_.Close();
  pool_.CloseIdle();
}

asio::awaitable<void> Link::Impl::SayGoodbye() {
  // The server's answer, or the end of the connection, ends Listen().
  if (channel_ == nullptr) co_return;
  auto sent = co_await channel_->Close("the agent stops");
  if (!sent) log_.Debug("link.goodbye_unsent", {{"why", sent.error().detail}});
}

LinkStatus Link::Impl::status() const {
  LinkStatus status = status_;
  status.server_ahead = connector_.server_ahead();
  return status;
}

asio::awaitable<void> Link::Impl::StatusChange() { co_await changed_.Wait(); }

void Link::Impl::SetState(LinkStatus::State state, std::string detail) {
  if (stopping_) return;  // no news
  if (status_.state != state || status_.detail != detail) changed_.Pulse();
  if (status_.state != state) status_.since = clock_.Now();
  if (state == LinkStatus::State::kOnline) {
    if (status_.state != state) log_.Info("link.online", {{"server", options_.server}});
  } else if (status_.state != state || status_.detail != detail) {
    // Each new reason once: the first failure of a start is news too.
    log_.Warn("link.down", {{"server", options_.server}, {"state", Name(state)}, {"why", detail}});
  }
  status_.state = state;
  status_.detail = std::move(detail);
}

Link::Link(Options options, asio::any_io_executor executor, Clock& clock, Random& random, Connector& connector,
           WorkSink& work, FactSource& facts, Log& log)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(executor), clock, random, connector, work, facts,
                                   log)) {}
Link::~Link() = default;

void Link::Start() { impl_->Start(); }
asio::awaitable<void> Link::Stop() { return impl_->Stop(); }
asio::awaitable<task_engine::ReportOutcome> Link::Send(wire::Report report) { return impl_->Send(std::move(report)); }
void Link::FetchSoon() { impl_->WantFetch(""); }
LinkStatus Link::status() const { return impl_->status(); }
asio::awaitable<void> Link::StatusChange() { return impl_->StatusChange(); }

}  // namespace assist::agent::link
