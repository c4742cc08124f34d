#include "test/fuzz/targets.h"

#include <algorithm>
#include <array>

#include "agent/containers/command_stream.h"
#include "agent/containers/docker_stream.h"
#include "agent/containers/listing.h"
#include "agent/task_engine/script.h"
#include "common/base/check.h"
#include "common/net/http_parser.h"
#include "common/net/websocket_frame.h"
#include "common/schedule/fake_zones.h"
#include "common/schedule/frequency.h"
#include "common/schedule/parse.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/form.h"
#include "protocol/encoding/hex.h"
#include "protocol/encoding/percent.h"
#include "protocol/json/json.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/kick.h"
#include "protocol/wire/legacy.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "server/gateway/inventory.h"
#include "server/policy/policy.h"
#include "test/fuzz/api_targets.h"
#include "test/fuzz/archive_targets.h"
#include "test/fuzz/package_targets.h"

namespace assist::fuzz {
namespace {

/// Up to the next line end, which goes too.
std::string_view TakeLine(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const std::string_view line = input.substr(0, end);
  input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  return line;
}

// Agents' input on the server.

/// Lines: the kind, the query, the offset; then the body.
void FuzzReport(std::string_view input) {
  const std::string_view kind = TakeLine(input);
  const std::string_view query = TakeLine(input);
  const std::string_view offset = TakeLine(input);
  const auto report = wire::ParseReport(kind, query, offset, std::string(input));
  if (!report) return;
  ASSIST_CHECK(!report->task_id.empty());
  ASSIST_CHECK(report->body.Reveal() == input);
  // What our own agent would send for it is a report again, about the same task.
  const std::string target = wire::ReportTarget(*report);
  const std::size_t mark = target.find('?');
  ASSIST_CHECK(mark != std::string::npos);
  const std::size_t slash = target.rfind('/', mark);
  const auto again = wire::ParseReport(std::string_view(target).substr(slash + 1, mark - slash - 1),
                                       std::string_view(target).substr(mark + 1), {}, {});
  ASSIST_CHECK(again && again->task_id == report->task_id);
}

void FuzzFetch(std::string_view input) {
  const std::string_view query = TakeLine(input);
  const wire::FetchRequest request = wire::ParseFetch(query, input);
  const std::string target = wire::FetchTarget(request);
  ASSIST_CHECK(target.find('?') != std::string::npos);
}

void FuzzHeartbeat(std::string_view input) { static_cast<void>(wire::ParseHeartbeat(input)); }

void FuzzRegisterRequest(std::string_view input) {
  const auto request = wire::ParseRegisterRequest(input);
  if (!request) return;
  const auto again = wire::ParseRegisterRequest(wire::RenderRegisterRequest(*request));
  ASSIST_CHECK(again && again->public_key_pem == request->public_key_pem && again->hostname == request->hostname &&
               again->tags.size() == request->tags.size());
}

void FuzzKickReply(std::string_view input) {
  const auto reply = wire::ParseKickReply(input);
  if (reply) ASSIST_CHECK(wire::FormatKickReply(reply->reply, reply->text) == input);
}

void FuzzLegacy(std::string_view input) {
  static_cast<void>(wire::ParseLegacyStatus(input));
  const auto output = wire::ParseLegacyOutput(input);
  if (output) ASSIST_CHECK(!output->task_id.empty());
}

void FuzzInventory(std::string_view input) {
  static_cast<void>(server::gateway::ParseInventory(input));
  // The same bytes as the packed text inside.
  const auto items = server::gateway::ParseInventory("{\"items\":\"" + encoding::Base64Encode(input) + "\"}");
  if (items) ASSIST_CHECK(items->size() <= server::model::kInventoryTypes);
}

// The server's input in the agent.

void FuzzTaskList(std::string_view input) {
  const auto list = wire::ParseTaskList(input);
  if (!list) return;
  for (const auto& entry : list->run) ASSIST_CHECK(!entry.task_id.empty());
  const std::string rendered = wire::RenderTaskList(*list);
  const auto again = wire::ParseTaskList(rendered);
  ASSIST_CHECK(again && wire::RenderTaskList(*again) == rendered);
}

void FuzzReportAnswer(std::string_view input) { static_cast<void>(wire::ParseReportAnswer(input)); }
void FuzzHeartbeatAnswer(std::string_view input) { static_cast<void>(wire::ParseHeartbeatInterval(input)); }
void FuzzRegisterResponse(std::string_view input) {
  const auto response = wire::ParseRegisterResponse(input);
  if (response) ASSIST_CHECK(wire::ParseRegisterResponse(wire::RenderRegisterResponse(*response)));
}

void FuzzKick(std::string_view input) {
  const wire::Kick kick = wire::ParseKick(input);
  if (kick.kind == wire::KickKind::kUnknown) return;
  static_cast<void>(wire::FormatKick(kick));
}

/// Of a parsed schedule: times go on, and stay behind the one asked for.
void WalkSchedule(const Schedule& schedule) {
  constexpr int kSteps = 20;
  SystemTime after = FromUnixMillis(1'780'000'000'000);
  for (int i = 0; i < kSteps; ++i) {
    const auto next = schedule.Next(after);
    if (!next) return;
    ASSIST_CHECK(*next > after);
    ASSIST_CHECK(schedule.CountBetween(after, *next, 10) == 1);
    after = *next;
  }
}

/// The first byte chooses the kind.
void FuzzSchedule(std::string_view input) {
  if (input.empty()) return;
  FakeZones zones;
  const auto local = *zones.Find("Asia/Shanghai");
  const std::string_view text = input.substr(1);
  const SystemTime created = FromUnixMillis(1'770'000'000'000);
  switch (input.front()) {
    case 'c':
      if (const auto schedule = ParseCron(text, zones, local)) WalkSchedule(*schedule);
      return;
    case 'r':
      if (const auto schedule = ParseRate(text, created)) WalkSchedule(*schedule);
      return;
    case 'a':
      if (const auto schedule = ParseAt(text)) WalkSchedule(*schedule);
      return;
    default:
      if (const auto frequency = ParseFrequency(text, zones, FrequencyLimits::Large(), created, created)) {
        WalkSchedule(frequency->schedule);
      }
  }
}

/// A script, its launcher and its interpreter line.
void FuzzScript(std::string_view input) {
  using namespace agent::task_engine;
  static_cast<void>(IsSafeTaskId(input));
  const std::map<std::string, std::string> values{
      {"ACS::InstanceId", "mi-1"}, {"InstanceId", "mi-1"}, {"Name", "{{}}"}};
  const auto filled = ReplaceParameters(input, values);
  if (filled) ASSIST_CHECK(filled->size() <= input.size() + input.size() * 4 / 8 + 4);
  ASSIST_CHECK(Shebang(input).size() <= 2);
  ASSIST_CHECK(!ShellAttempts(input, "/tmp/x.sh").empty());
  const std::string ending = LauncherEnding(input, ".sh");
  ASSIST_CHECK(ending.find('/') == std::string::npos);
  ASSIST_CHECK(!LauncherAttempts(input, "/tmp/x.sh").empty());
}

// A container's words in the agent.

/// The first byte: how many bytes a piece has. What comes out does not depend on the pieces.
void FuzzContainerStream(std::string_view input) {
  using namespace agent::containers;
  if (input.empty()) return;
  const auto read = [&](std::size_t step) {
    CommandStream stream(Marks{"task", "<begin>", "<end>"});
    DockerStream frames;
    bool whole = true;
    std::string text;
    for (std::string_view rest = input.substr(1); !rest.empty() && whole;) {
      const std::string_view piece = rest.substr(0, step);
      rest.remove_prefix(piece.size());
      std::string payload;
      whole = frames.Put(piece, payload);
      stream.Put(payload, text);
      stream.Put(piece, text);
    }
    return text;
  };
  static_cast<void>(read(1 + static_cast<unsigned char>(input.front()) % 40));
  const auto plain = [&](std::size_t step) {
    CommandStream stream(Marks{"task", "<begin>", "<end>"});
    std::string text;
    for (std::string_view rest = input.substr(1); !rest.empty();) {
      stream.Put(rest.substr(0, step), text);
      rest.remove_prefix(std::min(step, rest.size()));
    }
    stream.PutEnd(text);
    ASSIST_CHECK(stream.before().size() <= CommandStream::kMaxBefore);
    return text + (stream.begun() ? "b" : "") + (stream.exit_code() ? std::to_string(*stream.exit_code()) : "");
  };
  ASSIST_CHECK(plain(input.size()) == plain(1 + static_cast<unsigned char>(input.front()) % 40));
}

void FuzzContainerList(std::string_view input) {
  static_cast<void>(agent::containers::ParseDockerList(input));
  static_cast<void>(agent::containers::ParseCriList(input));
  static_cast<void>(agent::containers::DockerMessage(input));
}

// Below all of them.

/// What a parser made of a message, however it was cut.
struct Parsed {
  bool refused = false;
  bool done = false;
  std::string message;
  std::size_t left = 0;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

/// `step` bytes at a time; 0: all at once.
template <class Parser, class Show>
Parsed Feed(Parser parser, std::string_view input, std::size_t step, Show show) {
  Parsed parsed;
  std::string buffer;
  while (!parsed.done && !parsed.refused) {
    auto progress = parser.Put(buffer);
    if (!progress) {
      parsed.refused = true;
    } else if (*progress == net_internal::HttpProgress::kDone) {
      parsed.done = true;
    } else if (*progress == net_internal::HttpProgress::kMore) {
      if (input.empty()) break;
      const std::string_view more = input.substr(0, step == 0 ? input.size() : step);
      buffer += more;
      input.remove_prefix(more.size());
    }
  }
  if (parsed.done) {
    parsed.message = show(parser);
    parsed.left = buffer.size() + input.size();
  }
  return parsed;
}

template <class Message>
void AddFields(const Message& message, std::string& text) {
  for (const auto& [name, value] : message.headers) text += "\n" + name + ": " + value;
  text += "\n\n" + message.body;
}

constexpr net_internal::HttpLimits kHttpLimits{.max_line = 1000, .max_headers = 2000, .max_body = 4000};

/// A message is the same whether it comes in one piece or in many. The first byte: how many bytes a piece has.
void FuzzHttpRequest(std::string_view input) {
  if (input.empty()) return;
  const std::size_t step = 1 + static_cast<unsigned char>(input.front()) % 40;
  const auto show = [](net_internal::HttpRequestParser& parser) {
    std::string text = parser.request().method + " " + parser.request().target;
    AddFields(parser.request(), text);
    return text;
  };
  const auto whole = Feed(net_internal::HttpRequestParser(kHttpLimits), input.substr(1), 0, show);
  ASSIST_CHECK(Feed(net_internal::HttpRequestParser(kHttpLimits), input.substr(1), step, show) == whole);
}

void FuzzHttpResponse(std::string_view input) {
  if (input.empty()) return;
  const auto first = static_cast<unsigned char>(input.front());
  const net_internal::HttpResponseParser parser(kHttpLimits, first % 7 == 1, first % 7 == 2);
  const auto show = [](net_internal::HttpResponseParser& of) {
    std::string text = std::to_string(of.response().status);
    AddFields(of.response(), text);
    return text;
  };
  const auto whole = Feed(parser, input.substr(1), 0, show);
  ASSIST_CHECK(Feed(parser, input.substr(1), 1 + first % 40, show) == whole);
}

void FuzzWebSocket(std::string_view input) {
  if (input.empty()) return;
  const auto first = static_cast<unsigned char>(input.front());
  constexpr std::size_t kLongest = 5000;
  const auto decode = [&](std::size_t step) {
    net_internal::WebSocketDecoder decoder(first % 2 == 0, kLongest);
    std::string text;
    for (std::string_view rest = input.substr(1); !rest.empty();) {
      std::string_view piece = rest.substr(0, step == 0 ? rest.size() : step);
      rest.remove_prefix(piece.size());
      do {
        const auto item = decoder.Put(piece);
        if (!item) return text + "refused";
        if (!*item) break;
        ASSIST_CHECK((*item)->payload.size() <= kLongest);
        text += std::to_string(static_cast<int>((*item)->opcode)) + (*item)->payload + "\n";
      } while (!piece.empty());
    }
    return text;
  };
  ASSIST_CHECK(decode(0) == decode(1 + first % 40));
}

void FuzzJson(std::string_view input) {
  const auto object = json::ParseObject(input);
  if (object) ASSIST_CHECK(json::ParseObject(json::Write(*object), 64).has_value());
}

void FuzzEncodings(std::string_view input) {
  static_cast<void>(encoding::ParseForm(input));
  static_cast<void>(encoding::HexDecode(input));
  ASSIST_CHECK(encoding::PercentDecode(input).size() <= input.size());
  const auto bytes = encoding::Base64Decode(input);
  if (bytes) ASSIST_CHECK(encoding::Base64Decode(encoding::Base64Encode(*bytes)) == *bytes);
}

// Administrators' input.

/// A line with the action and one with the resource's id; then the document.
void FuzzPolicy(std::string_view input) {
  using namespace server::policy;
  const std::string_view action = TakeLine(input);
  const std::string_view id = TakeLine(input);
  static const std::vector<std::string> kActions = {"ecs:RunCommand", "ecs:DescribeCommands"};
  static const std::vector<std::string> kRegions = {"cn-hangzhou"};
  const Vocabulary words{kActions, kRegions, "1"};
  const auto strict = Policy::Parse(input, &words);
  const auto policy = Policy::Parse(input, nullptr);
  if (!policy) {
    ASSIST_CHECK(!strict && !policy.error().detail.empty());
    return;
  }
  const server::model::Tags tags = {{"team", "web"}};
  const Resource unknown{Kind::kInstance, id, {}, false, nullptr, false};
  const Resource whole{Kind::kInstance, id, "cn-hangzhou", true, &tags, true};
  const Verdict careful = policy->Judge(action, unknown, "1");
  const Verdict verdict = policy->Judge(action, whole, "1");
  if (careful == Verdict::kAllowed) ASSIST_CHECK(verdict == Verdict::kAllowed);
  if (verdict == Verdict::kDenied) ASSIST_CHECK(careful == Verdict::kDenied);
  if (policy->AllowsEverywhere(action)) ASSIST_CHECK(careful == Verdict::kAllowed);
  if (verdict == Verdict::kAllowed) ASSIST_CHECK(policy->MayAllow(action));
  if (!policy->NeedsFacts(action, Kind::kInstance)) ASSIST_CHECK(careful == verdict);
}

constexpr std::array kTargets{
    Target{"api_request", FuzzApiRequest},
    Target{"arguments", FuzzArguments},
    Target{"container_list", FuzzContainerList},
    Target{"container_stream", FuzzContainerStream},
    Target{"encodings", FuzzEncodings},
    Target{"envelope", FuzzEnvelope},
    Target{"fetch", FuzzFetch},
    Target{"heartbeat", FuzzHeartbeat},
    Target{"heartbeat_answer", FuzzHeartbeatAnswer},
    Target{"http_request", FuzzHttpRequest},
    Target{"http_response", FuzzHttpResponse},
    Target{"inventory", FuzzInventory},
    Target{"json", FuzzJson},
    Target{"kick", FuzzKick},
    Target{"kick_reply", FuzzKickReply},
    Target{"legacy", FuzzLegacy},
    Target{"manifest", FuzzManifest},
    Target{"package_words", FuzzPackageWords},
    Target{"page_token", FuzzPageToken},
    Target{"policy", FuzzPolicy},
    Target{"register_request", FuzzRegisterRequest},
    Target{"register_response", FuzzRegisterResponse},
    Target{"report", FuzzReport},
    Target{"report_answer", FuzzReportAnswer},
    Target{"schedule", FuzzSchedule},
    Target{"script", FuzzScript},
    Target{"signature_acs3", FuzzSignatureAcs3},
    Target{"signature_v1", FuzzSignatureV1},
    Target{"tar", FuzzTar},
    Target{"tar_zst", FuzzTarZst},
    Target{"task_list", FuzzTaskList},
    Target{"websocket", FuzzWebSocket},
    Target{"xml_answer", FuzzXmlAnswer},
    Target{"zip", FuzzZip},
};

}  // namespace

std::span<const Target> Targets() { return kTargets; }

const Target* FindTarget(std::string_view name) {
  const auto found = std::find_if(kTargets.begin(), kTargets.end(), [&](const Target& t) { return t.name == name; });
  return found == kTargets.end() ? nullptr : &*found;
}

}  // namespace assist::fuzz
