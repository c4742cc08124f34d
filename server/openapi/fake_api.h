// A whole API for tests: OpenApi over a store in memory, one machine fleet, a clock that stands still, signed calls.
// Every answer is held to what its operation declares.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/manual_clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "common/schedule/fake_zones.h"
#include "server/control/runner.h"
#include "server/model/plugin.h"
#include "server/model/report.h"
#include "server/model/stock_upgrade.h"
#include "server/openapi/fake_client.h"
#include "server/openapi/open_api.h"

namespace assist::server::openapi {

class FakeApi {
 public:
  struct Setup {
    model::Limits limits = model::Limits::Compat();
    Options options;
    LogSink* log = nullptr;  ///< Gets every line of the API; outlives the FakeApi.
  };
  FakeApi() : FakeApi(Setup()) {}
  explicit FakeApi(Setup setup);
  ~FakeApi();

  struct Reply {
    int status = 0;
    std::string type;        ///< Content-Type
    std::string request_id;  ///< The header.
    std::string text;
    json::Object body;  ///< Of a JSON answer.

    /// The error's Code, or "OK".
    [[nodiscard]] std::string code() const;
    [[nodiscard]] std::string message() const;
    /// `Commands.Command.0.Name`; ends the test's process when there is no such place.
    [[nodiscard]] const json::Value& at(std::string_view path) const;
    [[nodiscard]] std::string text_at(std::string_view path) const;
    [[nodiscard]] std::int64_t number_at(std::string_view path) const;
    [[nodiscard]] std::size_t size_at(std::string_view path) const;
    [[nodiscard]] bool has(std::string_view path) const;
  };

  /// Signed with version 1.0, POST; RegionId=cn-hangzhou is added unless `fields` has one.
  Reply Call(std::string_view action, encoding::FormFields fields = {});
  /// Signed with ACS3, all in the query.
  Reply CallAcs3(std::string_view action, encoding::FormFields fields = {});
  Reply Send(HttpRequest request);

  /// A machine of our agent with this name and these tags.
  InstanceId Register(const std::string& name, const model::Tags& tags = {}, model::OsType os = model::OsType::kLinux);
  /// A release of the agent for Linux, as if it had been published.
  void PublishRelease(const std::string& name, const std::string& version);
  /// The machine fetches; each task it gets is reported with this end and output; `over_budget`: as over it.
  void RunTasks(const InstanceId& machine, std::int64_t exit_code, const std::string& output,
                const std::string& over_budget = "");
  /// The machine fetches; each file it gets is reported as written, or as refused for `param`.
  void TakeFiles(const InstanceId& machine, const std::string& param = "", const std::string& value = "");
  /// The machine fetches, and keeps the schedules it gets; the number of entries. `next_due` is what it tells of each.
  std::size_t TakeSchedules(const InstanceId& machine, std::optional<SystemTime> next_due = std::nullopt);
  /// A run of a schedule that has ended: it began `late` after it was due and took a second.
  void RunOccurrence(const InstanceId& machine, const std::string& invoke_id, std::int64_t number, SystemTime due,
                     std::int64_t exit_code = 0, const std::string& output = "",
                     std::chrono::milliseconds late = std::chrono::milliseconds(3));
  /// Occurrences [number, number + count) did not run.
  void MissOccurrences(const InstanceId& machine, const std::string& invoke_id, std::int64_t number, std::int64_t count,
                       SystemTime due, SystemTime last_due, model::MissedReason reason);
  /// The machine fetches, and says that each task runs.
  void StartTasks(const InstanceId& machine);
  /// Forgets what is in memory, keeps what is in the store: as a restart of the server does.
  void Restart();
  /// The machine's agent tells of its plug-ins.
  void TellPlugins(const InstanceId& machine, std::vector<model::PluginReport> reports);
  /// The machine's agent tells that it could not update itself.
  void FailUpgrade(const InstanceId& machine, model::UpgradeReport report);
  void SetOnline(const InstanceId& machine) { presence_.online.insert(machine.str()); }

  [[nodiscard]] FakeClient& client() noexcept { return *client_; }
  [[nodiscard]] ManualClock& clock() noexcept { return clock_; }
  [[nodiscard]] OpenApi& open_api() noexcept { return *open_api_; }
  [[nodiscard]] const std::vector<InstanceId>& wakes() const noexcept { return waker_.wakes; }
  [[nodiscard]] const std::string& access_key_id() const noexcept { return access_key_.id; }
  void DeleteAccessKey();
  /// The file of the store, for a reader beside it.
  [[nodiscard]] std::string store_file() const;
  /// From now on calls are signed with a new key that has this policy; its id.
  std::string UseKey(const std::string& policy);

 private:
  struct Waker final : control::AgentWaker {
    void Wake(std::span<const InstanceId> agents) override { wakes.insert(wakes.end(), agents.begin(), agents.end()); }
    std::vector<InstanceId> wakes;
  };
  struct WhoIsThere final : control::Presence {
    [[nodiscard]] State Of(const InstanceId& instance) const override {
      State state;
      state.connected = online.contains(instance.str());
      return state;
    }
    std::set<std::string> online;
  };
  struct NoNotes final : control::OperatorNotes {
    void Note(const control::OperatorNote&) override {}
  };
  /// Runs the work at once, in the caller.
  struct InlinePool final : BlockingPool {
    void Submit(UniqueFunction<void()> work) override { work(); }
  };
  struct Store;

  /// The answer has the declared shape, the refusal is a declared one.
  void ExpectDeclared(std::string_view action, const Reply& reply) const;
  /// Runs the executor until `work` is done.
  template <class T>
  T Await(asio::awaitable<T> work);
  template <class Out, class In>
  Out Change(control::Runner::ChangeCase<Out, In> use_case, In in);

  asio::io_context io_;
  ManualClock clock_;
  SeededRandom random_{1};
  Log log_;
  Waker waker_;
  WhoIsThere presence_;
  NoNotes notes_;
  FakeZones zones_;
  InlinePool pool_;
  control::Settings settings_;
  Options options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<control::Runner> runner_;
  std::unique_ptr<OpenApi> open_api_;
  model::AccessKey access_key_;
  std::unique_ptr<FakeClient> client_;
  ActivationId activation_;
  std::string activation_code_;
};

}  // namespace assist::server::openapi
