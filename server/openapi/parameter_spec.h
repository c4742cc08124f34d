// What a parameter of an operation may be: one declaration each, checked by arguments.h before the operation runs and
// compared with the reference by a test. Pure values.
//   Text("Description").AtMost(512, "CmdDesc.ExceedLimit").Says("What it is for.", "用途说明。"),
//   Number("Timeout").AtLeast(1).AtMost(86'400).Default("60").Says("Seconds.", "秒。"), …
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace assist::server::openapi {

/// A sentence for people, in the languages of the documentation.
struct Saying {
  std::string_view english;
  std::string_view chinese;
  [[nodiscard]] bool empty() const noexcept { return english.empty() || chinese.empty(); }
};

struct ParameterSpec {
  enum class Kind : std::uint8_t {
    kText,   ///< UTF-8.
    kBytes,  ///< Text whose bytes are kept as sent, also when they are not UTF-8.
    kWord,   ///< One of `words`.
    kNumber,
    kFlag,        ///< true or false, in any case.
    kTexts,       ///< Name.N
    kInstances,   ///< A list of instances in any of the five forms (parameters.h).
    kTags,        ///< Name.N.Key, Name.N.Value
    kTagFilters,  ///< Name.N.TagKey, Name.N.TagValues.N
    kJson,        ///< A JSON object as text, with `members`.
  };
  using Fits = bool (*)(std::string_view);

  std::string_view name;
  Kind kind = Kind::kText;
  bool mandatory = false;
  std::optional<std::string_view> fallback;  ///< What an absent one counts as, in its text form.
  // Characters of a text, the value of a number, items of a list.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_bytes = 0;  ///< Of a kBytes; 0: checked elsewhere, or not at all.
  std::vector<std::string_view> words;
  bool any_case = false;          ///< Words are compared without case.
  bool other_is_default = false;  ///< A word that is not listed counts as `fallback`.
  Fits fits = nullptr;            ///< The form of a text.
  std::string_view form;          ///< The same as a pattern, for the comparison with the reference.
  // Error codes; empty: Missing<name> and Invalid<name>.
  std::string_view if_missing;
  std::string_view if_below;
  std::string_view if_above;
  std::string_view if_wrong;  ///< Not a number, not a listed word, not of the form.
  // Tags.
  std::int64_t max_key = 64;
  std::int64_t max_value = 128;
  bool reserved_words = true;    ///< Keys must not begin with aliyun or acs:, nor contain http:// or https://.
  std::string_view allowed_key;  ///< A reserved key that is taken all the same.
  std::string_view if_key_missing;
  std::string_view if_key_wrong;
  std::string_view if_value_wrong;
  std::string_view if_key_twice;
  // Of a number: what lies outside min and max counts as the bound.
  bool clamped = false;
  /// Of a kJson: its fields, each of a kind that one text or a list of texts can have. Others are passed over.
  std::vector<ParameterSpec> members;
  // For the documentation.
  Saying note;
  bool extension = false;  ///< The reference does not know it.

  ParameterSpec Mandatory(std::string_view code = {}) const {
    ParameterSpec out = *this;
    out.mandatory = true;
    out.if_missing = code;
    return out;
  }
  ParameterSpec Default(std::string_view text) const {
    ParameterSpec out = *this;
    out.fallback = text;
    return out;
  }
  ParameterSpec AtLeast(std::int64_t low, std::string_view code = {}) const {
    ParameterSpec out = *this;
    out.min = low;
    out.if_below = code;
    return out;
  }
  ParameterSpec AtMost(std::int64_t high, std::string_view code = {}) const {
    ParameterSpec out = *this;
    out.max = high;
    out.if_above = code;
    return out;
  }
  ParameterSpec Bytes(std::int64_t high) const {
    ParameterSpec out = *this;
    out.kind = Kind::kBytes;
    out.max_bytes = high;
    return out;
  }
  ParameterSpec Wrong(std::string_view code) const {
    ParameterSpec out = *this;
    out.if_wrong = code;
    return out;
  }
  ParameterSpec AnyCase() const {
    ParameterSpec out = *this;
    out.any_case = true;
    return out;
  }
  ParameterSpec OtherIsDefault() const {
    ParameterSpec out = *this;
    out.other_is_default = true;
    return out;
  }
  ParameterSpec Clamped() const {
    ParameterSpec out = *this;
    out.clamped = true;
    return out;
  }
  ParameterSpec Says(std::string_view english, std::string_view chinese) const {
    ParameterSpec out = *this;
    out.note = {english, chinese};
    return out;
  }
  ParameterSpec Extension() const {
    ParameterSpec out = *this;
    out.extension = true;
    return out;
  }
  /// A text of this form; `code` when it is not.
  ParameterSpec Form(Fits test, std::string_view pattern, std::string_view code) const {
    ParameterSpec out = *this;
    out.fits = test;
    out.form = pattern;
    out.if_wrong = code;
    return out;
  }
};

[[nodiscard]] inline ParameterSpec Text(std::string_view name) {
  ParameterSpec spec;
  spec.name = name;
  return spec;
}
[[nodiscard]] inline ParameterSpec Word(std::string_view name, std::initializer_list<std::string_view> words) {
  ParameterSpec spec = Text(name);
  spec.kind = ParameterSpec::Kind::kWord;
  spec.words = words;
  return spec;
}
[[nodiscard]] inline ParameterSpec Number(std::string_view name) {
  ParameterSpec spec = Text(name);
  spec.kind = ParameterSpec::Kind::kNumber;
  return spec;
}
[[nodiscard]] inline ParameterSpec Flag(std::string_view name) {
  ParameterSpec spec = Text(name);
  spec.kind = ParameterSpec::Kind::kFlag;
  return spec;
}
[[nodiscard]] inline ParameterSpec Texts(std::string_view name) {
  ParameterSpec spec = Text(name);
  spec.kind = ParameterSpec::Kind::kTexts;
  return spec;
}

/// A JSON object as text with these fields; `code` when it is none.
[[nodiscard]] inline ParameterSpec Json(std::string_view name, std::vector<ParameterSpec> members,
                                        std::string_view code = {}) {
  ParameterSpec spec = Text(name);
  spec.kind = ParameterSpec::Kind::kJson;
  spec.members = std::move(members);
  spec.if_wrong = code;
  return spec;
}

// Parameters that several operations share.

/// InstanceId in five forms, at most `max` different ones (InstanceIds.ExceedLimit).
[[nodiscard]] ParameterSpec Instances(std::int64_t max);
/// Tag.N with the errors of "Tag arguments".
[[nodiscard]] ParameterSpec Tags();
/// The same to choose by.
[[nodiscard]] ParameterSpec TagsToMatch();
/// ResourceTag.N, at most `max`.
[[nodiscard]] ParameterSpec ResourceTags(std::int64_t max);
/// ContentEncoding: PlainText or Base64 in any case; anything else counts as `fallback`.
[[nodiscard]] ParameterSpec ContentEncoding(std::string_view fallback);
[[nodiscard]] ParameterSpec CommandTypes(std::string_view name, std::string_view code);
/// One of the words of the status filters.
[[nodiscard]] ParameterSpec StatusWords(std::string_view name);
/// Accepted: this server has no resource groups, so a name is unknown.
[[nodiscard]] ParameterSpec ResourceGroup();
/// How a list is asked for in pages.
enum class PagingForm : std::uint8_t {
  kBoth,       ///< PageNumber and PageSize, or MaxResults and NextToken.
  kTokens,     ///< MaxResults and NextToken alone.
  kNextToken,  ///< NextToken alone; pages are as long as they may be.
  kClamped,    ///< As kBoth, but a size out of range counts as the bound; MaxResults is 10 at least.
};
/// The paging parameters, pages of at most `max`.
[[nodiscard]] std::vector<ParameterSpec> PagingParameters(std::int64_t max, PagingForm form = PagingForm::kBoth);

/// ^\p{L}[\p{L}\p{N}._:-]*$ and neither http:// nor https:// at the beginning.
[[nodiscard]] bool FitsInstanceName(std::string_view name);
inline constexpr std::string_view kInstanceNameForm = R"(^\p{L}[\p{L}\p{N}._:-]*$)";

}  // namespace assist::server::openapi
