// The messages that people read, one constant each: msg::kInterrupted. How many values one takes is part of its type,
// so that a call with too few does not compile. Pure; any thread.
//
// english.def is the list of them and holds their English text; chinese.def has the Chinese of each. A message is
// added by one line in each: one that stands in only one of them does not compile.
//
// In a text `{0}`, `{1}` … stand for the values; `{0#machine|machines}` for the first word when that value is 1, else
// the second. Braces of their own are doubled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assist::cli {

// NOLINTBEGIN(cppcoreguidelines-macro-usage)
enum class MessageId : std::uint16_t {
#define MESSAGE(id, text) id,
#include "cli/text/english.def"
#undef MESSAGE
};

template <std::size_t kCount>
struct Message {
  MessageId id;
};

/// One more than the highest number in a text.
[[nodiscard]] constexpr std::size_t CountValues(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '{') continue;
    if (text[i + 1] == '{') {
      ++i;
      continue;
    }
    const auto number = static_cast<std::size_t>(text[i + 1] - '0');
    if (number < 10 && number + 1 > count) count = number + 1;
  }
  return count;
}

namespace msg {
#define MESSAGE(id, text) inline constexpr Message<CountValues(text)> id{MessageId::id};
#include "cli/text/english.def"
#undef MESSAGE
}  // namespace msg

struct MessageName {
  MessageId id;
  std::string_view name;
};

/// All of them, for tests.
inline constexpr auto kMessageNames = std::to_array<MessageName>({
#define MESSAGE(id, text) {MessageId::id, #id},
#include "cli/text/english.def"
#undef MESSAGE
});
// NOLINTEND(cppcoreguidelines-macro-usage)

}  // namespace assist::cli
