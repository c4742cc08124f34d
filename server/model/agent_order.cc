#include "server/model/agent_order.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.h"

namespace assist::server::model {
namespace {

constexpr std::array<std::pair<OrderVerb, std::string_view>, 7> kVerbs{{
    {OrderVerb::kInstall, "Install"},
    {OrderVerb::kUpgrade, "Upgrade"},
    {OrderVerb::kUninstall, "Uninstall"},
    {OrderVerb::kVerify, "Verify"},
    {OrderVerb::kList, "List"},
    {OrderVerb::kApplyRelease, "ApplyRelease"},
    {OrderVerb::kRollBackRelease, "RollBackRelease"},
}};

/// The words of assist-agent's command line.
std::string_view Words(OrderVerb verb) {
  switch (verb) {
    case OrderVerb::kInstall:
      return "pkg install";
    case OrderVerb::kUpgrade:
      return "pkg upgrade";
    case OrderVerb::kUninstall:
      return "pkg uninstall";
    case OrderVerb::kVerify:
      return "pkg verify";
    case OrderVerb::kList:
      return "pkg list";
    case OrderVerb::kApplyRelease:
      return "release apply";
    case OrderVerb::kRollBackRelease:
      return "release rollback";
  }
  return "pkg list";
}

bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '+' || c == '~' || c == '-';
  });
}

}  // namespace

std::string_view Name(OrderVerb verb) noexcept {
  for (const auto& [value, name] : kVerbs) {
    if (value == verb) return name;
  }
  return "";
}

std::optional<OrderVerb> ParseOrderVerb(std::string_view word) noexcept {
  for (const auto& [value, name] : kVerbs) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::string OrderScript(const AgentOrder& order, bool windows) {
  ASSIST_CHECK(IsPlain(order.name) && IsPlain(order.version));
  const std::string quote = windows ? "\"" : "'";
  std::string arguments(Words(order.verb));
  if (!order.name.empty() && !IsRelease(order.verb)) arguments += " " + quote + order.name + quote;
  if (!order.version.empty()) {
    // The way back names what is to be left: a machine that runs something else by now stays as it is.
    const bool back = order.verb == OrderVerb::kRollBackRelease;
    arguments += (back ? " --from " : " --version ") + quote + order.version + quote;
  }
  if (windows) {
    return "@echo off\r\nif not defined ASSIST_AGENT_PROGRAM (\r\necho this agent is too old for orders: update it\r\n"
           "exit /b 52\r\n)\r\n\"%ASSIST_AGENT_PROGRAM%\" " +
           arguments + " --root \"%ASSIST_AGENT_ROOT%\"\r\nexit /b %ERRORLEVEL%\r\n";
  }
  return "if [ -z \"$ASSIST_AGENT_PROGRAM\" ]; then echo 'this agent is too old for orders: update it'; exit 52; fi\n"
         "exec \"$ASSIST_AGENT_PROGRAM\" " +
         arguments + " --root \"$ASSIST_AGENT_ROOT\"\n";
}

}  // namespace assist::server::model
