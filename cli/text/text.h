// Messages in the language of the user. A value of one byte: pass and keep copies. Pure; any thread.
//
//   const Text text(Language::kEnglish);
//   text(msg::kHasNoValue, "--quiet")   // "--quiet takes no value"
//
// Values are put in as they are: what comes from outside is escaped by the caller (cli/answer/escape.h).
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "cli/text/language.h"
#include "cli/text/messages.h"

namespace assist::cli {

/// A value of a message. Text that it was made of must outlive it.
class MessageValue {
 public:
  MessageValue(std::string_view text) : text_(text) {}    // NOLINT(google-explicit-constructor)
  MessageValue(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  MessageValue(const char* text) : text_(text) {}         // NOLINT(google-explicit-constructor)
  template <std::integral Number>
  MessageValue(Number number) : digits_(std::to_string(number)), text_(digits_), one_(number == 1) {}  // NOLINT

  MessageValue(const MessageValue&) = delete;
  MessageValue& operator=(const MessageValue&) = delete;

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool one() const noexcept { return one_; }

 private:
  std::string digits_;
  std::string_view text_;
  bool one_ = false;
};

class Text {
 public:
  explicit Text(Language language) : language_(language) {}

  template <std::size_t kCount, class... Values>
  [[nodiscard]] std::string operator()(const Message<kCount>& message, const Values&... values) const {
    static_assert(sizeof...(Values) == kCount, "the message takes another number of values");
    if constexpr (kCount == 0) {
      return Fill(Pattern(language_, message.id), {});
    } else {
      const std::array<MessageValue, kCount> list = {MessageValue(values)...};
      return Fill(Pattern(language_, message.id), list);
    }
  }

  [[nodiscard]] Language language() const noexcept { return language_; }

  /// The text of the catalogue, with its places for values.
  [[nodiscard]] static std::string_view Pattern(Language language, MessageId id);
  /// Puts the values into a text of the catalogue; a place without a value stays as it is.
  [[nodiscard]] static std::string Fill(std::string_view pattern, std::span<const MessageValue> values);

 private:
  Language language_;
};

}  // namespace assist::cli
