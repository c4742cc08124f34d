// With any agent's credentials no route reads or changes what is another machine's: every route of the table, with
// every task of other machines, over the real control and store. The whole store is compared, not what a test thinks
// of.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/crypto/hash.h"
#include "common/crypto/keys.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/signing.h"
#include "server/control/bindings.h"
#include "server/control/fake_loop.h"
#include "server/control/fake_schedules.h"
#include "server/control/send_file.h"
#include "server/control/stop_invocation.h"
#include "server/gateway/gateway.h"
#include "server/gateway/routes.h"
#include "server/gateway/runner_backend.h"
#include "server/identity/fake_connection.h"

namespace assist::server::gateway {
namespace {

using control::RecordReportIn;
using model::ReportKind;

constexpr std::string_view kScript = "secret-script-of-the-victim ";  // 28 bytes; Base64 in `run` begins with it
constexpr std::string_view kOutput = "secret-output-of-the-victim";

/// A machine whose private key the test has.
struct Machine {
  InstanceId id;
  std::string machine_id;
  bool ours = false;
  PrivateKey key;
};

struct Request {
  const Route* route = nullptr;
  std::string target;
  HttpHeaders headers;
  std::string body;
};

class IsolationTest : public control::SchedulesOn<control::LoopTest> {
 protected:
  IsolationTest() : backend_(runner()) {
    Gateway::Parts parts{{io_.get_executor()}, clock_, random_, log_, [] { return "CA PEM"; }};
    gateway_ = std::make_unique<Gateway>(std::move(parts), Options{});
    gateway_->Start(backend_);
    clock_.Advance(std::chrono::hours(24 * 365 * 50));  // times in ms have their usual length
  }
  ~IsolationTest() override {
    io_.restart();
    asio::co_spawn(io_, gateway_->Stop(std::chrono::milliseconds(0)), asio::detached);
    Settle();
  }

  Machine AddKeyed(const std::string& id, bool ours) {
    PrivateKey key = ours ? PrivateKey::GenerateEd25519(random_) : PrivateKey::GenerateRsa();
    model::Machine row;
    row.id = InstanceId(id);
    row.name = id;
    row.machine_id = "machine-of-" + id;
    row.public_key = key.Public().Pem();
    row.key_type = ours ? model::KeyType::kEd25519 : model::KeyType::kRsaMd5;
    row.assist_protocol = ours ? 1 : 0;
    row.agent_version = "2.2.3.578";
    row.registered = clock_.Now();
    Edit([&](store::Tx& tx) { tx.InsertMachine(row); });
    return Machine{row.id, row.machine_id, ours, std::move(key)};
  }

  /// Tasks of a machine in every state in which a task can be there, and what came of some.
  void GiveTasks(const Machine& machine) {
    const InstanceId& id = machine.id;
    const std::string script = std::string(kScript) + id.str();
    const InvokeId delivered = Start({id}, script);
    const InvokeId running = Start({id}, script);
    const InvokeId stopping = Start({id}, script);
    const InvokeId finished = Start({id}, script);
    const InvokeId schedule = StartEvery({id});
    const InvokeId sent = Send(id);
    const InvokeId written = Send(id);
    Fetch(id);
    Report(FileReport(id, written));
    for (const InvokeId& task : {running, stopping, finished}) {
      Report(ReportOf(id, task, ReportKind::kRunning, std::string(kOutput), 0));
    }
    Report(ReportOf(id, finished, ReportKind::kFinish));
    if (machine.ours) {
      Report(AcceptOf(id, schedule));
      Report(RunOfOccurrence(id, schedule, 1, ReportKind::kRunning, std::string(kOutput)));
    } else {
      Report(ReportOf(id, schedule, ReportKind::kRunning));
    }
    EXPECT_TRUE(Change(control::StopInvocation, control::StopInvocationIn{stopping, {}}));
    const InvokeId waiting = Send(id);
    const InvokeId pending = Start({id}, script);
    for (const InvokeId& task : {delivered, running, stopping, finished, schedule, sent, written, waiting, pending}) {
      tasks_.push_back(task);
    }
  }
  /// A file with the same content as the scripts.
  InvokeId Send(const InstanceId& id) {
    control::SendFileIn in;
    in.instances = {id};
    in.file.name = "secret-name-of-the-victim";
    in.file.target_dir = "/srv";
    in.content = in.bytes = Secret<std::string>(std::string(kScript) + id.str());
    const auto out = Change(control::SendFile, in);
    EXPECT_TRUE(out);
    return out ? out->invocation : InvokeId();
  }
  static RecordReportIn FileReport(const InstanceId& id, const InvokeId& task) {
    RecordReportIn in;
    in.machine = id;
    in.task = task;
    in.report.kind = ReportKind::kFinish;
    in.report.file = model::FileEnd{true, 0};
    return in;
  }

  HttpResponse Send(const Machine& as, const Request& what, const InstanceId& name) {
    identity::FakeConnection connection(true);
    HttpRequest request;
    request.method = std::string(what.route->method);
    request.target = what.target;
    request.headers = what.headers;
    request.body = what.body;
    const std::string now = std::to_string(ToUnixMillis(clock_.Now()));
    const std::string nonce = random_.Alphanumeric(30);
    request.headers.Set(wire::header::kInstanceId, name.str());
    if (as.ours) {
      const auto material = connection.info.KeyingMaterial(wire::kExporterLabel, wire::kExporterBytes);
      const std::string exporter = encoding::HexEncode(*material);
      const std::string hash = Sha256Hex(request.body);
      wire::AssistSigningInput input;
      input.method = request.method;
      input.target = request.target;
      input.body_sha256_hex = hash;
      input.instance_id = name.str();
      input.timestamp_ms = now;
      input.nonce = nonce;
      input.exporter_hex = exporter;
      request.headers.Set(wire::header::kAssistTimestamp, now);
      request.headers.Set(wire::header::kAssistNonce, nonce);
      request.headers.Set(wire::header::kAssistSignature,
                          encoding::Base64Encode(*as.key.SignEd25519(wire::AssistSigningString(input))));
    } else {
      const std::string text = wire::StockSigningString(name.str(), as.machine_id, now, nonce);
      request.headers.Set(wire::header::kTimestamp, now);
      request.headers.Set(wire::header::kRequestId, nonce);
      request.headers.Set(wire::header::kSignature, encoding::Base64Encode(*as.key.SignRsaMd5(text)));
    }
    return Await(gateway_->Handle(connection.info, request));
  }

  /// Everything that a request of this route may say about a task.
  static std::vector<Request> RequestsAbout(const Route& route, const InvokeId& task, const Machine& victim) {
    const std::string base = std::string(route.path) + "?taskId=" + task.str() + "&channelId=" + task.str() +
                             "&instanceId=" + victim.id.str() + "&unknownField=1";
    const std::vector<std::string> queries = {
        base + "&reason=kickoff&invokeVersion=0&start=0",
        base +
            "&reason=startup&cold_start=true&currentTime=1999999999999&invokeVersion=1&start=1800000060005"
            "&end=1800000061000&exitCode=0&exitcode=0&dropped=0&errCode=-9&errDesc=x&param=cron&value=x&result=killed",
        base +
            "&reason=period&invokeVersion=0&start=1800000060005&occurrence=1&due=1800000060000&count=9&"
            "lastDue=1800000660000&nextDue=1800000060000&status=Success&errorcode=0&param=x&taskType=sendfile&"
            "exitCode=1&end=0&errCode=ExecutionInterrupted",
        base + "&reason=Overlap&invokeVersion=0&occurrence=1&due=1800000060000&count=9&lastDue=1800000660000",
    };
    const std::string object = R"({"instanceId":")" + victim.id.str() + R"(","taskID":")" + task.str() +
                               R"(","machineId":")" + victim.machine_id + R"(","plugin":[{"name":"p-)" + task.str() +
                               R"(","version":"1","status":"REMOVED"}],"type":"AgentUpdateFailure:CheckMD5Failed",)" +
                               R"("info":"","items":""})";
    std::vector<Request> out;
    for (const std::string& query : queries) {
      Request plain{&route, query, {}, "stolen"};
      plain.headers.Set("X-Client-Instance-Id", victim.id.str());
      out.push_back(plain);
      Request ours{&route, query, {}, object};
      ours.headers.Set(wire::header::kAssistOffset, "0");
      ours.headers.Set(wire::header::kAssistDelivery, query == queries[0] ? "0" : "9999");
      ours.headers.Set(wire::header::kAssistRun, "a-new-run");
      out.push_back(ours);
    }
    return out;
  }

  static bool IsAboutAFile(const Request& request) {
    return request.target.find("taskType=sendfile") != std::string::npos;
  }

  /// Every row of the store, but what is `whose` own: its delivery marks, and what it tells of its plug-ins and
  /// updates.
  std::string Dump(const std::optional<InstanceId>& whose) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open_v2((folder_ / "store.db").c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    std::string own;
    if (whose) own = Text(db, "SELECT id FROM machines WHERE instance_id='" + whose->str() + "'");
    std::string out;
    for (const std::string& table : Column(db, "SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name")) {
      std::string sql = "SELECT * FROM " + table;
      const bool by_machine = table == "machine_marks" || table == "plugins" || table == "stock_upgrades";
      if (by_machine && whose) sql += " WHERE machine<>" + own;
      out += table + "\n" + Text(db, sql);
    }
    sqlite3_close(db);
    return out;
  }

  std::vector<InvokeId> tasks_;
  Log log_;
  RunnerBackend backend_;
  std::unique_ptr<Gateway> gateway_;

 private:
  static std::vector<std::string> Column(sqlite3* db, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
    std::vector<std::string> out;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      std::string row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
        const int size = sqlite3_column_bytes(statement, i);
        if (i > 0) row += '|';
        if (bytes != nullptr) row.append(bytes, static_cast<std::size_t>(size));
      }
      out.push_back(std::move(row));
    }
    sqlite3_finalize(statement);
    return out;
  }
  static std::string Text(sqlite3* db, const std::string& sql) {
    std::string out;
    for (const std::string& row : Column(db, sql)) out += (out.empty() ? "" : "\n") + row;
    return out;
  }
};

TEST_F(IsolationTest, NoRouteReadsOrChangesWhatIsAnotherMachines) {
  std::vector<Machine> victims;
  victims.push_back(AddKeyed("mi-victim-stock", false));
  victims.push_back(AddKeyed("mi-victim-ours", true));
  std::vector<Machine> intruders;
  intruders.push_back(AddKeyed("mi-intruder-stock", false));
  intruders.push_back(AddKeyed("mi-intruder-ours", true));
  std::vector<std::pair<InvokeId, const Machine*>> targets;
  for (const Machine& victim : victims) {
    tasks_.clear();
    GiveTasks(victim);
    for (const InvokeId& task : tasks_) targets.emplace_back(task, &victim);
  }
  ASSERT_EQ(targets.size(), 18U);
  const std::string script = encoding::Base64Encode(kScript.substr(0, 27));

  int tried = 0;
  for (const Machine& intruder : intruders) {
    const std::string before = Dump(intruder.id);
    for (const Route& route : Routes()) {
      if (route.id == RouteId::kDeregister) continue;  // below: it ends the sender
      for (const auto& [task, victim] : targets) {
        for (const Request& request : RequestsAbout(route, task, *victim)) {
          const HttpResponse answer = Send(intruder, request, intruder.id);
          ++tried;
          EXPECT_EQ(answer.body.find(task.str()), std::string::npos) << request.target << "\n" << answer.body;
          EXPECT_EQ(answer.body.find(script), std::string::npos) << request.target << "\n" << answer.body;
          EXPECT_EQ(answer.body.find(kOutput), std::string::npos) << request.target << "\n" << answer.body;
          EXPECT_EQ(answer.body.find(victim->id.str()), std::string::npos) << request.target << "\n" << answer.body;
          if (route.id == RouteId::kReport) {
            EXPECT_EQ(answer.status, 410) << request.target;
          }
        }
      }
      ASSERT_EQ(Dump(intruder.id), before) << intruder.id.str() << " changed something by " << route.path;
    }
  }
  EXPECT_GT(tried, 3000);

  // In the name of the victim, with a key of its own: nothing at all.
  const std::string all = Dump(std::nullopt);
  for (const Machine& intruder : intruders) {
    for (const Route& route : Routes()) {
      if (route.access != Access::kAgent && route.access != Access::kLeavingAgent) continue;
      for (const Machine& victim : victims) {
        for (const Request& request : RequestsAbout(route, targets.front().first, victim)) {
          EXPECT_EQ(Send(intruder, request, victim.id).status, 401) << request.target;
        }
      }
    }
  }
  EXPECT_EQ(Dump(std::nullopt), all);

  // Who leaves takes nobody along.
  const Route* leave = FindRoute(wire::path::kDeregister);
  for (const Machine& intruder : intruders) {
    for (const Request& request : RequestsAbout(*leave, targets.front().first, victims.front())) {
      Send(intruder, request, intruder.id);
    }
  }
  Look([&](store::ReadTx& tx) {
    for (const Machine& victim : victims) EXPECT_FALSE(tx.FindMachine(victim.id)->deregistered);
    for (const Machine& intruder : intruders) EXPECT_TRUE(tx.FindMachine(intruder.id)->deregistered);
  });
}

TEST_F(IsolationTest, NorDoesAnAddressThatIsBoundToOne) {
  std::vector<Machine> victims;
  victims.push_back(AddKeyed("mi-victim-stock", false));
  GiveTasks(victims.front());
  control::BindAddressIn neighbour;
  neighbour.address = "192.0.2.8";
  neighbour.instance = InstanceId("i-neighbour");
  control::BindAddressIn bind;
  bind.address = "192.0.2.7";
  bind.instance = InstanceId("i-intruder");
  ASSERT_TRUE(Change(control::BindAddress, neighbour));
  ASSERT_TRUE(Change(control::BindAddress, bind));
  const Machine bound{neighbour.instance, "", false, PrivateKey::GenerateEd25519(random_)};
  const InvokeId waiting = Start({neighbour.instance}, std::string(kScript) + "x");
  tasks_.push_back(waiting);
  const std::string script = encoding::Base64Encode(kScript.substr(0, 27));

  const std::string before = Dump(bind.instance);
  const auto send = [&](const Request& what, bool secure, const std::string& named) {
    identity::FakeConnection connection(secure, "192.0.2.7");
    HttpRequest request;
    request.method = std::string(what.route->method);
    request.target = what.target;
    request.headers = what.headers;
    request.body = what.body;
    if (!named.empty()) request.headers.Set(wire::header::kInstanceId, named);
    const HttpResponse answer = secure ? Await(gateway_->Handle(connection.info, request))
                                       : Await(gateway_->HandleLegacy(connection.info, request));
    EXPECT_EQ(answer.body.find(script), std::string::npos) << what.target << "\n" << answer.body;
    EXPECT_EQ(answer.body.find(kOutput), std::string::npos) << what.target << "\n" << answer.body;
    return answer;
  };
  const std::vector<std::string> legacy = {"task/fetch_task", "task/fetch_canceled_task",
                                           "task/fetch_active_period_task", "task/update_status", "task/upload_output"};
  for (const InvokeId& task : tasks_) {
    for (const Machine* victim : std::initializer_list<const Machine*>{&victims.front(), &bound}) {
      for (const Route& route : Routes()) {
        for (const Request& request : RequestsAbout(route, task, *victim)) {
          const HttpResponse own = send(request, true, "");
          if (route.id == RouteId::kReport) {
            EXPECT_EQ(own.status, 410) << request.target;
          }
          if (route.access == Access::kAgent) {
            EXPECT_EQ(send(request, true, victim->id.str()).status, 401) << request.target;
          }
        }
      }
      for (const std::string& path : legacy) {
        const Route route{RouteId::kReport, "POST", "", Access::kAgent};
        for (const std::string& body :
             {R"({"taskStatus":"stopped","taskID":")" + task.str() + R"("})",
              R"({"taskStatus":"finished","taskID":")" + task.str() + R"(","instanceId":"i-neighbour"})"}) {
          const HttpResponse answer =
              send({&route, "/luban/api/v1/" + path + "?taskId=" + task.str(), {}, body}, false, "");
          EXPECT_EQ(answer.status, path.find("fetch") == std::string::npos ? 410 : 200) << path << " " << body;
        }
      }
    }
    ASSERT_EQ(Dump(bind.instance), before) << task.str();
  }
}

TEST_F(IsolationTest, TheOwnersRequestsAreSeenByTheSameMeans) {
  for (const bool ours : {false, true}) {
    const Machine owner = AddKeyed(ours ? "mi-ours" : "mi-stock", ours);
    tasks_.clear();
    GiveTasks(owner);
    const std::string before = Dump(owner.id);
    const Request fetch = RequestsAbout(*FindRoute(wire::path::kTaskList), tasks_.back(), owner).front();
    const HttpResponse list = Send(owner, fetch, owner.id);
    EXPECT_NE(list.body.find(tasks_.back().str()), std::string::npos) << list.body;
    EXPECT_NE(list.body.find(encoding::Base64Encode(kScript.substr(0, 27))), std::string::npos) << list.body;
    const std::string fetched = Dump(owner.id);
    EXPECT_NE(fetched, before);
    const Request report = RequestsAbout(*FindRoute("/luban/api/v1/task/running"), tasks_.back(), owner).front();
    EXPECT_EQ(Send(owner, report, owner.id).status, 200);
    EXPECT_NE(Dump(owner.id), fetched);
  }
}

TEST_F(IsolationTest, AfterTheFinalWordNoReportChangesAnything) {
  for (const bool ours : {false, true}) {
    const Machine owner = AddKeyed(ours ? "mi-ours" : "mi-stock", ours);
    for (const ReportKind last :
         {ReportKind::kFinish, ReportKind::kTimeout, ReportKind::kInvalid, ReportKind::kStopped}) {
      const InvokeId task = Start({owner.id});
      Fetch(owner.id);
      Report(ReportOf(owner.id, task, ReportKind::kRunning, "output", 0));
      Report(ReportOf(owner.id, task, last, "", 6));
      const std::string before = Dump(owner.id);
      for (const Route& route : Routes()) {
        if (route.id != RouteId::kReport) continue;
        for (const Request& request : RequestsAbout(route, task, owner)) {
          const bool malformed = route.path.ends_with("/missed") && request.target.find("Overlap") == std::string::npos;
          const bool gone = malformed || IsAboutAFile(request);
          EXPECT_EQ(Send(owner, request, owner.id).status, gone ? 410 : 200) << request.target;
        }
        ASSERT_EQ(Dump(owner.id), before) << route.path << " after " << static_cast<int>(last);
      }
    }
    const InvokeId file = Send(owner.id);
    Fetch(owner.id);
    Report(FileReport(owner.id, file));
    const std::string before = Dump(owner.id);
    for (const Route& route : Routes()) {
      if (route.id != RouteId::kReport) continue;
      for (const Request& request : RequestsAbout(route, file, owner)) {
        const bool known = IsAboutAFile(request) && !route.path.ends_with("/missed");
        EXPECT_EQ(Send(owner, request, owner.id).status, known ? 200 : 410) << request.target;
      }
      ASSERT_EQ(Dump(owner.id), before) << route.path << " after a file";
    }
  }
}

}  // namespace
}  // namespace assist::server::gateway
