#include "server/policy/policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/policy/pattern.h"

namespace assist::server::policy {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPresets = {{
    {"admin", R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    {"operator", R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["ecs:InvokeCommand","ecs:StopInvocation",)"
                 R"("ecs:ModifyInvocationAttribute","ecs:Describe*","ecs:List*"],"Resource":"*"}]})"},
    {"read-only", R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["ecs:Describe*","ecs:List*"],)"
                  R"("Resource":"*"}]})"},
}};

char Small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameIgnoringCase(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Small(x) == Small(y); });
}

}  // namespace

std::string_view Name(Kind kind) noexcept {
  switch (kind) {
    case Kind::kCommand:
      return "command";
    case Kind::kInstance:
      return "instance";
    case Kind::kInvocation:
      return "invocation";
    case Kind::kActivation:
      return "activation";
    case Kind::kNone:
      break;
  }
  return "*";
}

std::string_view PresetDocument(std::string_view name) noexcept {
  for (const auto& [preset, document] : kPresets) {
    if (preset == name) return document;
  }
  return {};
}

Result<std::shared_ptr<const Policy>> Policy::Of(std::string_view text, const Vocabulary* vocabulary) {
  const std::string_view preset = PresetDocument(text);
  // Presets name what any version may have: what a vocabulary lacks of them is no mistake of the caller's.
  auto parsed = preset.empty() ? Parse(text, vocabulary) : Parse(preset, nullptr);
  if (!parsed) return Forward(parsed);
  return std::shared_ptr<const Policy>(std::make_shared<Policy>(std::move(*parsed)));
}

bool Policy::Names(const Statement& statement, std::string_view action) noexcept {
  return std::any_of(statement.actions.begin(), statement.actions.end(),
                     [&](const std::string& pattern) { return Matches(pattern, action); });
}

Policy::Answer Policy::Covers(const Place& place, const Resource& resource, std::string_view account) noexcept {
  if (place.everything) return Answer::kYes;
  if (!Matches(place.account, account)) return Answer::kNo;
  if (resource.kind == Kind::kNone) {
    // Not tied to a resource: only what speaks of all of them speaks of it.
    if (place.kind || !MatchesAll(place.id)) return Answer::kNo;
  } else {
    if (place.kind && *place.kind != resource.kind) return Answer::kNo;
  }
  Answer answer = Answer::kYes;
  if (resource.kind != Kind::kNone && !MatchesAll(place.id)) {
    if (!resource.id) {
      answer = Answer::kPerhaps;
    } else if (!Matches(place.id, *resource.id)) {
      return Answer::kNo;
    }
  }
  if (MatchesAll(place.region)) return answer;
  if (!resource.region.empty() && Matches(place.region, resource.region)) return answer;
  return resource.region_certain ? Answer::kNo : Answer::kPerhaps;
}

Policy::Answer Policy::Holds(const Condition& condition, const Resource& resource) noexcept {
  const model::Tag* found = nullptr;
  if (resource.tags != nullptr) {
    for (const model::Tag& tag : *resource.tags) {
      if (tag.key == condition.tag) found = &tag;
    }
  }
  if (found == nullptr) {
    if (!resource.tags_complete) return Answer::kPerhaps;
    return condition.negated ? Answer::kYes : Answer::kNo;  // a tag that is not there equals nothing
  }
  const bool one = std::any_of(condition.values.begin(), condition.values.end(), [&](const std::string& value) {
    switch (condition.test) {
      case Test::kEquals:
        return value == found->value;
      case Test::kEqualsIgnoreCase:
        return SameIgnoringCase(value, found->value);
      case Test::kLike:
        return Matches(value, found->value);
    }
    return false;
  });
  return one != condition.negated ? Answer::kYes : Answer::kNo;
}

Policy::Answer Policy::Fits(const Statement& statement, const Resource& resource, std::string_view account) {
  Answer place = Answer::kNo;
  for (const Place& each : statement.places) place = std::max(place, Covers(each, resource, account));
  Answer all = place;
  for (const Condition& condition : statement.conditions) {
    if (all == Answer::kNo) break;
    all = std::min(all, Holds(condition, resource));
  }
  return all;
}

Verdict Policy::Judge(std::string_view action, const Resource& resource, std::string_view account) const {
  Verdict verdict = Verdict::kNotAllowed;
  for (const Statement& statement : statements_) {
    if (!Names(statement, action)) continue;
    const Answer fits = Fits(statement, resource, account);
    if (!statement.allow && fits != Answer::kNo) return Verdict::kDenied;
    if (statement.allow && fits == Answer::kYes) verdict = Verdict::kAllowed;
  }
  return verdict;
}

bool Policy::AllowsEverywhere(std::string_view action) const noexcept {
  bool allowed = false;
  for (const Statement& statement : statements_) {
    if (!Names(statement, action)) continue;
    if (!statement.allow) return false;
    const bool all = std::any_of(statement.places.begin(), statement.places.end(),
                                 [](const Place& place) { return place.everything; });
    if (all && statement.conditions.empty()) allowed = true;
  }
  return allowed;
}

bool Policy::MayAllow(std::string_view action) const noexcept {
  return std::any_of(statements_.begin(), statements_.end(),
                     [&](const Statement& each) { return each.allow && Names(each, action); });
}

bool Policy::NeedsFacts(std::string_view action, Kind kind) const noexcept {
  for (const Statement& statement : statements_) {
    if (!Names(statement, action)) continue;
    if (!statement.conditions.empty()) return true;
    for (const Place& place : statement.places) {
      const bool speaks_of_it = !place.everything && (!place.kind || *place.kind == kind);
      if (speaks_of_it && !MatchesAll(place.region)) return true;
    }
  }
  return false;
}

}  // namespace assist::server::policy
