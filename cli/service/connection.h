// A verb's way to the server: settings, trust, clock, randomness, the loop and the client, made together. Owned by the
// verb, destroyed before the Program. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "cli/answer/exit_code.h"
#include "cli/client/api_client.h"
#include "cli/ecs/common_options.h"
#include "cli/service/program.h"
#include "cli/settings/settings.h"
#include "common/base/result.h"
#include "common/net/tls_context.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

class Connection {
 public:
  /// nullptr: the settings do not suffice, which has been said; the program ends with kUsage.
  [[nodiscard]] static std::unique_ptr<Connection> Open(const CommonOptions& options, Program& program,
                                                        const ApiClient::Options& client = {});

  /// Runs the loop until `work` has ended; an exception that leaves it is a fault of ours. kInterrupted after Cancel().
  [[nodiscard]] ExitCode Loop(asio::awaitable<ExitCode> work);
  /// On the loop: `work` is cancelled at what it waits for. It says nothing more, unless it was about to end anyway.
  void Cancel() { cancel_.emit(asio::cancellation_type::terminal); }

  Program& program;
  Settings settings;
  std::unique_ptr<TlsClientContext> trust;  ///< nullptr: plain HTTP.
  SystemClock clock;
  SystemRandom random;
  asio::io_context io{1};
  ApiClient client;

 private:
  Connection(Program& program, Settings settings, std::unique_ptr<TlsClientContext> trust,
             const ApiClient::Options& options);

  asio::cancellation_signal cancel_;
};

/// Asks the server and tells the user what went wrong. One call at a time, on the executor of its coroutines.
class Caller {
 public:
  struct Manner {
    std::chrono::seconds patience{0};  ///< How long a lost server is waited for.
    bool silent = false;               ///< A failure is not told.
  };

  /// What the last failure was.
  struct Failure {
    std::string code;  ///< The server's; empty when no answer came.
    std::string line;  ///< As it is said.
    std::string request_id;
  };

  /// References outlive this.
  Caller(const Program& program, const Settings& settings, ApiClient& client, Random& random)
      : program_(program), settings_(settings), client_(client), random_(random) {}

  /// The body of a successful answer. Else the line is shown, exit() says how the program ends, and the Error has the
  /// server's Code as its detail (empty when none came). RegionId and ClientToken are added.
  asio::awaitable<Result<std::string>> Ask(std::string action, encoding::FormFields parameters, Manner manner);
  asio::awaitable<Result<std::string>> Ask(std::string action, encoding::FormFields parameters);

  /// The answer was not what the reference says.
  [[nodiscard]] ExitCode NotUnderstood(std::string_view action, const Error& error) const;
  [[nodiscard]] ExitCode exit() const noexcept { return exit_; }
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }

 private:
  const Program& program_;
  const Settings& settings_;
  ApiClient& client_;
  Random& random_;
  ExitCode exit_ = ExitCode::kSuccess;
  Failure failure_;
};

}  // namespace assist::cli
