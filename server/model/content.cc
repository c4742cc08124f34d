#include "server/model/content.h"

#include <algorithm>
#include <array>
#include <optional>

namespace assist::server::model {
namespace {

constexpr std::array<std::string_view, 6> kBuiltins = {"RegionId",     "AccountId", "InstanceId",
                                                       "InstanceName", "InvokeId",  "CommandId"};

char Lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trim(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The next `{{ inner }}` at or after `from`; `inner` is trimmed.
struct Braces {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< Behind the closing braces.
  std::string_view inner;
};
std::optional<Braces> NextBraces(std::string_view content, std::size_t from) noexcept {
  const std::size_t open = content.find("{{", from);
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t close = content.find("}}", open + 2);
  if (close == std::string_view::npos) return std::nullopt;
  return Braces{open, close + 2, Trim(content.substr(open + 2, close - open - 2))};
}

/// The Name of `ACS :: Name`; empty when it is nothing of that kind.
std::optional<std::string_view> BuiltinName(std::string_view inner) noexcept {
  if (!inner.starts_with("ACS")) return std::nullopt;
  inner = Trim(inner.substr(3));
  if (!inner.starts_with("::")) return std::nullopt;
  return Trim(inner.substr(2));
}

bool NamesSecretStore(std::string_view inner) noexcept {
  return inner.starts_with("oos:") || inner.starts_with("oos-secret:");
}

Status CheckName(std::string_view name, const Limits& limits) {
  if (name.empty()) return Fail(Errc::kInvalid, "a parameter has no name", "CmdParam.EmptyKey");
  for (const char c : name) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!good) return Fail(Errc::kInvalid, "a parameter's name has other characters", "CmdParam.InvalidParamName");
  }
  if (name.size() > static_cast<std::size_t>(limits.parameter_name_bytes)) {
    return Fail(Errc::kTooLarge, "a parameter's name is too long", "CmdParamName.ExceedLimit");
  }
  return {};
}

}  // namespace

Status CheckContentSize(std::string_view content, const Limits& limits) {
  if (Base64Size(content.size()) > limits.content_base64_bytes) {
    return Fail(Errc::kTooLarge, "the script is too long", "CmdContent.ExceedLimit");
  }
  return {};
}

Result<std::vector<std::string>> ParameterNames(std::string_view content, const Limits& limits) {
  std::vector<std::string> names;
  std::size_t from = 0;
  while (const auto braces = NextBraces(content, from)) {
    from = braces->end;
    if (const auto builtin = BuiltinName(braces->inner)) {
      if (std::find(kBuiltins.begin(), kBuiltins.end(), *builtin) == kBuiltins.end()) {
        return Fail(Errc::kInvalid, "no such variable in ACS::", "CmdParam.InvalidParamName");
      }
      continue;
    }
    if (NamesSecretStore(braces->inner)) {
      return Fail(Errc::kInvalid, "this server has no secret store", "ParameterStore.NotSupported");
    }
    if (Status good = CheckName(braces->inner, limits); !good) return Forward(good);
    const bool known =
        std::any_of(names.begin(), names.end(), [&](const std::string& name) { return SameName(name, braces->inner); });
    if (known) continue;
    if (names.size() >= static_cast<std::size_t>(limits.parameter_names)) {
      return Fail(Errc::kTooLarge, "too many parameters", "CmdParamCount.ExceedLimit");
    }
    names.emplace_back(braces->inner);
  }
  return names;
}

Status CheckParameters(const std::vector<std::string>& names, const Parameters& parameters, const Limits& limits) {
  if (parameters.size() > static_cast<std::size_t>(limits.parameters)) {
    return Fail(Errc::kTooLarge, "too many parameters", "ParameterCount.ExceedLimit");
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [key, value] = parameters[i];
    if (key.empty()) return Fail(Errc::kInvalid, "a parameter has no name", "InvalidParameter.Parameters");
    // Characters, not bytes: names that match have one byte each, others only need the right refusal.
    const auto characters =
        std::count_if(key.begin(), key.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    if (characters > limits.parameter_name_bytes) {
      return Fail(Errc::kTooLarge, "a parameter's name is too long", "ParameterKey.ExceedLimit");
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (SameName(parameters[k].first, key)) {
        return Fail(Errc::kInvalid, "two parameters have one name", "ParameterKey.Duplicate");
      }
    }
  }
  for (const auto& [key, value] : parameters) {
    const bool known =
        std::any_of(names.begin(), names.end(), [&key = key](const std::string& name) { return SameName(name, key); });
    if (!known) return Fail(Errc::kInvalid, "the script has no such parameter", "Parameter.NotMatched");
    std::size_t from = 0;
    while (const auto braces = NextBraces(value, from)) {
      from = braces->end;
      if (NamesSecretStore(braces->inner)) {
        return Fail(Errc::kInvalid, "this server has no secret store", "ParameterStore.NotSupported");
      }
    }
  }
  return {};
}

Result<std::string> FillIn(std::string_view content, const Parameters& parameters, const Limits& limits) {
  const bool variables = NamesBuiltins(content);
  std::string filled;
  std::size_t marks = 0;  // bytes that kBrace takes more than what it stands for
  const auto put = [&](const std::string& value) {
    for (const char c : value) {
      if (c == '{' && variables) {
        filled += kBrace;
        marks += kBrace.size() - 1;
      } else {
        filled += c;
      }
    }
  };
  const auto fits = [&]() -> Status {
    if (Base64Size(filled.size() - marks) <= limits.content_base64_bytes) return {};
    return Fail(Errc::kTooLarge, "the script is too long", "CmdContent.ExceedLimit");
  };
  std::size_t from = 0;
  while (const auto braces = NextBraces(content, from)) {
    filled.append(content, from, braces->begin - from);
    from = braces->end;
    if (const auto builtin = BuiltinName(braces->inner)) {
      filled.append("{{ACS::").append(*builtin).append("}}");
    } else {
      for (const auto& [key, value] : parameters) {
        if (SameName(key, braces->inner)) put(value);
      }
    }
    // Checked as it grows: a short script may name a long value many times.
    if (Status good = fits(); !good) return Forward(good);
  }
  filled.append(content, from);
  if (Status good = fits(); !good) return Forward(good);
  return filled;
}

bool HasBraceOfValue(std::string_view filled) noexcept { return filled.find(kBrace) != std::string_view::npos; }

std::string FillInVariables(std::string_view filled, const std::map<std::string, std::string>& variables) {
  std::string out;
  std::size_t from = 0;
  while (const auto braces = NextBraces(filled, from)) {
    out.append(filled, from, braces->begin - from);
    from = braces->end;
    const auto name = BuiltinName(braces->inner);
    const auto value = name ? variables.find(std::string(*name)) : variables.end();
    if (name && name->empty()) {
      out += '{';
    } else if (value != variables.end()) {
      out += value->second;
    } else {
      out.append(filled, braces->begin, braces->end - braces->begin);
    }
  }
  out.append(filled, from);
  return out;
}

bool NamesBuiltins(std::string_view content) noexcept {
  std::size_t from = 0;
  while (const auto braces = NextBraces(content, from)) {
    from = braces->end;
    if (BuiltinName(braces->inner)) return true;
  }
  return false;
}

}  // namespace assist::server::model
