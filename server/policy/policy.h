// What an access key may do: a document in the form of Alibaba Cloud RAM's policies, and the decision it gives. Pure;
// a Policy never changes, any thread may ask it.
//   {"Version":"1","Statement":[{"Effect":"Allow","Action":["ecs:InvokeCommand","ecs:Describe*"],
//     "Resource":["acs:ecs:*:*:command/*","acs:ecs:*:*:instance/*"],
//     "Condition":{"StringEquals":{"acs:ResourceTag/team":"web"}}}]}
// A Deny wins over every Allow, and what no statement speaks of is denied. Anything in a document that is not
// understood refuses the whole: nothing in it is ever passed over.
//
// A question may be about resources of which not everything is known: one that may not be there, or all that have a
// tag. Then an Allow counts only where it holds whatever is not known, and a Deny where it could hold. So a key that is
// refused learns nothing of what is there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "server/model/entities.h"

namespace assist::server::policy {

/// Of resources; as they stand in `acs:ecs:<region>:<account>:<kind>/<id>`.
enum class Kind : std::uint8_t { kNone, kCommand, kInstance, kInvocation, kActivation };
[[nodiscard]] std::string_view Name(Kind kind) noexcept;  ///< `command`, …; `*` for kNone.

/// What a call touches. The views live as long as the question.
struct Resource {
  Kind kind = Kind::kNone;
  std::optional<std::string_view> id;  ///< Empty: any of its kind.
  std::string_view region;             ///< Empty: not known, so that an Allow for one region does not count.
  bool region_certain = false;         ///< Otherwise it is in others, too: a Deny for any region counts.
  const model::Tags* tags = nullptr;
  bool tags_complete = false;  ///< Otherwise it may have further tags.
};

enum class Verdict : std::uint8_t {
  kAllowed,
  kNotAllowed,  ///< No statement speaks of it.
  kDenied,      ///< A Deny does, or could.
};

/// What is there at all. A pattern that fits nothing of it was meant otherwise, and is refused.
struct Vocabulary {
  std::span<const std::string> actions;  ///< `ecs:RunCommand`, …
  std::span<const std::string> regions;
  std::string_view account;
};

inline constexpr std::size_t kMaxPolicyBytes = 16'384;
inline constexpr std::size_t kMaxStatements = 64;
inline constexpr std::size_t kMaxValues = 200;  ///< In one list.

class Policy {
 public:
  /// kInvalid names the place: `Statement[1].Action[0]: …`. Without a vocabulary only the form is looked at.
  [[nodiscard]] static Result<Policy> Parse(std::string_view document, const Vocabulary* vocabulary);
  /// As an access key has it: the name of a preset, or a document. kInvalid also for an empty text.
  [[nodiscard]] static Result<std::shared_ptr<const Policy>> Of(std::string_view text, const Vocabulary* vocabulary);

  [[nodiscard]] Verdict Judge(std::string_view action, const Resource& resource, std::string_view account) const;
  /// Allowed on everything: nobody needs to look at resources.
  [[nodiscard]] bool AllowsEverywhere(std::string_view action) const noexcept;
  /// Some statement allows it on something.
  [[nodiscard]] bool MayAllow(std::string_view action) const noexcept;
  /// The verdict depends on tags or the region of resources of this kind; if not, their ids are enough.
  [[nodiscard]] bool NeedsFacts(std::string_view action, Kind kind) const noexcept;

 private:
  friend class Reader;

  struct Place {  ///< acs:<product>:<region>:<account>:<kind>/<id>
    bool everything = false;
    std::string region;
    std::string account;
    std::optional<Kind> kind;  ///< Empty: any.
    std::string id;
  };
  enum class Test : std::uint8_t { kEquals, kEqualsIgnoreCase, kLike };
  struct Condition {
    Test test = Test::kEquals;
    bool negated = false;
    std::string tag;
    std::vector<std::string> values;
  };
  struct Statement {
    bool allow = false;
    std::vector<std::string> actions;
    std::vector<Place> places;
    std::vector<Condition> conditions;
  };
  enum class Answer : std::uint8_t { kNo, kPerhaps, kYes };

  [[nodiscard]] static bool Names(const Statement& statement, std::string_view action) noexcept;
  [[nodiscard]] static Answer Covers(const Place& place, const Resource& resource, std::string_view account) noexcept;
  [[nodiscard]] static Answer Holds(const Condition& condition, const Resource& resource) noexcept;
  [[nodiscard]] static Answer Fits(const Statement& statement, const Resource& resource, std::string_view account);

  std::vector<Statement> statements_;
};

/// The documents behind the names `admin`, `operator` and `read-only`; empty for another name.
[[nodiscard]] std::string_view PresetDocument(std::string_view name) noexcept;

}  // namespace assist::server::policy
