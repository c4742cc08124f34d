// Runs use cases: changes through the store's one writer (batched there; a savepoint each; commit, then effects, then
// the answer), reads in a fresh snapshot that holds everything committed before the call. Owned by service, one per
// server; any thread. It keeps nothing that must survive.
//   StartInvocationIn in = …;
//   Result<StartInvocationOut> out = co_await runner.Change(StartInvocation, std::move(in));
//   Result<DescribeCommandsOut> page = co_await runner.Read(DescribeCommands, std::move(query));
// Besides a use case's own errors: kUnavailable when the writer's or readers' queue is full, the disk is full, or the
// commit failed; then nothing was done (an uncertain commit is never told as done).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/async/clock.h"
#include "common/async/completion.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "server/control/access.h"
#include "server/control/audit.h"
#include "server/control/context.h"
#include "server/store/store.h"

namespace assist::server::control {

/// The nonce of a signed API call that changes something. It is used up in the call's own commit, also when the call is
/// refused; a second use fails with reason SignatureNonceUsed.
struct Nonce {
  std::string key;  ///< Access key id + '\0' + nonce; at most 512 bytes.
};

/// Where a change comes from. All of it may be missing: then the server itself makes it.
struct Origin {
  std::optional<Nonce> nonce = {};
  std::shared_ptr<const Access> access = {};  ///< Checked before the change, in its transaction.
  std::shared_ptr<AuditSlip> audit = {};      ///< Written with the change, or with its refusal.
};

class Runner {
 public:
  template <class Out, class In>
  using ChangeCase = Result<Out> (*)(store::Tx&, Context&, const In&);
  template <class Out, class In>
  using ReadCase = Result<Out> (*)(store::ReadTx&, const ReadContext&, const In&);

  /// Everything outlives this. `random` is used on the writer's thread only.
  struct Parts {
    store::Store& store;
    const Clock& clock;
    Random& random;
    const Settings& settings;
    const Presence& presence;
    AgentWaker& waker;
    OperatorNotes& notes;
  };
  explicit Runner(Parts parts) : parts_(parts) {}
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Runs the change; resumes after commit and effects. The change goes on when the caller is cancelled meanwhile.
  template <class Out, class In>
  asio::awaitable<Result<Out>> Change(ChangeCase<Out, In> use_case, In in, Origin origin = Origin());

  /// `access` is checked before, in the same snapshot.
  template <class Out, class In>
  asio::awaitable<Result<Out>> Read(ReadCase<Out, In> use_case, In in, std::shared_ptr<const Access> access = nullptr);

  [[nodiscard]] const Settings& settings() const noexcept { return parts_.settings; }
  [[nodiscard]] const Clock& clock() const noexcept { return parts_.clock; }

 private:
  void Apply(const Effects& effects) const;
  [[nodiscard]] static Status UseNonce(store::Tx& tx, const Context& context, const Nonce& nonce);

  Parts parts_;
};

template <class Out, class In>
asio::awaitable<Result<Out>> Runner::Change(ChangeCase<Out, In> use_case, In in, Origin origin) {
  // Shared, since the job may outlive this coroutine.
  struct Call {
    ChangeCase<Out, In> use_case;
    In in;
    Origin origin;
    std::optional<Result<Out>> out;
    Effects effects;
  };
  auto call = std::make_shared<Call>(Call{use_case, std::move(in), std::move(origin), {}, {}});
  UniqueFunction<void(Completion<Status>)> start = [this, call](Completion<Status> resume) {
    store::WriteJob job;
    job.run = [this, call](store::Tx& tx) -> Status {
      Context context(parts_.clock.Now(), parts_.settings, parts_.presence, parts_.random);
      if (call->origin.nonce) {
        if (Status fresh = UseNonce(tx, context, *call->origin.nonce); !fresh) return fresh;
      }
      Status allowed = call->origin.access ? CheckAccess(tx, context, *call->origin.access) : Status();
      if (!allowed) {
        call->out.emplace(Forward(allowed));
        if (call->origin.audit) WriteAudit(tx, context, *call->origin.audit, &allowed.error(), {});
        return {};
      }
      Status done = tx.Nested([&]() -> Status {
        call->out.emplace(call->use_case(tx, context, call->in));
        if (!*call->out) return tl::make_unexpected(call->out->error());
        return {};
      });
      call->effects = done ? std::move(context.effects) : Effects{};
      if (call->origin.audit) {
        const AuditResult result = done ? ResultOf(**call->out) : AuditResult{};
        WriteAudit(tx, context, *call->origin.audit, done ? nullptr : &done.error(), result);
      }
      return {};  // a refusal is an answer; the nonce stays used
    };
    job.done = [this, call, resume = std::move(resume)](Status committed) mutable {
      if (committed) {
        if (call->origin.audit) call->origin.audit->written = true;
        Apply(call->effects);
      }
      resume(std::move(committed));
    };
    parts_.store.Write(std::move(job));
  };
  Status committed = co_await Await<Status>(std::move(start));
  if (!committed) co_return Forward(committed);
  co_return std::move(*call->out);
}

template <class Out, class In>
asio::awaitable<Result<Out>> Runner::Read(ReadCase<Out, In> use_case, In in, std::shared_ptr<const Access> access) {
  struct Call {
    ReadCase<Out, In> use_case;
    In in;
    std::shared_ptr<const Access> access;
    std::optional<Result<Out>> out;
  };
  auto call = std::make_shared<Call>(Call{use_case, std::move(in), std::move(access), {}});
  UniqueFunction<void(Completion<Status>)> start = [this, call](Completion<Status> resume) {
    store::ReadJob job;
    job.run = [this, call](store::ReadTx& tx) -> Status {
      const ReadContext context{parts_.clock.Now(), parts_.settings, parts_.presence};
      if (call->access) {
        if (Status allowed = CheckAccess(tx, context, *call->access); !allowed) {
          call->out.emplace(Forward(allowed));
          return {};
        }
      }
      call->out.emplace(call->use_case(tx, context, call->in));
      return {};
    };
    job.done = [resume = std::move(resume)](Status read) mutable { resume(std::move(read)); };
    parts_.store.Read(std::move(job));
  };
  Status read = co_await Await<Status>(std::move(start));
  if (!read) co_return Forward(read);
  co_return std::move(*call->out);
}

}  // namespace assist::server::control
