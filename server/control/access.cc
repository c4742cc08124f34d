#include "server/control/access.h"

#include <algorithm>
#include <span>

#include "server/store/tx.h"

namespace assist::server::control {
namespace {

using policy::Kind;
using policy::Resource;
using policy::Verdict;

/// One need of one call, judged resource by resource.
class Judgement {
 public:
  Judgement(store::ReadTx& tx, const ReadContext& context, const Access& access, const Need& need)
      : tx_(tx), context_(context), access_(access), need_(need) {}

  Status Run() {
    bool met = false;
    std::string missing;
    for (const Touched& touched : need_.any_of) {
      missing_.clear();
      Result<Verdict> verdict = JudgeAll(touched);
      if (!verdict) return Forward(verdict);
      if (*verdict == Verdict::kDenied) return Refused(missing_);
      if (*verdict == Verdict::kAllowed) met = true;
      if (missing.empty()) missing = missing_;
    }
    return met ? Status() : Refused(missing);
  }

 private:
  Status Refused(const std::string& missing) const {
    return Fail(Errc::kDenied, access_.key + " is not allowed to do " + need_.action + " on " + missing + ".",
                "Forbidden.RAM");
  }

  Result<Verdict> JudgeAll(const Touched& touched) {
    if (touched.kind == Kind::kNone) return JudgeOne({}, "*");
    if (!touched.ids.empty()) return JudgeIds(touched.kind, touched.ids);
    if (!touched.of.empty()) return touched.kind == Kind::kCommand ? CommandOf(touched.of) : MachinesOf(touched.of);
    if (touched.fresh) {
      const Resource made{touched.kind, "*", access_.region, false, &touched.with, true};
      return JudgeOne(made, Shown(touched.kind, "*", access_.region));
    }
    if (touched.resolve) {
      if (const auto verdict = JudgeTagged(touched)) return *verdict;
    }
    return JudgeAny(touched);
  }

  Verdict JudgeOne(const Resource& resource, std::string shown) {
    const Verdict verdict = access_.policy->Judge(need_.action, resource, context_.settings.account_id);
    if (verdict != Verdict::kAllowed && missing_.empty()) missing_ = std::move(shown);
    return verdict;
  }

  [[nodiscard]] std::string Shown(Kind kind, std::string_view id, std::string_view region) const {
    std::string out = "acs:ecs:";
    out += region.empty() ? "*" : region;
    out += ':' + context_.settings.account_id + ':';
    out += Name(kind);
    out += '/';
    out += id;
    return out;
  }

  /// Commands and activations belong to every region.
  [[nodiscard]] std::string_view RegionOf(Kind kind) const {
    return kind == Kind::kCommand || kind == Kind::kActivation ? std::string_view(access_.region) : std::string_view();
  }

  /// All of a kind, or all that have some tags.
  Verdict JudgeAny(const Touched& touched) {
    model::Tags known;
    std::string with;
    for (const model::Tag& tag : touched.with) {
      with += (with.empty() ? " with the tag " : ", ") + tag.key + (tag.value.empty() ? "" : "=" + tag.value);
      if (!tag.value.empty()) known.push_back(tag);
    }
    const std::string_view region = RegionOf(touched.kind);
    const Resource any{touched.kind, {}, region, false, &known, false};
    return JudgeOne(any, Shown(touched.kind, "*", region) + with);
  }

  /// Empty: none has these tags. What is missing is told by the tags, never by a machine that the caller may not know.
  std::optional<Verdict> JudgeTagged(const Touched& touched) {
    std::vector<store::TagMatch> tags;
    for (const model::Tag& tag : touched.with) {
      tags.push_back({tag.key, tag.value.empty() ? std::nullopt : std::optional<std::string>(tag.value)});
    }
    const auto found = tx_.MachinesWithTags(tags, context_.limits().targets + 1);
    if (found.empty()) return std::nullopt;
    Verdict all = Verdict::kAllowed;
    for (const auto& target : found) {
      const auto machine = tx_.LoadMachine(target.key);
      if (!machine) continue;
      const Resource whole{Kind::kInstance, machine->id.str(), machine->region, true, &machine->tags, true};
      const Verdict verdict = access_.policy->Judge(need_.action, whole, context_.settings.account_id);
      if (verdict == Verdict::kAllowed) continue;
      (void)JudgeAny(touched);  // for its words
      if (missing_.empty()) missing_ = Shown(Kind::kInstance, "*", {});
      all = verdict;
      if (verdict == Verdict::kDenied) break;
    }
    return all;
  }

  Result<Verdict> CommandOf(const InvokeId& id) {
    const auto invocation = tx_.FindInvocation(id);
    if (!invocation || invocation->command_id.empty()) return JudgeAny({Kind::kCommand});
    return JudgeIds(Kind::kCommand, {invocation->command_id.str()});
  }

  /// Of an invocation that is not there, as of any machine.
  Result<Verdict> MachinesOf(const InvokeId& id) {
    const auto invocation = tx_.FindInvocation(id);
    if (!invocation) return JudgeAny({Kind::kInstance});
    Verdict all = Verdict::kAllowed;
    bool one = false;
    model::TaskKey after;
    for (;;) {
      const std::vector<store::TaskOn> tasks = tx_.TasksOf(invocation->key, after, store::kSliceRows);
      std::vector<std::string> ids;
      for (const store::TaskOn& task : tasks) ids.push_back(task.instance.str());
      if (!ids.empty()) {
        one = true;
        const Verdict verdict = JudgeIds(Kind::kInstance, ids);
        if (verdict != Verdict::kAllowed) {
          missing_ = "the machines of " + Shown(Kind::kInvocation, id.str(), {});
          all = verdict;
        }
        if (verdict == Verdict::kDenied) return verdict;
      }
      if (static_cast<std::int64_t>(tasks.size()) < store::kSliceRows) break;
      after = tasks.back().task.key;
    }
    if (!one) return JudgeAny({Kind::kInstance});
    if (all == Verdict::kAllowed && invocation->creating) {
      return Fail(Errc::kUnavailable, "the invocation is still being written; try again in a moment");
    }
    return all;
  }

  Verdict JudgeIds(Kind kind, const std::vector<std::string>& ids) {
    const bool facts = access_.policy->NeedsFacts(need_.action, kind);
    Verdict all = Verdict::kAllowed;
    for (const std::string& id : ids) {
      Resource resource{kind, id, RegionOf(kind), false, nullptr, false};
      std::string region;
      model::Tags tags;
      if (facts) Complete(resource, region, tags);
      const Verdict verdict = JudgeOne(resource, Shown(kind, id, RegionOf(kind)));
      if (verdict == Verdict::kDenied) return verdict;
      if (verdict != Verdict::kAllowed) all = verdict;
    }
    return all;
  }

  /// What is known of a resource that is there; one that is not stays as it is.
  void Complete(Resource& resource, std::string& region, model::Tags& tags) {
    const std::string id(*resource.id);
    bool there = false;
    if (resource.kind == Kind::kCommand) {
      if (auto command = tx_.FindCommand(CommandId(id))) {
        there = true;
        tags = std::move(command->tags);
      }
    } else if (resource.kind == Kind::kActivation) {
      if (auto activation = tx_.FindActivation(ActivationId(id))) {
        there = true;
        tags = std::move(activation->tags);
      }
    } else if (resource.kind == Kind::kInvocation) {
      if (auto invocation = tx_.FindInvocation(InvokeId(id))) {
        there = true;
        tags = std::move(invocation->tags);
        region = std::move(invocation->region);
      }
    } else if (auto machine = tx_.FindMachine(InstanceId(id))) {
      there = true;
      tags = std::move(machine->tags);
      region = std::move(machine->region);
    }
    if (!there) return;
    resource.tags = &tags;
    resource.tags_complete = true;
    if (resource.kind == Kind::kInvocation || resource.kind == Kind::kInstance) {
      resource.region = region;
      resource.region_certain = true;
    }
  }

  store::ReadTx& tx_;
  const ReadContext& context_;
  const Access& access_;
  const Need& need_;
  std::string missing_;  // the first resource that was
};

}  // namespace

bool Access::everywhere() const noexcept {
  return std::all_of(needs.begin(), needs.end(),
                     [this](const Need& each) { return policy->AllowsEverywhere(each.action); });
}

Status CheckAccess(store::ReadTx& tx, const ReadContext& context, const Access& access) {
  const std::optional<model::AccessKey> key = tx.FindAccessKey(access.key);
  if (!key) return Fail(Errc::kDenied, "the access key was deleted", "InvalidAccessKeyId.NotFound");
  if (!key->active) return Fail(Errc::kDenied, "the access key was deactivated", "InvalidAccessKeyId.Inactive");
  if (key->policy != access.policy_text) return Fail(Errc::kUnavailable, "the key's policy has just been changed");
  for (const Need& need : access.needs) {
    if (access.policy->AllowsEverywhere(need.action)) continue;
    if (Status met = Judgement(tx, context, access, need).Run(); !met) return met;
  }
  return {};
}

Result<JudgeOut> Judge(store::ReadTx& tx, const ReadContext& context, const JudgeIn& in) {
  if (Status allowed = CheckAccess(tx, context, *in.access); !allowed) return Forward(allowed);
  return JudgeOut{};
}

}  // namespace assist::server::control
