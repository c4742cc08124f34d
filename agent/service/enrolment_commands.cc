#include "agent/service/enrolment_commands.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "agent/identity/identity.h"
#include "agent/identity/registration.h"
#include "agent/inventory/facts.h"
#include "agent/service/machine.h"
#include "agent/service/root_folder.h"
#include "agent/service/run_to_end.h"
#include "agent/service/settings.h"
#include "agent/service/trust_command.h"
#include "agent/service/version.h"
#include "common/files/files.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"

namespace assist::agent::service {
namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr int kUnreachable = 4;
constexpr auto kPatience = std::chrono::seconds(60);

int Complain(const Error& error) {
  std::fprintf(stderr, "assist-agent: %s\n", error.detail.c_str());
  switch (error.code) {
    case Errc::kInvalid:
      return kUsage;
    case Errc::kUnavailable:
    case Errc::kExpired:
      return kUnreachable;
    default:
      return kRefused;
  }
}

int Complain(Errc code, std::string detail) { return Complain(Error{code, std::move(detail)}); }

asio::awaitable<std::optional<Result<identity::Identity>>> EnrolOnce(identity::Enrolment enrolment, Clock& clock,
                                                                     Random& random, InstanceId& left_over) {
  std::optional<Result<identity::Identity>> out;
  out.emplace(co_await identity::Enrol(std::move(enrolment), clock, random, clock.Steady() + kPatience, &left_over));
  co_return out;
}

asio::awaitable<std::optional<Status>> DeregisterOnce(identity::Identity who, std::optional<HttpProxy> proxy,
                                                      std::string user_agent, Clock& clock, Random& random) {
  std::optional<Status> out;
  out.emplace(co_await identity::Deregister(std::move(who), std::move(proxy), std::move(user_agent), clock, random,
                                            clock.Steady() + kPatience));
  co_return out;
}

/// A secret from where `flag` says: `option` and `variable` are how the user knows it.
Result<std::string> SecretOf(const std::string& flag, const std::string& what, const std::string& option,
                             const char* variable) {
  std::string code = flag;
  if (code == "-") {
    if (!std::getline(std::cin, code)) return Fail(Errc::kInvalid, option + " -: standard input is empty");
  } else if (code.empty()) {
    const char* value = std::getenv(variable);
    if (value != nullptr) code = value;
  }
  while (!code.empty() && (code.back() == '\r' || code.back() == '\n' || code.back() == ' ')) code.pop_back();
  if (code.empty()) {
    return Fail(Errc::kInvalid, "the " + what + " code is missing: give " + option +
                                    " - and the code on standard input, or set " + variable);
  }
  return code;
}

/// Fills in by what right this machine asks.
Status TakeRight(const RegisterFlags& flags, identity::Enrolment& enrolment) {
  if (flags.move) {
    if (!flags.activation_id.empty() || !flags.activation_code.empty() || flags.stock_server) {
      return Fail(Errc::kInvalid, "--move goes without --activation-id, --activation-code and --stock-server");
    }
    if (!flags.name.empty() || !flags.tags.empty()) {
      return Fail(Errc::kInvalid, "--move keeps the name and the tags that the machine has at the server");
    }
    Result<std::string> code = SecretOf(flags.move_code, "move", "--move", "ASSIST_MOVE_CODE");
    if (!code) return Forward(code);
    enrolment.move_code = Secret<std::string>(std::move(*code));
    return {};
  }
  if (flags.activation_id.empty()) {
    return Fail(Errc::kInvalid, "--activation-id is missing (or --move, for a machine that the server knows)");
  }
  Result<std::string> code =
      SecretOf(flags.activation_code, "activation", "--activation-code", "ASSIST_ACTIVATION_CODE");
  if (!code) return Forward(code);
  enrolment.activation = ActivationId(flags.activation_id);
  enrolment.code = Secret<std::string>(std::move(*code));
  return {};
}

}  // namespace

int RunRegister(const RegisterFlags& flags) {
  if (Status usable = CheckMachine(); !usable) return Complain(usable.error());
  Result<AgentSettings> settings = LoadSettings(flags.root);
  if (!settings) return Complain(settings.error());
  // Registering under a running agent would pull its identity from under it.
  Result<RootFolder> folder = RootFolder::Open(settings->root);
  if (!folder) return Complain(folder.error());
  identity::IdentityStore store(settings->root);
  if (store.registered()) {
    Result<identity::Identity> known = store.Load();
    const std::string who = known ? " as " + known->instance_id.str() + " at " + known->server : std::string();
    return Complain(Errc::kConflict,
                    "this machine is registered already" + who + "; run `assist-agent deregister` first");
  }
  identity::Enrolment enrolment;
  if (Status right = TakeRight(flags, enrolment); !right) return Complain(right.error());
  if (Status keys = CheckPublisherKeys(flags.publisher_keys); !keys) return Complain(keys.error());
  enrolment.server = flags.server;
  enrolment.name = flags.name;
  for (const std::string& tag : flags.tags) {
    const std::size_t at = tag.find('=');
    if (at == std::string::npos || at == 0) {
      return Complain(Errc::kInvalid, "--tag " + tag + ": write it as key=value");
    }
    enrolment.tags.push_back({tag.substr(0, at), tag.substr(at + 1)});
  }
  enrolment.region = flags.region;
  enrolment.ca_fingerprint = flags.ca_fingerprint;
  if (!flags.ca_file.empty()) {
    Result<std::string> pem = ReadFile(flags.ca_file, std::size_t{1} << 20);
    if (!pem) return Complain(Errc::kInvalid, "--ca-file: " + pem.error().detail);
    enrolment.ca_pem = std::move(*pem);
  }
  enrolment.stock_server = flags.stock_server;
  enrolment.proxy = settings->proxy;
  const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
  const std::string kept_id = store.MachineIdOverride();
  enrolment.machine_id = kept_id.empty() ? facts.machine_id : kept_id;
  enrolment.hostname = facts.hostname;
  enrolment.intranet_ip = facts.intranet_ip;
  enrolment.os_type = facts.os_type;
  enrolment.os_version = facts.os_version;
  enrolment.agent_version = kVersion;
  enrolment.user_agent = UserAgent(facts.os_type, facts.arch);

  SystemClock clock;
  SystemRandom random;
  InstanceId left_over;
  std::optional<Result<identity::Identity>> got = RunToEnd(EnrolOnce(std::move(enrolment), clock, random, left_over));
  if (!*got) return Complain(got->error());
  const identity::Identity& who = **got;
  if (Status saved = store.Save(who); !saved) {
    return Complain(Errc::kInternal, saved.error().detail + "; the server knows this machine as " +
                                         who.instance_id.str() + ", deregister it there and register again");
  }
  if (Status pinned = PinPublishers(settings->root, flags.publisher_keys); !pinned) {
    std::fprintf(stderr, "assist-agent: %s; the publishers are not pinned: assist-agent trust add\n",
                 pinned.error().detail.c_str());
  }
  if (flags.move) {
    std::fprintf(stderr, "assist-agent: the former agent is refused from now on; stop it and remove it\n");
  }
  std::printf("register ok\ninstance id: %s\n", who.instance_id.str().c_str());
  if (!who.ours()) std::printf("the server speaks the stock protocol: RSA key, stock signing\n");
  if (!left_over.empty()) {
    std::fprintf(stderr,
                 "assist-agent: the server also keeps %s, which it made before it was asked in the stock way; no agent "
                 "uses it, remove it there (--stock-server asks in the stock way at once)\n",
                 left_over.str().c_str());
  }
  return 0;
}

int RunDeregister(const std::string& root, bool force) {
  Result<AgentSettings> settings = LoadSettings(root);
  if (!settings) return Complain(settings.error());
  identity::IdentityStore store(settings->root);
  Result<identity::Identity> who = store.Load();
  if (!who && who.error().code == Errc::kNotFound) {
    return Complain(Errc::kNotFound, "this machine is not registered; nothing to do");
  }
  if (!who && !force) return Complain(who.error());
  if (who) {
    const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
    SystemClock clock;
    SystemRandom random;
    std::optional<Status> told =
        RunToEnd(DeregisterOnce(*who, settings->proxy, UserAgent(facts.os_type, facts.arch), clock, random));
    if (!*told && !force) {
      Error error = told->error();
      error.detail += "; the identity is kept (--force forgets it here all the same)";
      return Complain(error);
    }
    if (!*told) std::fprintf(stderr, "assist-agent: %s\n", told->error().detail.c_str());
  }
  if (Status removed = store.Remove(); !removed) return Complain(removed.error());
  std::printf("unregister ok\n");
  return 0;
}

int RunStatus(const std::string& root, bool as_json) {
  Result<AgentSettings> settings = LoadSettings(root);
  if (!settings) return Complain(settings.error());
  identity::IdentityStore store(settings->root);
  Result<identity::Identity> who = store.Load();
  if (!who && who.error().code != Errc::kNotFound) return Complain(who.error());
  const bool running = RootFolder::IsLocked(settings->root);
  const std::optional<StatusNote> note = running ? RootFolder::ReadStatus(settings->root) : std::nullopt;
  Result<std::vector<std::string>> folders = ListFolder(settings->root + "/tasks");
  const std::size_t tasks = folders ? folders->size() : 0;
  const bool connected = note && note->connected;

  if (as_json) {
    boost::json::object json;
    json["Registered"] = who.has_value();
    json["InstanceId"] = who ? who->instance_id.str() : "";
    json["Server"] = who ? who->server : "";
    json["Running"] = running;
    json["Connected"] = connected;
    json["Since"] = note ? note->since : "";
    json["Tasks"] = tasks;
    json["Version"] = kVersion;
    std::printf("%s\n", boost::json::serialize(json).c_str());
  } else {
    std::printf("version:    %s\n", kVersion);
    std::printf("registered: %s\n", who ? who->instance_id.str().c_str() : "no");
    if (who) std::printf("server:     %s\n", who->server.c_str());
    std::printf("running:    %s\n", running ? ("yes, pid " + std::to_string(note ? note->pid : 0)).c_str() : "no");
    if (running) {
      std::printf("connected:  %s%s\n", connected ? "yes" : "no",
                  note && !note->since.empty() ? (", since " + note->since).c_str() : "");
      if (note && !connected && !note->problem.empty()) std::printf("problem:    %s\n", note->problem.c_str());
    }
    std::printf("tasks here: %zu\n", tasks);
  }
  return who && running && connected ? 0 : kRefused;
}

}  // namespace assist::agent::service
