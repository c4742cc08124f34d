#include "cli/service/connection.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "cli/answer/api_error.h"
#include "cli/answer/escape.h"
#include "cli/ecs/arguments.h"
#include "cli/service/files.h"

namespace assist::cli {

Connection::Connection(Program& used, Settings complete, std::unique_ptr<TlsClientContext> trusted,
                       const ApiClient::Options& options)
    : program(used),
      settings(std::move(complete)),
      trust(std::move(trusted)),
      client(settings, trust.get(), clock, random, options) {}

std::unique_ptr<Connection> Connection::Open(const CommonOptions& options, Program& program,
                                             const ApiClient::Options& client) {
  auto loaded = LoadSettings(options, program.environment, program.text);
  if (!loaded) {
    program.Say(loaded.error().detail);
    return nullptr;
  }
  for (const std::string& warning : loaded->warnings) program.Say(warning);
  auto trust = MakeTrust(loaded->settings, program.text);
  if (!trust) {
    program.Say(trust.error().detail);
    return nullptr;
  }
  return std::unique_ptr<Connection>(new Connection(program, std::move(loaded->settings), std::move(*trust), client));
}

ExitCode Connection::Loop(asio::awaitable<ExitCode> work) {
  ExitCode exit = ExitCode::kInterrupted;
  auto done = [&exit, this](std::exception_ptr error, ExitCode code) {
    io.stop();
    if (!error) {
      exit = code;
      return;
    }
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) return;  // Cancel()
      exit = ExitCode::kUnreachable;
      program.Say(program.text(msg::kInternalError, e.what()));
    } catch (const std::exception& e) {
      exit = ExitCode::kUnreachable;
      program.Say(program.text(msg::kInternalError, e.what()));
    }
  };
  asio::co_spawn(io, std::move(work), asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
  io.run();
  return exit;
}

asio::awaitable<Result<std::string>> Caller::Ask(std::string action, encoding::FormFields parameters) {
  const Manner manner;
  return Ask(std::move(action), std::move(parameters), manner);
}

asio::awaitable<Result<std::string>> Caller::Ask(std::string action, encoding::FormFields parameters, Manner manner) {
  const CallContext context{action, settings_.endpoint, settings_.access_key_id};
  AddDefaults(action, settings_.region_id, random_.Uuid(), parameters);
  Result<ApiAnswer> answer = co_await client_.Call(std::move(action), std::move(parameters), manner.patience);
  if (answer && answer->ok()) co_return std::move(answer->body);
  failure_ = Failure();
  if (!answer) {
    exit_ = ExitCode::kUnreachable;
    failure_.line = DescribeTransportError(answer.error(), context, program_.text);
  } else {
    exit_ = ExitCode::kRefused;
    const auto envelope = ParseEnvelope(answer->body);
    if (envelope) {
      failure_.code = envelope->code;
      failure_.request_id = envelope->request_id;
    }
    failure_.line = DescribeRefusal(answer->http_status, envelope, context, program_.text);
  }
  if (!manner.silent) program_.Say(failure_.line);
  co_return Fail(Errc::kInternal, failure_.code);
}

ExitCode Caller::NotUnderstood(std::string_view action, const Error& error) const {
  program_.Say(program_.text(msg::kNotUnderstood, action, EscapeLine(error.detail)));
  return ExitCode::kRefused;
}

}  // namespace assist::cli
