// bench_swarm: many agents against one server (swarm.h). Lines on standard input:
//   register ACTIVATION_ID CODE   every agent registers; {"event":"registered","ids":[…]}
//   sign N                        stock: makes N signatures for each agent ahead; {"event":"signed"}
//   connect                       WebSockets; at first also heart-beat and startup list; again after a loss without
//                                 these; {"event":"connected"}
//   behave [run-seconds=S] [output-bytes=N] [equal-output=1] [fail-share=F] [hold=1]     of tasks that come from now on
//   tasks N [LOW HIGH]            answers {"event":"expecting"}, and {"event":"tasks"} when N more last reports were
//                                 taken; only agents LOW … HIGH-1 may get tasks
//   release                       sends what `hold` kept back; {"event":"released"}
//   drop [SHARE]                  closes the connections of the first agents
//   return                        who lost its WebSocket comes back, also while tasks are waited for
//   stats | quit
#include <CLI/CLI.hpp>
#include <csignal>

#include "bench/swarm/swarm.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets by write(): a peer that left must be an error
  using assist::bench::Kind;
  assist::bench::SwarmOptions options;
  std::string kind = "stock";
  CLI::App app("Plays many agents; told what to do on standard input, see bench/swarm/main.cc");
  app.add_option("--port", options.port, "Of the server on loopback")->required();
  app.add_option("--host", options.host, "An IPv4 address of this machine");
  app.add_option("--ca-file", options.ca_file, "PEM; without it plain HTTP");
  app.add_option("--kind", kind)->check(CLI::IsMember({"stock", "ours"}));
  app.add_option("--agents", options.agents)->check(CLI::Range(1, 1'000'000));
  app.add_option("--first", options.first, "Number of the first agent");
  app.add_option("--keys", options.keys, "Key pairs that they share")->check(CLI::Range(1, 100'000));
  app.add_option("--window", options.window, "Agents that connect at a time")->check(CLI::Range(1, 20'000));
  app.add_option("--patience", options.patience, "Seconds for a phase");
  app.add_flag("--wakes-only", options.wakes_only, "WebSockets alone");
  CLI11_PARSE(app, argc, argv);
  options.kind = kind == "ours" ? Kind::kOurs : Kind::kStock;
  const std::uint64_t limit = assist::bench::RaiseDescriptorLimit();
  const std::uint64_t needed = options.agents * (options.wakes_only ? 1 : 2) + 16;
  if (needed > limit) {
    std::fprintf(stderr, "bench_swarm: note: %llu descriptors for %llu; connect fewer, or start several processes\n",
                 static_cast<unsigned long long>(limit), static_cast<unsigned long long>(needed));
  }
  assist::SystemClock clock;
  assist::SystemRandom random;
  assist::bench::Swarm swarm(options, clock, random);
  return swarm.Run();
}
