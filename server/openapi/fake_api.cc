#include "server/openapi/fake_api.h"

#include <stdlib.h>

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <charconv>
#include <cstdlib>

#include "common/base/check.h"
#include "server/artifacts/artifacts.h"
#include "server/control/access_keys.h"
#include "server/control/activations.h"
#include "server/control/fetch_tasks.h"
#include "server/control/plugin_status.h"
#include "server/control/record_report.h"
#include "server/control/register_machine.h"
#include "server/control/stock_upgrades.h"
#include "server/openapi/answer_shape.h"
#include "server/openapi/operation_errors.h"
#include "server/store/package_tables.h"
#include "server/store/sqlite/sqlite_store.h"

namespace assist::server::openapi {

struct FakeApi::Store {
  Store(BlockingPool& threads, const Clock& clock) : pool(threads) {
    std::string name = (std::filesystem::temp_directory_path() / "assist-openapi-XXXXXX").string();
    ASSIST_CHECK(::mkdtemp(name.data()) != nullptr);
    folder = name;
    artifacts::ArtifactFolder::Options options;
    options.folder = (folder / "artifacts").string();
    auto archives = artifacts::ArtifactFolder::Open(options);
    ASSIST_CHECK(archives.has_value());
    artifacts =
        std::make_unique<artifacts::Artifacts>(std::move(*archives), pool, clock, artifacts::Artifacts::Limits{});
    Open();
  }
  ~Store() {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  void Open() {
    store::sqlite::SqliteStore::Options options;
    options.path = (folder / "store.db").string();
    store.reset();
    auto opened = store::sqlite::SqliteStore::Open(options, pool, pool);
    ASSIST_CHECK(opened.has_value());
    store = std::move(*opened);
  }
  BlockingPool& pool;
  std::filesystem::path folder;
  std::unique_ptr<store::sqlite::SqliteStore> store;
  std::unique_ptr<artifacts::Artifacts> artifacts;
};

FakeApi::FakeApi(Setup setup)
    : log_(setup.log == nullptr ? Log() : Log(*setup.log, LogLevel::kDebug)),
      options_(std::move(setup.options)),
      store_(std::make_unique<Store>(pool_, clock_)) {
  settings_.limits = setup.limits;
  settings_.zones = &zones_;
  Restart();
  access_key_ = Change(control::CreateAccessKey, control::CreateAccessKeyIn{"test", "admin"});
  client_ = std::make_unique<FakeClient>(clock_, access_key_.id, access_key_.secret.Reveal());
}

FakeApi::~FakeApi() = default;

std::string FakeApi::store_file() const { return (store_->folder / "store.db").string(); }

void FakeApi::Restart() {
  open_api_.reset();
  runner_.reset();
  store_->Open();
  const control::Runner::Parts parts{*store_->store, clock_, random_, settings_, presence_, waker_, notes_};
  runner_ = std::make_unique<control::Runner>(parts);
  open_api_ =
      std::make_unique<OpenApi>(options_, OpenApi::Parts{*runner_, clock_, pool_, random_, *store_->artifacts, log_});
}

template <class T>
T FakeApi::Await(asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr failure;
  asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, T value) {
    failure = error;
    result.emplace(std::move(value));
  });
  io_.restart();
  io_.run();
  if (failure) std::rethrow_exception(failure);
  ASSIST_CHECK(result.has_value());
  return std::move(*result);
}

template <class Out, class In>
Out FakeApi::Change(control::Runner::ChangeCase<Out, In> use_case, In in) {
  auto out = Await(runner_->Change(use_case, std::move(in)));
  ASSIST_CHECK(out.has_value());
  return std::move(*out);
}

FakeApi::Reply FakeApi::Call(std::string_view action, encoding::FormFields fields) {
  if (std::none_of(fields.begin(), fields.end(), [](const auto& field) { return field.first == "RegionId"; })) {
    fields.emplace_back("RegionId", "cn-hangzhou");
  }
  fields.emplace_back("Action", action);
  return Send(client_->Version1("POST", std::move(fields)));
}

FakeApi::Reply FakeApi::CallAcs3(std::string_view action, encoding::FormFields fields) {
  return Send(client_->Acs3(action, fields));
}

FakeApi::Reply FakeApi::Send(HttpRequest request) {
  const std::string action = ReadWireCall(request).action;
  HttpResponse response = Await(open_api_->Handle(request, "192.0.2.9"));
  Reply reply;
  reply.status = response.status;
  reply.type = response.headers.Get("Content-Type");
  reply.request_id = response.headers.Get("x-acs-request-id");
  reply.text = std::move(response.body);
  if (reply.type.starts_with("application/json")) {
    auto body = json::ParseObject(reply.text);
    ASSIST_CHECK(body.has_value());
    reply.body = std::move(*body);
    ExpectDeclared(action, reply);
  }
  return reply;
}

void FakeApi::ExpectDeclared(std::string_view action, const Reply& reply) const {
  for (const Operation& operation : open_api_->operations()) {
    if (operation.name != action) continue;
    if (reply.status == 200) {
      EXPECT_EQ(FindMisfit(ParseAnswerShape(operation.answer), reply.body), "") << action << reply.text;
    } else {
      EXPECT_TRUE(MayAnswer(operation, reply.code())) << action << " does not declare " << reply.code();
    }
  }
}

InstanceId FakeApi::Register(const std::string& name, const model::Tags& tags, model::OsType os) {
  if (activation_.empty()) {
    control::CreateActivationIn in;
    in.instance_count = static_cast<std::int32_t>(settings_.limits.activation_instances);
    auto out = Change(control::CreateActivation, std::move(in));
    activation_ = out.id;
    activation_code_ = out.code.Reveal();
  }
  control::RegisterMachineIn in;
  in.activation = activation_;
  in.code = Secret<std::string>(activation_code_);
  in.machine_id = "machine-" + name;
  in.region = "cn-hangzhou";
  in.instance_name = name;
  in.hostname = name;
  in.intranet_ip = "10.1.1.1";
  in.internet_ip = "127.0.0.1";
  in.os_type = os;
  in.os_version = "Test 1";
  in.agent_version = "1.0";
  in.public_key = "key of " + name;
  in.key_type = model::KeyType::kEd25519;
  in.assist_protocol = 1;
  in.tags = tags;
  return Change(control::RegisterMachine, std::move(in)).instance;
}

void FakeApi::PublishRelease(const std::string& name, const std::string& version) {
  store::PackageRow row;
  row.id = "pkg-" + name + version;
  row.kind = package::Kind::kAgent;
  row.name = name;
  row.version = version;
  row.os = "linux";
  row.arch = "amd64";
  row.sequence = 1;
  row.sha256 = std::string(64, 'a');
  struct Done {};
  using Insert = Result<Done> (*)(store::Tx&, control::Context&, const store::PackageRow&);
  const Insert insert = [](store::Tx& tx, control::Context&, const store::PackageRow& in) -> Result<Done> {
    store::PackageRow copy = in;
    tx.package_tables().InsertPackage(copy, "{}");
    return Done{};
  };
  Change(insert, std::move(row));
}

void FakeApi::StartTasks(const InstanceId& machine) {
  control::FetchTasksIn fetch;
  fetch.machine = machine;
  for (const auto& entry : Change(control::FetchTasks, std::move(fetch)).run) {
    control::RecordReportIn report;
    report.machine = machine;
    report.task = entry.invocation;
    report.report.kind = model::ReportKind::kRunning;
    report.report.start = clock_.Now();
    Change(control::RecordReport, std::move(report));
  }
}

void FakeApi::RunTasks(const InstanceId& machine, std::int64_t exit_code, const std::string& output,
                       const std::string& over_budget) {
  control::FetchTasksIn fetch;
  fetch.machine = machine;
  fetch.keeps_budgets = true;
  fetch.takes_packages = true;
  fetch.takes_releases = true;
  for (const auto& entry : Change(control::FetchTasks, std::move(fetch)).run) {
    control::RecordReportIn report;
    report.machine = machine;
    report.task = entry.invocation;
    report.report.kind = model::ReportKind::kFinish;
    report.report.start = clock_.Now();
    report.report.end = clock_.Now() + std::chrono::seconds(1);
    report.report.times = {clock_.Now(), std::nullopt, clock_.Now() + std::chrono::seconds(1)};
    report.report.received = clock_.Now();
    report.report.exit_code = exit_code;
    if (!over_budget.empty()) report.report.err_code = model::kErrCodeBudget;
    report.report.err_desc = over_budget;
    report.output = Secret<std::string>(output);
    report.offset = 0;
    Change(control::RecordReport, std::move(report));
  }
}

void FakeApi::TellPlugins(const InstanceId& machine, std::vector<model::PluginReport> reports) {
  control::RecordPluginStatusIn in;
  in.machine = machine;
  in.reports = std::move(reports);
  Change(control::RecordPluginStatus, std::move(in));
}

void FakeApi::FailUpgrade(const InstanceId& machine, model::UpgradeReport report) {
  control::RecordUpgradeFailureIn in;
  in.machine = machine;
  in.report = std::move(report);
  Change(control::RecordUpgradeFailure, std::move(in));
}

void FakeApi::TakeFiles(const InstanceId& machine, const std::string& param, const std::string& value) {
  control::FetchTasksIn fetch;
  fetch.machine = machine;
  for (const auto& entry : Change(control::FetchTasks, std::move(fetch)).file) {
    control::RecordReportIn report;
    report.machine = machine;
    report.task = entry.invocation;
    report.report.kind = param.empty() ? model::ReportKind::kFinish : model::ReportKind::kInvalid;
    report.report.file = model::FileEnd{true, 0};
    report.report.param = param;
    report.report.value = value;
    Change(control::RecordReport, std::move(report));
  }
}

std::size_t FakeApi::TakeSchedules(const InstanceId& machine, std::optional<SystemTime> next_due) {
  control::FetchTasksIn fetch;
  fetch.machine = machine;
  const auto fetched = Change(control::FetchTasks, std::move(fetch));
  for (const auto& entry : fetched.run) {
    control::RecordReportIn report;
    report.machine = machine;
    report.task = entry.invocation;
    report.report.kind = model::ReportKind::kRunning;
    report.report.version = entry.version;
    report.report.next_due = next_due;
    report.report.zone = "Asia/Shanghai";
    Change(control::RecordReport, std::move(report));
  }
  for (const auto& entry : fetched.stop) {
    control::RecordReportIn report;
    report.machine = machine;
    report.task = entry.invocation;
    report.report.kind = model::ReportKind::kStopped;
    report.report.result = "killed";
    Change(control::RecordReport, std::move(report));
  }
  return fetched.run.size() + fetched.stop.size();
}

void FakeApi::RunOccurrence(const InstanceId& machine, const std::string& invoke_id, std::int64_t number,
                            SystemTime due, std::int64_t exit_code, const std::string& output,
                            std::chrono::milliseconds late) {
  control::RecordReportIn report;
  report.machine = machine;
  report.task = InvokeId(invoke_id);
  report.report.kind = model::ReportKind::kFinish;
  report.report.occurrence = model::OccurrenceRef{number, due};
  report.report.start = due + late;
  report.report.end = due + late + std::chrono::seconds(1);
  report.report.exit_code = exit_code;
  report.output = Secret<std::string>(output);
  report.offset = 0;
  Change(control::RecordReport, std::move(report));
}

void FakeApi::MissOccurrences(const InstanceId& machine, const std::string& invoke_id, std::int64_t number,
                              std::int64_t count, SystemTime due, SystemTime last_due, model::MissedReason reason) {
  control::RecordReportIn report;
  report.machine = machine;
  report.task = InvokeId(invoke_id);
  report.report.kind = model::ReportKind::kMissed;
  report.report.occurrence = model::OccurrenceRef{number, due};
  report.report.missed = model::MissedRange{count, last_due, reason};
  Change(control::RecordReport, std::move(report));
}

std::string FakeApi::UseKey(const std::string& policy) {
  access_key_ = Change(control::CreateAccessKey, control::CreateAccessKeyIn{"test", policy});
  client_ = std::make_unique<FakeClient>(clock_, access_key_.id, access_key_.secret.Reveal());
  return access_key_.id;
}

void FakeApi::DeleteAccessKey() { Change(control::DeleteAccessKey, control::AccessKeyIn{access_key_.id}); }

std::string FakeApi::Reply::code() const { return status == 200 ? "OK" : has("Code") ? text_at("Code") : text; }

std::string FakeApi::Reply::message() const { return text_at("Message"); }

bool FakeApi::Reply::has(std::string_view path) const {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos) return body.contains(path);
  return at(path.substr(0, dot)).as_object().contains(path.substr(dot + 1));
}

const json::Value& FakeApi::Reply::at(std::string_view path) const {
  const json::Value* value = nullptr;
  const json::Object* object = &body;
  while (!path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (value != nullptr && value->is_array()) {
      std::size_t index = 0;
      std::from_chars(name.data(), name.data() + name.size(), index);
      value = value->get_array().if_contains(index);
    } else {
      if (value != nullptr) object = value->if_object();
      value = object == nullptr ? nullptr : object->if_contains(name);
    }
    if (value == nullptr) std::fprintf(stderr, "no %.*s in %s\n", int(name.size()), name.data(), text.c_str());
    ASSIST_CHECK(value != nullptr);
  }
  return *value;
}

std::string FakeApi::Reply::text_at(std::string_view path) const {
  return std::string(json::View(at(path).as_string()));
}
std::int64_t FakeApi::Reply::number_at(std::string_view path) const { return at(path).as_int64(); }
std::size_t FakeApi::Reply::size_at(std::string_view path) const { return at(path).as_array().size(); }

}  // namespace assist::server::openapi
