#include "common/service_framework/service_unit.h"

#include <algorithm>
#include <filesystem>

#include "common/base/check.h"

namespace assist {
namespace {

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@";

bool IsPlain(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos;
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Status CheckText(std::string_view what, std::string_view text) {
  if (!HasControls(text)) return {};
  return Fail(Errc::kInvalid,
              std::string(what) + " has a line break or another control character, which no unit can hold");
}

Status CheckPath(std::string_view what, const std::string& path) {
  if (path.empty() || path.front() != '/') {
    return Fail(Errc::kInvalid, std::string(what) + " \"" + path + "\" must be an absolute path");
  }
  return CheckText(what, path);
}

bool IsName(std::string_view name) {
  return !name.empty() && name.front() != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

Status CheckUnit(const ServiceUnit& unit) {
  if (!IsName(unit.name)) {
    return Fail(Errc::kInvalid, "service name \"" + unit.name + "\": use small letters, digits and '-'");
  }
  if (Status text = CheckText("the description", unit.description); !text) return text;
  if (Status path = CheckPath("the program's path", unit.program); !path) return path;
  if (Status path = CheckPath("the folder", unit.data); !path) return path;
  if (!unit.user.empty() &&
      (unit.user.front() == '-' || !IsPlain(unit.user) || unit.user.find_first_of("/:=,+@") != std::string::npos)) {
    return Fail(Errc::kInvalid, "user \"" + unit.user + "\" is no name of a user");
  }
  for (const std::string& argument : unit.arguments) {
    if (Status text = CheckText("an argument", argument); !text) return text;
  }
  return {};
}

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  std::string out = std::filesystem::absolute(path, error).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return error ? path : out;
}

std::string ShellWord(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string ShellWords(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += ShellWord(word);
  }
  return out;
}

std::string SystemdWord(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;  // doubled: no specifier, no variable
    out += c;
  }
  return out + "\"";
}

std::string FillIn(std::string_view text, const std::vector<Placeholder>& values) {
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find('@');
    out.append(text.substr(0, begin));
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.find('@', begin + 1);
    ASSIST_CHECK(end != std::string_view::npos);
    const std::string_view key = text.substr(begin + 1, end - begin - 1);
    const auto found = std::find_if(values.begin(), values.end(), [&](const Placeholder& p) { return p.key == key; });
    ASSIST_CHECK(found != values.end());
    out += found->value;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace assist
