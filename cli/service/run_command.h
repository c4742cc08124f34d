// `assist run`: starts the script, follows it on all machines, says how it ended. On the executor of its coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/answer/api_error.h"
#include "cli/answer/exit_code.h"
#include "cli/client/api_client.h"
#include "cli/run/follower.h"
#include "cli/run/names.h"
#include "cli/run/options.h"
#include "cli/run/output_mux.h"
#include "cli/run/summary.h"
#include "cli/service/console.h"
#include "cli/settings/settings.h"
#include "common/async/clock.h"
#include "common/base/random.h"

namespace assist::cli {

class RunSession {
 public:
  struct Timing {
    std::chrono::seconds patience{60};           ///< How long a lost server is waited for while following.
    std::chrono::milliseconds tell_away{2'000};  ///< When machines that are away are named.
  };

  /// References outlive this.
  RunSession(RunOptions options, std::string script, const Settings& settings, ApiClient& client, Clock& clock,
             Random& random, Console& console, const Timing& timing);

  asio::awaitable<ExitCode> Run();
  /// What to tell when the program ends before Run() does, for example by Ctrl-C.
  [[nodiscard]] std::string FarewellLines(std::string_view why) const;

 private:
  struct Call {
    std::string action;
    encoding::FormFields parameters;
    std::chrono::seconds patience{0};
    bool silent = false;  ///< A failure ends nothing and is not told.
  };
  /// The body of a successful answer. Else the line is shown, exit_ is set and the Error has nothing to add.
  asio::awaitable<Result<std::string>> Ask(Call call);
  asio::awaitable<Status> ListAll();
  asio::awaitable<Status> Start();
  asio::awaitable<Status> Follow();
  asio::awaitable<Status> Tour();
  /// All machines that `filter` finds, into known_.
  asio::awaitable<Status> ListMachines(encoding::FormFields filter, bool silent);
  /// Names for output and summary; where that fails, ids stand in their place.
  asio::awaitable<void> LearnNames();
  asio::awaitable<void> TellAway();
  asio::awaitable<void> MakeMux();
  Status Show(const std::vector<OutputPiece>& pieces);
  void ShowProgress();
  Status End(ExitCode code, const std::string& line);
  [[nodiscard]] std::chrono::microseconds Elapsed() const { return clock_.Steady() - started_; }
  [[nodiscard]] bool WaitedEnough() const;

  // Set once.
  const RunOptions options_;
  const std::string script_;
  const Settings& settings_;
  ApiClient& client_;
  Clock& clock_;
  Random& random_;
  Console& console_;
  const Timing timing_;
  const SteadyTime started_;
  // How far it is.
  bool asked_to_run_ = false;
  std::string invoke_id_;
  std::vector<NamedMachine> known_;
  bool names_learnt_ = false;
  NameBook names_;
  std::optional<Follower> follower_;
  std::optional<OutputMux> mux_;
  std::size_t named_ = 0;  ///< Machines whose name the mux has.
  std::chrono::microseconds progress_shown_{-1};
  bool told_away_ = false;
  bool trouble_ = false;  ///< The connection is lost, and that was told.
  ExitCode exit_ = ExitCode::kSuccess;
};

}  // namespace assist::cli
