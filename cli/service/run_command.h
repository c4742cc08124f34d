// `assist run`: starts the script, follows it on all machines, says how it ended. On the executor of its coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "cli/answer/exit_code.h"
#include "cli/client/api_client.h"
#include "cli/run/follower.h"
#include "cli/run/json_report.h"
#include "cli/run/names.h"
#include "cli/run/options.h"
#include "cli/run/output_mux.h"
#include "cli/run/summary.h"
#include "cli/service/connection.h"
#include "cli/service/program.h"
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
             Random& random, const Program& program, const Timing& timing);

  /// Instead of starting one: a run that is there already, its machines, and those of them that are shown (empty:
  /// all). Before Run().
  void Watch(std::string invoke_id, std::vector<NamedMachine> machines, std::vector<std::string> only);
  asio::awaitable<ExitCode> Run();

  /// Ctrl-C came. True: the user was told that the run goes on, and we go on watching; a second one leaves. False:
  /// leave at once: nothing has been started, or nobody sits at a terminal.
  [[nodiscard]] bool Reassure();
  /// The program ends before Run() does; says how it goes on without us, and ends what was begun on standard output.
  void Leave();

 private:
  asio::awaitable<Status> ListAll();
  asio::awaitable<Status> FindNamed();
  asio::awaitable<Status> Start();
  /// What the server did not say about a refusal: which machine it is, and which were perhaps meant.
  asio::awaitable<void> ExplainRefusal();
  asio::awaitable<Status> Follow();
  asio::awaitable<Status> Tour();
  /// All machines that `filter` finds, into known_.
  asio::awaitable<Status> ListMachines(encoding::FormFields filter, bool silent);
  /// Names for output and summary; where that fails, ids stand in their place.
  asio::awaitable<void> LearnNames();
  asio::awaitable<void> TellAway();
  asio::awaitable<void> Prepare();
  [[nodiscard]] encoding::FormFields TagFilter() const;
  void SayUnknownMachine(const std::string& word) const;
  Status Show(const std::vector<OutputPiece>& pieces);
  void ShowProgress();
  void EndDocument();
  Status End(ExitCode code, const std::string& line);
  /// After Caller has said what is wrong.
  Status Ended();
  [[nodiscard]] std::chrono::microseconds Elapsed() const { return clock_.Steady() - started_; }
  [[nodiscard]] bool WaitedEnough() const;
  /// Everything that is shown is over.
  [[nodiscard]] bool Done() const;
  [[nodiscard]] bool Shows(const std::string& id) const { return only_.empty() || only_.count(id) != 0; }
  [[nodiscard]] std::vector<Machine> ShownMachines() const;
  [[nodiscard]] bool json() const { return options_.output == RunOptions::Output::kJson; }

  // Set once.
  const RunOptions options_;
  const std::string script_;
  Clock& clock_;
  const Program& program_;
  const Text text_;
  Console& console_;
  Caller caller_;
  const Timing timing_;
  const SteadyTime started_;
  // How far it is.
  std::vector<std::string> instances_;    ///< Ids, those of names among them.
  std::unordered_set<std::string> only_;  ///< Machines that are shown; empty: all.
  bool asked_to_run_ = false;
  std::string invoke_id_;
  std::string command_id_;
  std::vector<NamedMachine> known_;
  bool names_learnt_ = false;
  NameBook names_;
  std::optional<Follower> follower_;
  std::optional<OutputMux> mux_;
  std::optional<JsonReport> report_;
  std::size_t named_ = 0;  ///< Machines whose name the mux has.
  std::chrono::microseconds progress_shown_{-1};
  bool told_away_ = false;
  bool trouble_ = false;    ///< The connection is lost, and that was told.
  bool reassured_ = false;  ///< Ctrl-C came once.
  bool ended_ = false;      ///< The document of --output json is complete.
  ExitCode exit_ = ExitCode::kSuccess;
};

}  // namespace assist::cli
