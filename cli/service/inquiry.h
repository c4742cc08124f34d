// What verbs that ask and show work with: calls whose failures are told, lists page by page, machines by name, and the
// form of the answer. One a verb, on the executor of its coroutines. References outlive it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/machines/machine_list.h"
#include "cli/run/names.h"
#include "cli/service/connection.h"
#include "cli/service/program.h"
#include "cli/table/output.h"
#include "cli/table/table.h"
#include "cli/verbs/output_options.h"
#include "cli/verbs/targets.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

/// A list of the API, asked for page by page.
struct Listing {
  std::string action;
  encoding::FormFields filter;
  std::int64_t page = 1'000;  ///< Rows in one answer; a server that refuses so many is asked for 50.
  bool silent = false;        ///< A failure is not told.
};

class Inquiry {
 public:
  /// Takes a page; false: the rest is not wanted. Its Error is about the answer.
  using TakePage = std::function<Result<bool>(const json::Object& page)>;

  Inquiry(OutputOptions output, const Program& program, const Settings& settings, ApiClient& client, Clock& clock,
          Random& random)
      : output_(output),
        program_(program),
        settings_(settings),
        clock_(clock),
        caller_(program, settings, client, random) {}

  /// The answer as an object. Else all is said, exit() is how the program ends, and the Error has the server's Code as
  /// its detail.
  asio::awaitable<Result<json::Object>> Ask(std::string action, encoding::FormFields parameters);
  asio::awaitable<Result<json::Object>> Ask(std::string action, encoding::FormFields parameters, bool silent);
  /// After a silent Ask() that failed: as if it had not been silent.
  void TellFailure();
  /// All pages, or until `take` has enough.
  asio::awaitable<Status> EachPage(Listing listing, TakePage take);

  /// The ids of machines that the user named by id or by name.
  asio::awaitable<Result<std::vector<std::string>>> FindMachines(std::vector<std::string> words);
  /// Those that -i, -t or --all mean.
  asio::awaitable<Result<std::vector<std::string>>> FindTargets(Targets targets);
  /// Of these machines; those that are gone, or all if the server does not tell, are left out.
  asio::awaitable<std::vector<NamedMachine>> NamesOf(std::vector<std::string> ids);

  /// Something is wrong: said in a line, and as a document where one is expected.
  Status Refuse(ExitCode exit, std::string_view code, const std::string& line);
  Status NotUnderstood(std::string_view action, const Error& error);
  /// A line that is no answer; not for programs.
  void Say(std::string_view line) const;

  ExitCode Print(const std::string& text) const { return program_.Print(text); }
  ExitCode PrintJson(std::string json) const { return program_.PrintJson(std::move(json)); }
  /// A line each.
  ExitCode PrintIds(const std::vector<std::string>& ids) const;
  /// The table, and on a terminal what had no room.
  ExitCode PrintTable(Table table) const;

  [[nodiscard]] Look look() const;
  [[nodiscard]] const Text& text() const noexcept { return program_.text; }
  [[nodiscard]] const Program& program() const noexcept { return program_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] OutputKind kind() const noexcept { return output_.kind; }
  [[nodiscard]] const OutputOptions& output() const noexcept { return output_; }
  [[nodiscard]] ExitCode exit() const noexcept { return exit_; }

 private:
  void EndWithFailure();

  const OutputOptions output_;
  const Program& program_;
  const Settings& settings_;
  Clock& clock_;
  Caller caller_;
  ExitCode exit_ = ExitCode::kSuccess;
};

}  // namespace assist::cli
