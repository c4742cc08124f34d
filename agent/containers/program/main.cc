// assist-container: talks to the container runtimes of this machine for assist-agent, which starts it.
//   find DOCKER CRICTL ID NAME [CRI…]   looks for a container; the answer (messages.h) on standard output
//   run FILE                            carries the order in FILE out, as a client of assist-supervisor
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "agent/containers/messages.h"
#include "agent/containers/program/find.h"
#include "agent/containers/program/watch.h"
#include "agent/supervisor/client_word.h"
#include "common/posix/file.h"

namespace assist::agent::containers {
namespace {

constexpr std::size_t kMaxOrderFile = 16 << 20;

int FindAndTell(const std::vector<std::string>& arguments) {
  const Places places{arguments[2], {arguments.begin() + 6, arguments.end()}, arguments[3]};
  const std::string answer = EncodeAnswer(Find(places, arguments[4], arguments[5]));
  return WriteAll(STDOUT_FILENO, answer, "standard output") ? 0 : 1;
}

int Run(const std::string& path) {
  ::fcntl(supervisor::kClientPipe, F_SETFD, FD_CLOEXEC);  // not for what is started here
  Result<std::string> bytes = ReadFile(path, kMaxOrderFile);
  Result<Order> order = bytes ? DecodeOrder(*bytes) : Result<Order>(Forward(bytes));
  if (!order) {
    const supervisor::ClientWord word{supervisor::kClientFailed, "cannot read the order: " + order.error().detail};
    (void)WriteAll(supervisor::kClientPipe, supervisor::EncodeClientWord(word), "supervisor");
    return 1;
  }
  return CarryOut(*order);
}

}  // namespace
}  // namespace assist::agent::containers

int main(int argc, char** argv) {
  using namespace assist::agent::containers;
  const std::vector<std::string> arguments(argv, argv + argc);
  if (arguments.size() >= 6 && arguments[1] == "find") return FindAndTell(arguments);
  if (arguments.size() == 3 && arguments[1] == "run") return Run(arguments[2]);
  std::fputs("usage: assist-container find … | run FILE (assist-agent starts it)\n", stderr);
  return 2;
}
