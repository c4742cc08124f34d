#include "cli/service/ecs_command.h"

#include <string>
#include <utility>

#include "cli/answer/api_error.h"
#include "cli/answer/escape.h"
#include "cli/answer/pretty_json.h"
#include "cli/ecs/actions.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

bool ShowAnswer(const std::string& body, OutputFormat format, Console& console) {
  const bool terminal = console.out_is_terminal();
  const bool is_json = json::Parse(body).has_value();
  if (is_json && (format == OutputFormat::kPretty || (format == OutputFormat::kJson && terminal))) {
    return console.Out(PrettyJson(body));
  }
  std::string shown = body;
  if (terminal) {
    shown.clear();
    TerminalEscaper escaper;
    escaper.Append(shown, body);
    escaper.Finish(shown);
  }
  if (!shown.ends_with('\n')) shown += '\n';
  return console.Out(shown);
}

}  // namespace

asio::awaitable<ExitCode> RunEcs(EcsCall call, const Settings& settings, ApiClient& client, Random& random,
                                 const Program& program) {
  Console& console = program.console;
  const Text& text = program.text;
  const CallContext context{call.action, settings.endpoint, settings.access_key_id};
  AddDefaults(call.action, settings.region_id, random.Uuid(), call.parameters);
  auto answer = co_await client.Call(call.action, std::move(call.parameters));
  if (!answer) {
    program.Say(DescribeTransportError(answer.error(), context, text));
    co_return ExitCode::kUnreachable;
  }
  const auto envelope = answer->ok() ? std::nullopt : ParseEnvelope(answer->body);
  if (answer->ok() || envelope) {
    if (!ShowAnswer(answer->body, settings.output_format, console)) co_return ExitCode::kOutputClosed;
  }
  if (answer->ok()) co_return ExitCode::kSuccess;

  std::string line = DescribeRefusal(answer->http_status, envelope, context, text);
  if (envelope && envelope->code == "InvalidAction.NotFound") {
    const std::string_view nearest = NearestAction(call.action);
    if (!nearest.empty() && nearest != call.action) line += text(msg::kDidYouMean, nearest);
  }
  program.Say(line);
  const Action* known = FindAction(call.action);
  const bool remembered = known != nullptr && known->client_token;
  if (answer->earlier_attempt && ChangesState(call.action) && !remembered) {
    program.Say(text(msg::kEarlierAttempt));
  }
  co_return ExitCode::kRefused;
}

}  // namespace assist::cli
