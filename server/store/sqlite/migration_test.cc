// A file of an older version is opened with all that is in it; lists of a million schedules use their indexes.
#include <sqlite3.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "server/store/package_tables.h"
#include "server/store/sqlite/counts_check.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/store.h"

namespace assist::server::store::sqlite {
namespace {

namespace fs = std::filesystem;

class MigrationTest : public testing::Test {
 protected:
  MigrationTest() {
    folder_ =
        fs::path(testing::TempDir()) / ("migration_" + std::to_string(getpid()) + "_" +
                                        std::to_string(testing::UnitTest::GetInstance()->current_test_info()->line()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    options_.path = (folder_ / "store.db").string();
  }
  ~MigrationTest() override { fs::remove_all(folder_); }

  fs::path folder_;
  Database::Options options_;
};

/// Rows as version 1 wrote them: a command, a script, an invocation with a running and a finished task and output, and
/// one of a mode that repeats (version 1 stored these, though it ran none).
constexpr const char* kRowsOfVersion1 = R"sql(
INSERT INTO contents VALUES(1,x'aa',3,'echo 123');
INSERT INTO commands VALUES(1,'c-1','name','text',1,1,0,'',60,'','',1,1000000);
INSERT INTO tags VALUES(2,1,0,'k','v');
INSERT INTO machines VALUES(1,'mi-1','one','h','m','r','','',1,'','2.2.3.578','pem',1,0,'A',1000000,NULL);
INSERT INTO machines VALUES(2,'mi-2','two','h','m','r','','',1,'','1.0.0','pem',2,1,'A',1000000,NULL);
INSERT INTO machine_marks VALUES(1,NULL,0,0,1,NULL),(2,NULL,7,0,0,NULL);
INSERT INTO invocations VALUES(1,'t-1',1,'c-1','name','text',1,1,1,0,0,'{}',60,'/w','u','','','','',0,1,'',0,'r',0,86400,2,
  2000000);
INSERT INTO progress VALUES(1,0,NULL,NULL,3,1, 0,0,1,0,1,0,0,0,0,0,0,0);
INSERT INTO tasks VALUES((1<<24)+1,1,0,5,1,2,0,9,1,0,NULL,0,3000000,4000000,NULL,NULL,4000000,3,3,0);
INSERT INTO tasks VALUES((1<<24)+0,2,0,3,0,2,7,0,1,0,NULL,NULL,3000000,NULL,NULL,90000000,3000000,0,0,0);
INSERT INTO output VALUES(1,(1<<24)+1,0,'123');
INSERT INTO invocations VALUES(2,'t-2',1,'c-1','name','text',1,1,1,0,0,'{}',60,'','','','','','',0,4,'',0,'r',0,-1,1,
  5000000);
INSERT INTO progress VALUES(2,0,NULL,NULL,1,1, 1,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO tasks VALUES((2<<24)+0,2,0,1,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,5000000,0,0,0);
UPDATE totals SET rows=2;
INSERT INTO access_keys VALUES('LTAIold','secret','admin',1,1000000);
)sql";

TEST_F(MigrationTest, AFileOfVersion1KeepsAllThatIsInIt) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 1));
    db.Script(kRowsOfVersion1);
  }
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  {
    Query version(db, "PRAGMA user_version");
    ASSERT_TRUE(version.Step());
    EXPECT_EQ(version.Int(0), kSchemaVersion);
  }
  SqliteTx tx(db);
  const auto first = tx.FindInvocation(InvokeId("t-1"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->working_dir, "/w");
  EXPECT_EQ(first->tags, (model::Tags{{"k", "v"}}));
  EXPECT_EQ(first->schedule, model::ScheduleTerms{});
  EXPECT_FALSE(first->is_schedule());
  EXPECT_FALSE(first->spreading);
  EXPECT_EQ(first->counts.of(model::TaskState::kRunning), 1);
  EXPECT_EQ(first->counts.of(model::TaskState::kSuccess), 1);
  EXPECT_EQ(tx.LoadContent(first->content), "echo 123");
  const auto done = tx.FindTask(first->key, tx.FindMachine(InstanceId("mi-1"))->key);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->progress.state, model::TaskState::kSuccess);
  EXPECT_EQ(done->progress.exit_code, 0);
  EXPECT_FALSE(tx.LoadMarks(done->key));
  std::int64_t at = 0;
  EXPECT_EQ(tx.ReadOutput(done->key, 0, 99, &at), "123");
  const auto running = tx.FindTask(first->key, tx.FindMachine(InstanceId("mi-2"))->key);
  ASSERT_TRUE(running);
  EXPECT_EQ(running->progress.delivery_number, 7);
  EXPECT_EQ(tx.FindMachine(InstanceId("mi-2"))->last_delivery, 7);
  EXPECT_EQ(tx.CountInvocations(), 2);
  EXPECT_TRUE(tx.FindCommand(CommandId("c-1")));
  EXPECT_FALSE(first->is_file());
  EXPECT_EQ(tx.FindAccessKey("LTAIold")->policy, "admin");  // it could do all, and still can
  EXPECT_EQ(tx.CountFiles(), 0);
  EXPECT_EQ(tx.ListInvocations({}, {}).items.size(), 2U);

  const auto standing = tx.FindTask(tx.FindInvocation(InvokeId("t-2"))->key, running->machine);
  ASSERT_TRUE(standing);
  EXPECT_EQ(tx.LoadMarks(standing->key), model::ScheduleMarks{});
  ScheduleFilter live;
  live.live = true;
  EXPECT_EQ(tx.ListSchedules(live, {}).total, 1);
  EXPECT_EQ(tx.ScheduleGroups({}, {}, 9).size(), 1u);

  // And it goes on with it.
  model::Task task = *standing;
  task.progress.state = model::TaskState::kScheduled;
  tx.SaveTask(task, model::TaskState::kPending);
  EXPECT_EQ(tx.LoadInvocation(task.invocation)->counts.of(model::TaskState::kScheduled), 1);
  model::Invocation sent;
  sent.id = InvokeId("f-1");
  sent.file.emplace().name = "a.txt";
  tx.InsertInvocation(sent);
  EXPECT_EQ(tx.FindInvocation(sent.id)->file, sent.file);
  EXPECT_EQ(tx.CountFiles(), 1);
  EXPECT_EQ(tx.CountInvocations(), 2);
  tx.KeepStops(first->key, {});
  EXPECT_TRUE(tx.LoadInvocation(first->key)->stopping);
}

TEST_F(MigrationTest, AFileOfVersion20GetsTheTablesOfPackages) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 20));
    db.Script("INSERT INTO orders VALUES(1,2,'a','1')");
  }
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  SqliteTx tx(db);
  EXPECT_EQ(tx.packages().CountPackages(), 0);
  PackageRow row;
  row.id = "pkg-1";
  row.name = "a";
  tx.package_tables().InsertPackage(row, "{}");
  EXPECT_EQ(tx.packages().LoadEnvelope(row.key), "{}");
  Query orders(db, "SELECT count(*) FROM orders");
  ASSERT_TRUE(orders.Step());
  EXPECT_EQ(orders.Int(0), 1);
}

TEST_F(MigrationTest, AKeyThatNobodyGaveAPolicyMayDoNothing) {
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  db.Script("INSERT INTO access_keys(id,secret,name,active,created) VALUES('LTAInew','s','',1,1)");
  EXPECT_EQ(SqliteTx(db).FindAccessKey("LTAInew")->policy, "");
}

TEST_F(MigrationTest, TheAuditLogTakesRowsAtItsEndAndGivesThemFromItsBeginning) {
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  SqliteTx tx(db);
  EXPECT_EQ(tx.AuditEnd().number, 0);
  EXPECT_EQ(tx.AuditEnd().hash, api::FirstAuditHash());
  api::AuditRecord row;
  for (row.number = 1; row.number <= 5; ++row.number) {
    row.hash = "hash " + std::to_string(row.number);
    tx.AppendAudit(row);
  }
  row.number = 7;
  EXPECT_THROW(tx.AppendAudit(row), Failure);
  row.number = 3;
  EXPECT_THROW(tx.AppendAudit(row), Failure);
  EXPECT_THROW(db.Script("UPDATE audit SET code='OK' WHERE number=2"), Failure);
  EXPECT_THROW(db.Script("DELETE FROM audit WHERE number=1"), Failure);
  EXPECT_THROW(db.Script("DELETE FROM audit"), Failure);
  tx.ForgetAudit(2);
  EXPECT_EQ(tx.AuditStart().number, 2);
  EXPECT_EQ(tx.AuditStart().hash, "hash 2");
  EXPECT_EQ(tx.ReadAudit(0, false, 9).front().number, 3);
  EXPECT_EQ(tx.ReadAudit(0, true, 9).front().number, 5);
  EXPECT_EQ(tx.ReadAudit(5, true, 1).front().number, 4);
  EXPECT_THROW(db.Script("DELETE FROM audit WHERE number=3"), Failure);
  EXPECT_THROW(db.Script("DELETE FROM audit_start"), Failure);
  EXPECT_EQ(tx.AuditEnd().hash, "hash 5");
}

TEST_F(MigrationTest, SchedulesOfVersion3KeepWhatIsKnownOfThem) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 1));
    db.Script(kRowsOfVersion1);
    ASSERT_TRUE(Migrate(db, 3));
    db.Script(
        "UPDATE schedules SET overdue=1,runs=3;"
        "INSERT INTO occurrences VALUES(1,2<<24,1,1,5000000,5000000,1,NULL,5,1,0,NULL,0,5250000,6000000,NULL,NULL,"
        "6000000,0,0,0)");
  }
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  SqliteTx tx(db);
  ScheduleFilter overdue;
  overdue.overdue = true;
  EXPECT_EQ(tx.ListSchedules(overdue, {}).total, 1);
  overdue.live = true;
  EXPECT_EQ(tx.ListSchedules(overdue, {}).total, 1);
  overdue.overdue = false;
  EXPECT_EQ(tx.ListSchedules(overdue, {}).total, 0);
  auto marks = tx.LoadMarks({2 << 24});
  ASSERT_TRUE(marks);
  EXPECT_EQ(marks->runs, 3);
  EXPECT_EQ(marks->accepted_splay, std::chrono::milliseconds(0));
  EXPECT_EQ(tx.FindOccurrence({2 << 24}, 1)->lateness(), std::chrono::milliseconds(250));
  marks->overdue = false;
  tx.SaveMarks({2 << 24}, *marks);
  EXPECT_EQ(tx.ListSchedules(overdue, {}).total, 1);
}

TEST_F(MigrationTest, AFileOfVersion8TakesSettingsAndKeepsItsTags) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 1));
    db.Script(kRowsOfVersion1);
    ASSERT_TRUE(Migrate(db, 8));
  }
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  SqliteTx tx(db);
  EXPECT_FALSE(tx.FindSetting("a"));
  tx.SaveSetting("a", "{}");
  EXPECT_EQ(tx.FindSetting("a"), "{}");
  const auto owner = tx.FindTagOwner(model::Taggable::kInvocation, "t-1");
  ASSERT_TRUE(owner);
  EXPECT_EQ(tx.TagsOf(*owner), (model::Tags{{"k", "v"}}));
}

TEST_F(MigrationTest, TasksAndRunsOfVersion16HaveNoTimelineAndTakeOne) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 1));
    db.Script(kRowsOfVersion1);
    ASSERT_TRUE(Migrate(db, 3));
    db.Script(
        "INSERT INTO occurrences VALUES(1,2<<24,1,1,5000000,5000000,1,NULL,3,0,0,NULL,NULL,5250000,NULL,NULL,NULL,"
        "6000000,0,0,0)");
    ASSERT_TRUE(Migrate(db, 16));
  }
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  SqliteTx tx(db);
  auto task = tx.LoadTask({(1 << 24) + 1});
  auto run = tx.FindOccurrence({2 << 24}, 1);
  ASSERT_TRUE(task && run);
  EXPECT_TRUE(task->progress.timeline.empty());
  EXPECT_EQ(task->progress.start, SystemTime(std::chrono::seconds(3)));
  EXPECT_TRUE(run->progress.timeline.empty());
  task->progress.timeline.Note(model::Moment::kCommitted, SystemTime(std::chrono::seconds(4)));
  run->progress.timeline.Note(model::Moment::kExited, SystemTime(std::chrono::seconds(5)));
  tx.SaveTask(*task, task->progress.state);
  tx.SaveOccurrence(*run);
  EXPECT_EQ(tx.LoadTask(task->key)->progress, task->progress);
  EXPECT_EQ(tx.LoadOccurrence(run->key)->progress, run->progress);
}

TEST_F(MigrationTest, InvocationsOfVersion17AreCountedByTheirBlocks) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 1));
    db.Script(kRowsOfVersion1);
    ASSERT_TRUE(Migrate(db, 17));
    // A thousand more: commands of three types, every tenth a schedule, some of them over, every seventh a file.
    db.Script(R"sql(
WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i+1 FROM n WHERE i<1300)
INSERT INTO invocations(id,invoke_id,command,command_id,command_name,description,type,content,run_content,
  enable_parameter,builtins,parameters,timeout,working_dir,username,windows_password_name,launcher,container_id,
  container_name,termination_mode,repeat_mode,frequency,version,region,repeatable,delivery_timeout,targets,created,kind)
  SELECT i,'t-'||i,0,'c-'||(i%5),'name-'||(i%5),'',1+i%3,1,1,0,0,'{}',60,'','','','','','',0,
    CASE WHEN i%10=0 AND i%7<>0 THEN 2 ELSE 1 END,'',0,'r',0,86400,1,5000000,CASE WHEN i%7=0 THEN 2 ELSE 1 END FROM n;
INSERT INTO files SELECT id,'a.txt','/srv',1,'root','root','0644',0 FROM invocations WHERE kind=2;
INSERT INTO progress(invocation,creating,deadline,finished,status,older,n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n11,n12)
  SELECT id,0,NULL,CASE WHEN id%4=0 THEN 6000000 END,CASE WHEN id%4=0 THEN 6 ELSE 1 END,CASE WHEN id%4=0 THEN 5 ELSE 1 END,
    id%4<>0,0,0,0,id%4=0,0,0,0,0,0,0,0 FROM invocations WHERE id>2;
INSERT INTO tasks(id,machine,occurrence,state,outcome,delivery,delivery_number,agent_run,offers,error_code,updated,
  output_next,output_size,output_dropped)
  SELECT id<<24,1,0,CASE WHEN id%4=0 THEN 5 ELSE 1 END,0,0,0,0,0,0,5000000,0,0,0 FROM invocations WHERE id>2;
INSERT INTO tags SELECT 2,id,0,'team',CASE WHEN id%300=0 THEN 'rare' ELSE 'v'||(id%2) END FROM invocations WHERE id%3=0;
INSERT INTO tags SELECT 2,id,1,'id',id FROM invocations WHERE id%6=0;
)sql");
  }
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  EXPECT_EQ(WrongCounts(db), 0);
  EXPECT_EQ(
      CommonValues(db),
      "1:team=v0 1:team=v1 2:id 2:team 3:c-0 3:c-1 3:c-2 3:c-3 3:c-4 4:name-0 4:name-1 4:name-2 4:name-3 4:name-4 "
      "5:a.txt ");
  SqliteTx tx(db);
  InvocationFilter filter;
  filter.tags = {{"team", "v1"}};
  EXPECT_EQ(tx.ListInvocations(filter, {}).total, 186);
  filter = {};
  filter.timed = true;
  EXPECT_EQ(tx.ListInvocations(filter, {}).total, 1 + 56);  // t-2, and of 111 schedules those with an odd half
  filter = {};
  filter.type = model::CommandType::kRunPowerShellScript;
  filter.files = true;
  EXPECT_EQ(tx.ListInvocations(filter, {}).total, 62);
  filter = {};
  filter.command = CommandId("c-3");
  EXPECT_EQ(tx.ListInvocations(filter, {}).total, 223);

  // And it goes on with it.
  auto task = tx.LoadTask({3 << 24});
  ASSERT_TRUE(task);
  task->progress.state = model::TaskState::kFailed;
  tx.SaveTask(*task, model::TaskState::kPending);
  EXPECT_TRUE(tx.DeleteInvocation({1300}, 9));
  EXPECT_TRUE(tx.DeleteInvocation({9}, 9));
  tx.WriteCounts();
  EXPECT_EQ(WrongCounts(db), 0);
}

TEST_F(MigrationTest, AStepIsDoneWholeOrNotAtAll) {
  {
    Database db(options_);
    ASSERT_TRUE(Migrate(db, 2));
    db.Script("CREATE TABLE schedule_zones(x)");  // stands in the way of the third step
    EXPECT_THROW((void)Migrate(db), Failure);
    Query version(db, "PRAGMA user_version");
    ASSERT_TRUE(version.Step());
    EXPECT_EQ(version.Int(0), 2);
    Query column(db, "SELECT count(*) FROM pragma_table_info('invocations') WHERE name='splay'");
    ASSERT_TRUE(column.Step());
    EXPECT_EQ(column.Int(0), 0);
  }
  Database db(options_);
  db.Script("DROP TABLE schedule_zones");
  EXPECT_TRUE(Migrate(db));
}

/// What SQLite says about how it runs the statements that are run by `work`.
std::string PlansOf(Database& db, const std::function<void()>& work) {
  std::vector<std::string> statements;
  sqlite3_trace_v2(
      db.handle(), SQLITE_TRACE_STMT,
      [](unsigned, void* out, void* statement, void*) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
        return 0;
      },
      &statements);
  work();
  sqlite3_trace_v2(db.handle(), 0, nullptr, nullptr);
  std::string plans;
  for (const std::string& statement : statements) {
    Query plan(db, "EXPLAIN QUERY PLAN " + statement);
    while (plan.Step()) plans += plan.Text(3) + "\n";
  }
  return plans;
}

TEST_F(MigrationTest, NothingThatIsAskedOftenGoesThroughAllSchedules) {
  Database db(options_);
  ASSERT_TRUE(Migrate(db));
  SqliteTx tx(db);
  const SystemTime now = FromUnixMillis(1'700'000'000'000);
  ScheduleFilter live;
  live.live = true;
  ScheduleFilter overdue;
  overdue.overdue = true;
  ScheduleFilter live_overdue = overdue;
  live_overdue.live = true;
  ScheduleFilter one;
  one.invocation = {1};
  ScheduleGroup group;
  group.invocation = {1};
  group.zone = "UTC";
  ScheduleFilter machine;
  machine.machine = {1};
  model::PageRequest next;
  next.by_position = true;
  next.after = model::Position{1 << 24};
  InvocationFilter files;
  files.files = true;
  TaskFilter first;
  first.machine = {1};
  OccurrenceFilter history;
  history.invocation = {1};
  const std::vector<std::pair<const char*, std::function<void()>>> asked = {
      {"all", [&] { (void)tx.ListSchedules(live, {}); }},
      {"next page", [&] { (void)tx.ListSchedules(live, next); }},
      {"overdue ones", [&] { (void)tx.ListSchedules(overdue, {}); }},
      {"live overdue ones", [&] { (void)tx.ListSchedules(live_overdue, {}); }},
      {"of an invocation", [&] { (void)tx.ListSchedules(one, {}); }},
      {"of a machine", [&] { (void)tx.ListSchedules(machine, {}); }},
      {"to be marked", [&] { (void)tx.OverdueSchedules(now, 500); }},
      {"groups", [&] { (void)tx.ScheduleGroups(live, group, 9); }},
      {"groups of one", [&] { (void)tx.ScheduleGroups(one, {}, 9); }},
      {"groups of a machine", [&] { (void)tx.ScheduleGroups(machine, {}, 9); }},
      {"machines of a group", [&] { (void)tx.MachinesOf(group, 9); }},
      {"old ones", [&] { (void)tx.OldInvocations(now, 1); }},
      {"old files", [&] { (void)tx.OldFiles(now, 1); }},
      {"files", [&] { (void)tx.ListInvocations(files, {}); }},
      {"the next page of files", [&] { (void)tx.ListInvocations(files, next); }},
      {"a page of tasks", [&] { (void)tx.ListTasks(first, {}); }},
      {"silent runs", [&] { (void)tx.SilentRuns(now, 9); }},
      {"open runs", [&] { (void)tx.OpenRunsOf({1}); }},
      {"an occurrence", [&] { (void)tx.FindOccurrence({1}, 7); }},
      {"by due time", [&] { (void)tx.FindRunDue({1}, now); }},
      {"a range", [&] { (void)tx.OccurrencesIn({1}, 7, 9, 9); }},
      {"a history", [&] { (void)tx.ListOccurrences(history, next); }},
      {"forgetting", [&] { (void)tx.ForgetOccurrences({1}, 9); }},
      {"work", [&] { (void)tx.WorkOn({1}, {}, 9); }},
      {"with agent", [&] { (void)tx.CountWithAgent({1}); }},
  };
  for (const auto& [name, work] : asked) {
    const std::string plans = PlansOf(db, work);
    EXPECT_NE(plans, "") << name;
    std::size_t line = 0;
    while (line < plans.size()) {
      const std::size_t end = plans.find('\n', line);
      const std::string step = plans.substr(line, end - line);
      line = end + 1;
      const bool whole = step.starts_with("SCAN") && step.find("USING") == std::string::npos;
      const bool subquery = step.find("SUBQUERY") != std::string::npos || step.find("LIST") != std::string::npos ||
                            step.find("CONSTANT") != std::string::npos;
      EXPECT_TRUE(!whole || subquery) << name << ": " << plans;
      EXPECT_EQ(step.find("TEMP B-TREE FOR ORDER"), std::string::npos) << name << ": " << plans;
    }
  }
}

}  // namespace
}  // namespace assist::server::store::sqlite
