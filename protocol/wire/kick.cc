#include "protocol/wire/kick.h"

#include <array>

namespace assist::wire {
namespace {

struct Words {
  std::string_view kind;
  std::string_view action;
  KickKind meaning;
};
constexpr std::array kWithId = {
    Words{"task", "run", KickKind::kTaskRun},           Words{"task", "stop", KickKind::kTaskStop},
    Words{"file", "create", KickKind::kFileCreate},     Words{"file", "stop", KickKind::kFileStop},
    Words{"session", "start", KickKind::kSessionStart}, Words{"session", "stop", KickKind::kSessionStop},
};
constexpr std::string_view kPlainText = "kick_vm";

/// The next word of `rest`, up to one single space, which is taken away too.
std::string_view NextWord(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  return word;
}

}  // namespace

std::string FormatKick(const Kick& kick) {
  if (kick.kind == KickKind::kNoop) return "kick_vm noop";
  if (!kick.argument.empty()) {
    for (const Words& words : kWithId) {
      if (words.meaning != kick.kind) continue;
      std::string text(kPlainText);
      text.append(" ").append(words.kind).append(" ").append(words.action).append(" ").append(kick.argument);
      return text;
    }
  }
  return std::string(kPlainText);
}

Kick ParseKick(std::string_view text) {
  Kick kick;
  if (text == kPlainText) return kick;
  std::string_view rest = text;
  NextWord(rest);  // not looked at, as in the stock agent
  const std::string_view kind = NextWord(rest);
  if (kind == "noop" && rest.empty()) {
    kick.kind = KickKind::kNoop;
    return kick;
  }
  const std::string_view action = NextWord(rest);
  kick.argument = std::string(NextWord(rest));
  for (const Words& words : kWithId) {
    if (words.kind == kind && words.action == action) {
      kick.kind = words.meaning;
      return kick;
    }
  }
  if (kind == "agent" && !action.empty()) {
    kick.kind = KickKind::kAgent;
    kick.argument = std::string(action);
    return kick;
  }
  kick.kind = kind == "status" && action == "network" ? KickKind::kStatus : KickKind::kUnknown;
  kick.argument.clear();
  return kick;
}

namespace {
constexpr std::array<std::string_view, 3> kReplies = {"accept:", "unknow:", "reject:"};
}  // namespace

std::string FormatKickReply(KickReply reply, std::string_view text) {
  std::string answer(kReplies[static_cast<std::size_t>(reply)]);
  answer.append(text);
  return answer;
}

std::optional<ParsedKickReply> ParseKickReply(std::string_view text) {
  for (std::size_t i = 0; i < kReplies.size(); ++i) {
    if (text.starts_with(kReplies[i])) {
      return ParsedKickReply{static_cast<KickReply>(i), std::string(text.substr(kReplies[i].size()))};
    }
  }
  return std::nullopt;
}

}  // namespace assist::wire
