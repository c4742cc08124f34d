// `assist-agent release apply|rollback|status` and `assist-agent self-check`: versions of the agent on this machine
// (agent/update, docs/agent-update.md).
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace assist::agent::service {

class ReleaseCommand {
 public:
  /// Adds both commands. `app` outlives this; not to be copied, CLI11 points to the flags.
  explicit ReleaseCommand(CLI::App& app);
  ReleaseCommand(const ReleaseCommand&) = delete;
  ReleaseCommand& operator=(const ReleaseCommand&) = delete;

  [[nodiscard]] bool parsed() const;
  /// The exit code: 0; of a refusal (protocol/package/refusal.h); 1, 2 as everywhere. Blocks, apply for minutes.
  int Run() const;

 private:
  [[nodiscard]] int Switch(bool back) const;
  [[nodiscard]] int ShowStatus() const;

  CLI::App* release_ = nullptr;
  CLI::App* self_check_ = nullptr;
  CLI::App* apply_ = nullptr;
  CLI::App* rollback_ = nullptr;
  std::string root_, version_, from_, file_, envelope_;
  bool json_ = false;
  long wait_ = 600, deadline_ = 180, stable_ = 10;
};

}  // namespace assist::agent::service
