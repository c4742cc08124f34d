#include "server/control/send_file.h"

#include <algorithm>

#include "server/control/idempotency.h"
#include "server/control/runner.h"
#include "server/control/start_invocation.h"
#include "server/control/targets.h"
#include "server/model/content.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kOperation = "SendFile";

Result<Targets> FindTargets(store::ReadTx& tx, const ReadContext& context, const SendFileIn& in) {
  if (in.instances.empty()) return Fail(Errc::kInvalid, "no machine is named", "MissingParam.InstanceId");
  Result<NamedTargets> named = ResolveNamed(tx, in.instances, context.limits().file_targets);
  if (!named) return Forward(named);
  Targets targets;
  targets.ids = std::move(named->ids);
  for (const store::ReadTx::Target& target : named->found) targets.keys.push_back(target.key);
  return targets;
}

/// As for commands: the scheduler deletes the oldest finished ones, and is given a tenth of room to keep up.
Status CheckRoom(store::Tx& tx, const Context& context) {
  const std::int64_t limit = context.limits().files;
  const std::int64_t files = tx.CountFiles();
  if (files < limit || (files < limit + limit / 10 && !tx.OldFiles(context.now, 1).empty())) return {};
  return Fail(Errc::kTooLarge, "There are " + std::to_string(files) + " file tasks that have not ended, the limit.",
              "Operation.Forbidden");
}

model::Invocation MakeInvocation(store::Tx& tx, Context& context, const SendFileIn& in, std::int64_t targets) {
  const model::Limits& limits = context.limits();
  model::Invocation invocation;
  invocation.id = InvokeId("f-" + context.random.Hex(16));
  invocation.description = in.description;
  invocation.file = in.file;
  invocation.content = tx.KeepContent(in.content.Reveal());
  invocation.run_content =
      in.bytes.Reveal() == in.content.Reveal() ? invocation.content : tx.KeepContent(in.bytes.Reveal());
  invocation.timeout = std::max(in.timeout, limits.timeout_min);
  invocation.region = in.region;
  invocation.repeatable = in.repeatable;
  invocation.delivery_timeout = in.delivery_timeout.value_or(limits.delivery_timeout);
  if (invocation.delivery_timeout >= std::chrono::seconds(0)) {
    invocation.delivery_deadline = context.now + invocation.delivery_timeout;
  }
  invocation.targets = targets;
  invocation.creating = targets > store::kSliceRows;
  invocation.created = context.now;
  invocation.tags = in.tags;
  tx.InsertInvocation(invocation);
  return invocation;
}

}  // namespace

Result<SendFileOut> SendFile(store::Tx& tx, Context& context, const SendFileIn& in) {
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kOperation, in.client_token);
  if (!former) return Forward(former);
  if (*former) {
    SendFileOut out{InvokeId(**former)};
    const auto invocation = tx.FindInvocation(out.invocation);
    out.creating = invocation && invocation->creating;
    return out;
  }
  if (in.timeout > context.limits().timeout_max) {
    return Fail(Errc::kTooLarge, "Timeout is too long", "InvalidTimeout.ExceedLimit");
  }
  if (model::Base64Size(in.bytes.Reveal().size()) > context.limits().file_base64_bytes) {
    return Fail(Errc::kTooLarge, "the file is too long", "FileSize.ExceedLimit");
  }
  Result<Targets> targets = in.resolved ? Targets{{}, *in.resolved} : FindTargets(tx, context, in);
  if (!targets) return Forward(targets);
  if (Status room = CheckRoom(tx, context); !room) return Forward(room);
  const model::Invocation invocation = MakeInvocation(tx, context, in, static_cast<std::int64_t>(targets->keys.size()));
  WriteTargets(tx, context, invocation, std::move(*targets));
  RememberAnswer(tx, context, kOperation, in.client_token, invocation.id.str());
  return SendFileOut{invocation.id, invocation.creating};
}

Result<ResolveFileTargetsOut> ResolveFileTargets(store::ReadTx& tx, const ReadContext& context, const SendFileIn& in) {
  Result<Targets> targets = FindTargets(tx, context, in);
  if (!targets) return Forward(targets);
  return ResolveFileTargetsOut{std::move(targets->keys)};
}

boost::asio::awaitable<Result<SendFileOut>> SendWholeFile(Runner& runner, SendFileIn in, Origin origin) {
  if (static_cast<std::int64_t>(in.instances.size()) > store::kSliceRows) {
    SendFileIn query = in;
    Result<ResolveFileTargetsOut> targets = co_await runner.Read(ResolveFileTargets, std::move(query));
    // What is wrong with the targets the change tells, after what is checked before them.
    if (targets) {
      in.resolved = std::move(targets->machines);
    } else if (targets.error().code == Errc::kUnavailable) {
      co_return Forward(targets);
    }
  }
  Result<SendFileOut> out = co_await runner.Change(SendFile, std::move(in), std::move(origin));
  if (!out || !out->creating) co_return out;
  // It is committed: what fails from here on scheduler makes up for.
  InvokeId id = out->invocation;
  Status complete = co_await CompleteInvocation(runner, std::move(id));
  out->creating = !complete;
  co_return out;
}

}  // namespace assist::server::control
