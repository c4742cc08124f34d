// In which language the program speaks. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace assist::cli {

enum class Language : std::uint8_t { kEnglish, kChinese };

/// getenv.
using Environment = std::function<const char*(const char*)>;

/// `en`, `zh`, and locales of them such as `zh_CN.UTF-8` or `en-GB`; nothing for other languages.
[[nodiscard]] std::optional<Language> ParseLanguage(std::string_view text);

/// The language of `wanted` (the option --lang) when it names one, else of ASSIST_LANG, else of the locale: the first
/// of LC_ALL, LC_MESSAGES and LANG that is not empty. A locale that is not UTF-8 (its name says so, or else the
/// first of LC_ALL, LC_CTYPE and LANG) and every other language give English.
[[nodiscard]] Language ChooseLanguage(std::string_view wanted, const Environment& environment);

}  // namespace assist::cli
