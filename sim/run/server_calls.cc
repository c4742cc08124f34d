// The operator's calls, in the place of openapi.
#include "server/control/activations.h"
#include "server/control/describe_invocation_results.h"
#include "server/control/machines.h"
#include "server/control/register_machine.h"
#include "server/control/start_invocation.h"
#include "server/control/stop_invocation.h"
#include "sim/run/operator_words.h"
#include "sim/run/server_program.h"

namespace assist::sim::run {

namespace control = server::control;
namespace model = server::model;

namespace {

std::string HeaderOf(const link::Request& request, std::string_view name) {
  const auto found = request.headers.find(std::string(name));
  return found == request.headers.end() ? std::string() : found->second;
}

/// 404: what it is about is not there, now or ever.
link::Response Refusal(const Error& error) {
  const int status = error.code == Errc::kUnavailable ? 503 : error.code == Errc::kNotFound ? 404 : 400;
  return {status, error.detail};
}

checker::Shown ToShown(const control::ResultRow& row) {
  const model::TaskProgress& progress = row.task.task.progress;
  checker::Shown shown;
  shown.state = Name(progress.state);
  shown.final_state = IsFinal(progress.state);
  shown.outcome = progress.outcome == model::Outcome::kNone ? std::string_view{} : Name(progress.outcome);
  if (progress.error_code != model::ErrorCode::kNone) {
    shown.reason = std::string(Name(progress.error_code)) + ": " + progress.error_detail;
  }
  shown.exit_code = progress.exit_code;
  if (row.task.output) {
    shown.output = row.task.output->data.Reveal();
    shown.dropped = row.task.output->dropped;
  }
  return shown;
}

}  // namespace

asio::awaitable<void> ServerNode::Program::Register(link::Request request, Answer answer) {
  control::CreateActivationIn activation;
  activation.instance_count = 1;
  Result<control::CreateActivationOut> made =
      co_await runner_->Change(control::CreateActivation, std::move(activation));
  if (!made) {
    answer(Refusal(made.error()));
    co_return;
  }
  control::RegisterMachineIn in;
  in.activation = made->id;
  in.code = made->code;
  in.machine_id = HeaderOf(request, "machine");
  in.hostname = in.machine_id;
  in.public_key = "a key of " + in.machine_id;
  in.key_type = model::KeyType::kEd25519;
  in.assist_protocol = 1;
  Result<control::RegisterMachineOut> out = co_await runner_->Change(control::RegisterMachine, std::move(in));
  answer(out ? link::Response{200, out->instance.str()} : Refusal(out.error()));
}

asio::awaitable<void> ServerNode::Program::RunCommand(link::Request request, Answer answer) {
  control::StartInvocationIn in;
  control::InlineCommand command;
  command.name = "simulated";
  command.content = Secret<std::string>(request.body);
  in.command = std::move(command);
  for (std::string& id : SplitWords(HeaderOf(request, "machines"))) in.instances.push_back(InstanceId(std::move(id)));
  in.max_concurrency = HeaderOf(request, "max_concurrency");
  in.max_errors = HeaderOf(request, "max_errors");
  if (const std::string text = HeaderOf(request, "delivery_timeout"); !text.empty()) {
    in.delivery_timeout = std::chrono::seconds(std::stoll(text));
  }
  in.client_token.token = HeaderOf(request, "token");
  in.client_token.params_hash = std::string(32, 'h');
  in.client_token.owner = "operator";
  Result<control::StartInvocationOut> out =
      co_await control::StartWholeInvocation(*runner_, std::move(in), control::Origin());
  if (!out) {
    answer(Refusal(out.error()));
    co_return;
  }
  answer({200, out->invocation.str()});
}

asio::awaitable<void> ServerNode::Program::Stop(link::Request request, Answer answer) {
  control::StopInvocationIn in;
  in.invocation = InvokeId(HeaderOf(request, "invocation"));
  for (std::string& id : SplitWords(HeaderOf(request, "machines"))) in.instances.push_back(InstanceId(std::move(id)));
  Result<control::StopInvocationOut> out =
      co_await control::StopWholeInvocation(*runner_, std::move(in), control::Origin());
  answer(out ? link::Response{200, "stopped"} : Refusal(out.error()));
}

asio::awaitable<void> ServerNode::Program::Release(link::Request request, Answer answer) {
  control::DeregisterManagedInstanceIn in;
  in.instance = InstanceId(HeaderOf(request, "machine"));
  in.client_token.owner = "operator";
  Result<model::Machine> out = co_await runner_->Change(control::DeregisterManagedInstance, std::move(in));
  answer(out ? link::Response{200, "released"} : Refusal(out.error()));
}

asio::awaitable<void> ServerNode::Program::Describe(link::Request request, Answer answer) {
  control::DescribeInvocationResultsIn in;
  in.invocation = InvokeId(HeaderOf(request, "invocation"));
  Result<control::DescribeInvocationResultsOut> out =
      co_await runner_->Read(control::DescribeInvocationResults, std::move(in));
  if (!out) {
    answer(Refusal(out.error()));
    co_return;
  }
  std::vector<Row> rows;
  for (const control::ResultRow& row : out->items) rows.push_back({row.task.instance.str(), ToShown(row)});
  answer({200, EncodeRows(rows)});
}

}  // namespace assist::sim::run
