// An agent with another version, which may misbehave: how a release fails that passed its self-check, or did not.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "agent/service/version.h"
#include "common/files/file_lock.h"

int AgentMain(int argc, char** argv);  // main() of the shipped program

namespace assist::agent::service {

const char* const kVersion = ASSIST_TEST_VERSION;

}  // namespace assist::agent::service

namespace {

enum Behaviour { kServes, kExits, kHangs, kDeaf, kCrashes, kUnfit /* and says so itself */ };

[[noreturn]] void HangForEver() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

std::string RootOf(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--root") == 0) return argv[i + 1];
  }
  return {};
}

/// How `run` goes.
int Run(int argc, char** argv) {
  switch (ASSIST_TEST_BEHAVIOUR) {
    case kExits:
      return 1;
    case kHangs:  // before it takes the lock
      HangForEver();
    case kDeaf: {  // with the lock, and silent: no note, no connection, no answer to the word
      const auto lock = assist::FileLock::Take(RootOf(argc, argv) + "/run/lock");
      HangForEver();
    }
    case kCrashes:  // after it has connected
      std::thread([] {
        std::this_thread::sleep_for(std::chrono::seconds(2));
        std::_Exit(70);
      }).detach();
      break;
    case kServes:
    case kUnfit:
      break;
  }
  return AgentMain(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "run") return Run(argc, argv);
  if (command == "self-check" && ASSIST_TEST_BEHAVIOUR == kUnfit) {
    std::printf("{\"Ok\":false,\"Version\":\"%s\",\"Problem\":\"made unfit for a test\"}\n", ASSIST_TEST_VERSION);
    return 1;
  }
  return AgentMain(argc, argv);
}
