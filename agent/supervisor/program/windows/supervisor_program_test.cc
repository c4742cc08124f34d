// The program with real processes, on Windows or under Wine.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "agent/supervisor/windows/object_name.h"
#include "agent/supervisor/windows/spool_lock.h"
#include "agent/supervisor/windows_command_line.h"
#include "common/windows/file.h"
#include "common/windows/system.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <shellapi.h>

namespace assist::agent::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

bool WaitFor(const std::function<bool()>& condition, seconds patience = seconds(60)) {
  const auto deadline = steady_clock::now() + patience;
  while (!condition()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

// A batch file's way to wait until there is a file `end`.
const std::string kWait = ":wait\r\nif exist end exit\r\ngoto wait\r\n";

std::wstring Variable(const wchar_t* name) {
  std::wstring value(4096, L'\0');
  value.resize(::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size())));
  return value;
}

std::string OwnProgram() {
  std::wstring path(4096, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return ToUtf8(path);
}
/// The one beside this.
std::string Program() {
  const std::string own = OwnProgram();
  return own.substr(0, own.find_last_of('\\') + 1) + "assist-supervisor.exe";
}

// This program, started with it, is a script: see Say().
constexpr const char* kSay = "--say";

/// Prints `text` as a program does that asks its console for the code page; that is the exit code. First it switches to
/// `wanted` when the console has another.
int Say(const std::wstring& wanted, const std::wstring& text) {
  const auto page = static_cast<UINT>(std::stoul(wanted));
  if (::GetConsoleOutputCP() != page) ::SetConsoleOutputCP(page);
  const std::wstring line = text + L"\r\n";
  std::string bytes(line.size() * 4, '\0');
  const int size = ::WideCharToMultiByte(::GetConsoleOutputCP(), 0, line.data(), static_cast<int>(line.size()),
                                         bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr);
  DWORD put = 0;
  ::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), bytes.data(), static_cast<DWORD>(size), &put, nullptr);
  return static_cast<int>(::GetConsoleOutputCP());
}

struct Spool {
  Head head;
  std::string output;
  std::uint64_t gap = 0;
};

class SupervisorProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Result<std::string> name = RandomObjectName();
    ASSERT_TRUE(name);
    folder_ = ToUtf8(Variable(L"TEMP")) + "/assist supervisor " + name->substr(0, 8);
    ASSERT_TRUE(MakeFolders(folder_, 0700));
    const std::string root = ToUtf8(Variable(L"SystemRoot"));
    cmd_ = root + "\\System32\\cmd.exe";
    spec_.working_directory = folder_;
    spec_.environment = {"SystemRoot=" + root, "PATH=" + root + "\\System32", "ComSpec=" + cmd_, "T=hello"};
    spec_.boot_id = "boot-1";
    spec_.cap_bytes = 16 << 20;
    spec_.tail_bytes = 64 << 10;
  }
  void TearDown() override {
    if (supervisor_ && ::WaitForSingleObject(supervisor_.get(), 0) != WAIT_OBJECT_0) {
      Ask(true);
      EXPECT_TRUE(WaitFor([this] { return ::WaitForSingleObject(supervisor_.get(), 0) == WAIT_OBJECT_0; }));
    }
    // A process that was just ended may be in there for a moment more.
    EXPECT_TRUE(WaitFor([this] { return RemoveTree(folder_).has_value(); }));
  }

  void WriteSpec() { ASSERT_TRUE(WriteFileAtomically(folder_ + "/spec", EncodeSpec(spec_), 0600)); }
  /// A batch file of these lines, started as RunBatScript starts one.
  void WriteBat(const std::string& lines) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/t.bat", "@echo off\r\n" + lines, 0600));
    std::string path = folder_ + "\\t.bat";
    for (char& c : path) c = c == '/' ? '\\' : c;
    spec_.attempts = {{cmd_, "/D", "/S", "/C", CmdCommand(path)}};
    WriteSpec();
  }
  UniqueHandle Spawn() {
    std::wstring line = ToWide(WindowsCommandLine({Program(), folder_}));
    STARTUPINFOW start{};
    start.cb = sizeof start;
    PROCESS_INFORMATION made{};
    const std::wstring program = WidePath(Program());
    EXPECT_NE(::CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, FALSE, CREATE_NO_WINDOW, nullptr,
                               nullptr, &start, &made),
              0)
        << ::GetLastError();
    ::CloseHandle(made.hThread);
    return UniqueHandle(made.hProcess);
  }
  void Start(const std::string& lines) {
    WriteBat(lines);
    supervisor_ = Spawn();
  }
  /// Waits for the supervisor's own end; its exit code.
  static int Leave(const UniqueHandle& process) {
    EXPECT_TRUE(WaitFor([&] { return ::WaitForSingleObject(process.get(), 0) == WAIT_OBJECT_0; }))
        << "the supervisor does not leave";
    DWORD code = 99;
    ::GetExitCodeProcess(process.get(), &code);
    return static_cast<int>(code);
  }
  Spool Read() const {
    Spool spool;
    const Result<std::string> all = ReadFile(folder_ + "/spool", 64 << 20);
    if (!all) return spool;
    spool.head = DecodeHead(*all);
    std::string_view body = std::string_view(*all).substr(std::min(all->size(), kHeadBytes));
    Frame frame;
    while (DecodeFrame(body, frame) == FrameState::kWhole) {
      if (frame.type == FrameType::kGap) spool.gap += frame.gap;
      spool.output.append(frame.payload);
      body.remove_prefix(frame.size);
    }
    return spool;
  }
  ExitRecord Finish() {
    EXPECT_EQ(Leave(supervisor_), 0);
    const Spool spool = Read();
    EXPECT_TRUE(spool.head.start.has_value());
    EXPECT_TRUE(spool.head.exit.has_value());
    return spool.head.exit.value_or(ExitRecord{});
  }
  bool Says(const std::string& text) {
    return WaitFor([&] { return Read().output.find(text) != std::string::npos; });
  }
  /// False: nobody listens.
  bool Ask(bool tree) {
    const Result<std::string> name = ReadObjectName(folder_ + "/control");
    if (!name) return false;
    const UniqueHandle event(
        ::OpenEventW(EVENT_MODIFY_STATE, FALSE, (tree ? TreeEventName(*name) : ProcessEventName(*name)).c_str()));
    return event && ::SetEvent(event.get()) != 0;
  }
  std::uint64_t SizeOfFile(const std::string& name) const {
    const Result<std::string> text = ReadFile(folder_ + "/" + name, 1 << 20);
    return text ? text->size() : 0;
  }
  /// Whether a grandchild goes on writing into this file.
  bool Grows(const std::string& name, seconds patience) {
    const std::uint64_t before = SizeOfFile(name);
    return WaitFor([&] { return SizeOfFile(name) > before; }, patience);
  }
  /// ticker.bat: writes a line into the file `ticks` again and again, until there is a file `end`.
  void WriteTicker() {
    ASSERT_TRUE(WriteFileAtomically(
        folder_ + "/ticker.bat", "@echo off\r\n:again\r\nif exist end exit\r\necho x>>ticks\r\ngoto again\r\n", 0600));
  }
  void EndTicker() {
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/end", "x", 0600));
    EXPECT_TRUE(WaitFor([this] { return !Grows("ticks", seconds(1)); }));
  }

  std::string folder_;
  std::string cmd_;
  Spec spec_;
  UniqueHandle supervisor_;
};

TEST_F(SupervisorProgramTest, KeepsOutputOfBothStreamsTheEnvironmentAndTheExitCode) {
  Start("echo %T%\r\necho err>&2\r\ncd\r\nexit /b 7\r\n");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.code, 7);
  const Spool spool = Read();
  EXPECT_EQ(spool.output.substr(0, 12), "hello\r\nerr\r\n");
  EXPECT_NE(spool.output.find(folder_.substr(folder_.find("assist supervisor"))), std::string::npos) << spool.output;
  EXPECT_EQ(exit.output_bytes, spool.output.size());
  EXPECT_EQ(spool.head.start->boot_id, "boot-1");
  EXPECT_GE(exit.end, spool.head.start->wall);
}

TEST_F(SupervisorProgramTest, ExitCodesOf32BitsStay) {
  Start("exit 3010\r\n");
  EXPECT_EQ(Finish().code, 3010);
  EXPECT_TRUE(RemoveFile(folder_ + "/spool"));
  Start("exit -1073741819\r\n");
  EXPECT_EQ(Finish().code, -1073741819);
}

TEST_F(SupervisorProgramTest, WhatCannotBeStartedSaysWhy) {
  spec_.attempts = {{"C:\\nowhere\\one.exe"}, {"C:\\nowhere\\two.exe"}};
  WriteSpec();
  supervisor_ = Spawn();
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_TRUE(exit.code == ERROR_FILE_NOT_FOUND || exit.code == ERROR_PATH_NOT_FOUND) << exit.code;
  EXPECT_NE(exit.message.find("two.exe"), std::string::npos) << exit.message;
}

TEST_F(SupervisorProgramTest, TheNextAttemptIsTakenWhenAProgramIsNotThere) {
  WriteBat("echo second\r\n");
  spec_.attempts.insert(spec_.attempts.begin(), {"C:\\nowhere\\one.exe"});
  WriteSpec();
  supervisor_ = Spawn();
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(Read().output, "second\r\n");
}

TEST_F(SupervisorProgramTest, AFolderThatIsNotThereIsNamed) {
  spec_.working_directory = "C:\\nowhere";
  Start("echo x\r\n");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_EQ(exit.code, ERROR_FILE_NOT_FOUND);
  EXPECT_NE(exit.message.find("C:\\nowhere"), std::string::npos) << exit.message;
}

TEST_F(SupervisorProgramTest, AnotherAccountWithoutItsPasswordIsRefusedAndNothingIsStarted) {
  spec_.logon = WindowsLogon{"deploy", "never-set", folder_ + "/passwords", folder_ + "/script.bat"};
  Start("echo x\r\n");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_NE(exit.message.find("password set never-set"), std::string::npos) << exit.message;
  EXPECT_EQ(Read().output, "");
}

TEST_F(SupervisorProgramTest, TheTimeOutEndsTheWholeTree) {
  WriteTicker();
  spec_.timeout = seconds(3);
  Start("echo before\r\nstart /b cmd /c ticker.bat\r\n" + kWait);
  ASSERT_TRUE(WaitFor([this] { return SizeOfFile("ticks") > 0; }));
  EXPECT_EQ(Finish().kind, ExitKind::kTimeout);
  EXPECT_EQ(Read().output, "before\r\n");
  EXPECT_FALSE(Grows("ticks", seconds(2)));
}

TEST_F(SupervisorProgramTest, AStopOfTheTreeLeavesNothing) {
  WriteTicker();
  Start("start /b cmd /c ticker.bat\r\n" + kWait);
  ASSERT_TRUE(WaitFor([this] { return SizeOfFile("ticks") > 0; }));
  EXPECT_TRUE(Ask(true));
  EXPECT_EQ(Finish().kind, ExitKind::kStopped);
  EXPECT_FALSE(Grows("ticks", seconds(2)));
}

TEST_F(SupervisorProgramTest, AStopOfTheProcessLeavesItsChildren) {
  WriteTicker();
  Start("start /b cmd /c ticker.bat\r\n" + kWait);
  ASSERT_TRUE(WaitFor([this] { return SizeOfFile("ticks") > 0; }));
  EXPECT_TRUE(Ask(false));
  EXPECT_EQ(Finish().kind, ExitKind::kStopped);
  EXPECT_TRUE(Grows("ticks", seconds(20)));
  EndTicker();
}

TEST_F(SupervisorProgramTest, ADaemonThatHoldsThePipeIsLeftAlone) {
  WriteTicker();
  Start("start /b cmd /c ticker.bat\r\necho up\r\nexit /b 0\r\n");
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(Read().output, "up\r\n");
  EXPECT_TRUE(Grows("ticks", seconds(20)));
  EndTicker();
}

TEST_F(SupervisorProgramTest, ASecondSupervisorStartsNothing) {
  Start("echo x>>runs\r\necho up\r\n" + kWait);
  ASSERT_TRUE(Says("up"));
  EXPECT_TRUE(*SpoolIsLocked(folder_ + "/spool"));
  UniqueHandle second = Spawn();
  EXPECT_EQ(Leave(second), 5);  // the lock is held
  EXPECT_TRUE(Ask(true));
  Finish();
  EXPECT_FALSE(*SpoolIsLocked(folder_ + "/spool"));
  second = Spawn();
  EXPECT_EQ(Leave(second), 0);  // the start mark stands
  EXPECT_EQ(SizeOfFile("runs"), 3u);
}

TEST_F(SupervisorProgramTest, TheLockComesBeforeTheSpec) {
  OpenHow how;
  how.access = GENERIC_READ | GENERIC_WRITE;
  how.disposition = OPEN_ALWAYS;
  Result<UniqueHandle> spool = OpenFile(folder_ + "/spool", how);
  ASSERT_TRUE(spool && TakeSpoolLock(spool->get()));
  EXPECT_EQ(Leave(Spawn()), 5) << "the lock is held; that there is no spec was not looked at";
  spool->Reset();
  EXPECT_EQ(Leave(Spawn()), 4);
}

TEST_F(SupervisorProgramTest, TheScriptHasNoPartInTheLock) {
  Start("echo up\r\n" + kWait);
  ASSERT_TRUE(Says("up"));
  ::TerminateProcess(supervisor_.get(), 1);
  Leave(supervisor_);
  EXPECT_TRUE(WaitFor([this] { return !*SpoolIsLocked(folder_ + "/spool"); }));
  EXPECT_FALSE(Read().head.exit.has_value());
  EXPECT_FALSE(Ask(true)) << "nobody listens any more";
  // The script that was left holds the folder until it has seen this; a removal takes it away first.
  EXPECT_TRUE(WaitFor([this] {
    (void)WriteFileAtomically(folder_ + "/end", "x", 0600);
    return RemoveTree(folder_).has_value();
  }));
}

TEST_F(SupervisorProgramTest, BigOutputIsKeptFromItsBeginningAndItsEnd) {
  spec_.cap_bytes = 300'000;
  spec_.tail_bytes = 1000;
  std::string line(1000, 'y');
  Start("for /l %%i in (1,1,2000) do @echo %%i " + line + "\r\necho last\r\n");
  const ExitRecord exit = Finish();
  const Spool spool = Read();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(spool.output.size(), 301'000u);
  EXPECT_EQ(spool.gap, exit.dropped_bytes);
  EXPECT_GT(exit.dropped_bytes, 1'700'000u);
  EXPECT_EQ(spool.output.substr(0, 4), "1 yy");
  EXPECT_EQ(spool.output.substr(spool.output.size() - 8), "\r\nlast\r\n");
}

// By a program and not by cmd: that of Wine reads batch files in the machine's code page, whatever its console says.
TEST_F(SupervisorProgramTest, OutputInTheConsolesCodePageIsUtf8InTheSpool) {
  spec_.console_code_page = 936;
  spec_.attempts = {{OwnProgram(), kSay, "936", "你好"}};
  WriteSpec();
  supervisor_ = Spawn();
  EXPECT_EQ(Finish().code, 936) << "the script's console has the code page of the spec";
  EXPECT_EQ(Read().output, "你好\r\n");
}

TEST_F(SupervisorProgramTest, AScriptThatSwitchesItsConsoleToUtf8IsFollowed) {
  spec_.console_code_page = 437;
  spec_.attempts = {{OwnProgram(), kSay, "65001", "你好"}};
  WriteSpec();
  supervisor_ = Spawn();
  EXPECT_EQ(Finish().code, 65001);
  EXPECT_EQ(Read().output, "你好\r\n");
}

TEST_F(SupervisorProgramTest, ABudgetOfProcessesEndsTheTree) {
  WriteTicker();
  spec_.budgets.processes = 2;
  Start("start /b cmd /c ticker.bat\r\nstart /b cmd /c t.bat\r\n" + kWait);
  const ExitRecord exit = Finish();
  ASSERT_TRUE(exit.exceeded.has_value());
  EXPECT_EQ(exit.exceeded->budget, Budget::kProcesses);
  EXPECT_FALSE(Grows("ticks", seconds(2)));
}

}  // namespace
}  // namespace assist::agent::supervisor

/// Instead of gtest's own.
int main(int argc, char** argv) {
  int count = 0;
  wchar_t** words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  if (count == 4 && assist::ToUtf8(words[1]) == assist::agent::supervisor::kSay) {
    return assist::agent::supervisor::Say(words[2], words[3]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
