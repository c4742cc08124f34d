#include "agent/desk/work_desk.h"

#include <gtest/gtest.h>

#include "agent/files/testing/fake_files_machine.h"
#include "agent/timetable/testing/fake_timetable_machine.h"

namespace assist::agent::desk {
namespace {

/// A machine with everything that the server may give work to.
class DeskMachine : public timetable::FakeTimetableMachine {
 public:
  ~DeskMachine() override { Kill(); }
  void EngineMade() override {
    FakeTimetableMachine::EngineMade();
    targets = std::make_unique<files::FakeTargetFiles>(io->get_executor(), *disk, world);
    files = std::make_unique<files::FileEngine>(files::Options{}, io->get_executor(), clock, random, *targets, *journal,
                                                *sink, log);
    desk.Connect(*engine, *timetable, files.get());
  }
  void EngineStarted() override {
    FakeTimetableMachine::EngineStarted();
    files->Start();
  }
  void EngineGoes() override {
    files.reset();
    FakeTimetableMachine::EngineGoes();
  }

  files::World world;
  std::unique_ptr<files::FakeTargetFiles> targets;
  std::unique_ptr<files::FileEngine> files;
  WorkDesk desk;
};

class WorkDeskTest : public ::testing::Test, protected DeskMachine {
 protected:
  [[nodiscard]] std::vector<wire::ReportKind> Kinds(const std::string& id) const {
    std::vector<wire::ReportKind> kinds;
    for (const auto& report : sink->Of(id)) kinds.push_back(report.kind);
    return kinds;
  }
};

TEST_F(WorkDeskTest, EachEntryGoesToWhoCarriesItOut) {
  FakeMachine::Boot();
  wire::TaskList list;
  list.run.push_back(Entry("t-once", 1));
  list.run.push_back(Rate("t-rate", "rate(60s)", clock.Now(), 2));
  list.file.push_back(files::FakeFilesMachine::File("f-1", 3, "a.txt", "bytes"));
  CallVoid(desk.Take(std::move(list)));
  EXPECT_EQ(engine->counts().running, 1U);
  EXPECT_TRUE(timetable->Knows("t-rate"));
  EXPECT_TRUE(disk->Has(files::FakeTargetFiles::PathOf("/srv", "a.txt")));
  EXPECT_EQ(desk.highest_delivery(), 3) << "of all three";

  wire::TaskList stop;
  stop.stop.push_back(Entry("t-rate"));
  stop.stop.push_back(Entry("t-once"));
  CallVoid(desk.Take(std::move(stop)));
  EXPECT_EQ(timetable->size(), 0U);
  EXPECT_FALSE(timetable->Knows("t-rate"));
  EXPECT_EQ(Kinds("t-rate").back(), wire::ReportKind::kStopped);
}

TEST_F(WorkDeskTest, AStopInTheSameAnswerFindsItsTaskKnown) {
  FakeMachine::Boot();
  wire::TaskList list;
  list.run.push_back(Rate("t-rate", "rate(60s)", clock.Now(), 1));
  list.stop.push_back(Entry("t-rate"));
  CallVoid(desk.Take(std::move(list)));
  EXPECT_EQ(Kinds("t-rate"), (std::vector<wire::ReportKind>{wire::ReportKind::kAccepted, wire::ReportKind::kStopped}));
}

TEST_F(WorkDeskTest, WhenTheLinkIsBackWaitingReportsAreSent) {
  answer = [](const wire::Report&) { return task_engine::ReportOutcome{}; };
  FakeMachine::Boot();
  wire::TaskList list;
  list.run.push_back(Entry("t-once", 1));
  list.run.push_back(Rate("t-rate", "rate(60s)", clock.Now(), 2));
  list.file.push_back(files::FakeFilesMachine::File("f-1", 3, "a.txt", "bytes"));
  CallVoid(desk.Take(std::move(list)));
  for (const char* id : {"t-once", "t-rate", "f-1"}) EXPECT_EQ(sink->Of(id).size(), 1U) << id;
  desk.LinkIsBack();
  Poll();
  for (const char* id : {"t-once", "t-rate", "f-1"}) EXPECT_EQ(sink->Of(id).size(), 2U) << id;
}

}  // namespace
}  // namespace assist::agent::desk
