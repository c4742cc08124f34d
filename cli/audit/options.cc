#include "cli/audit/options.h"

#include "common/base/time.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kMostRows = 1'000'000;

VerbSpec List() {
  return {
      .name = "ls",
      .summary = msg::kAuditListSummary,
      .usage = {"[OPTIONS]"},
      .examples =
          {
              {"assist audit ls --action RunCommand --since 2026-11-01T00:00:00Z", msg::kAuditExampleAction},
              {"assist audit ls --result Forbidden.RAM", msg::kAuditExampleDenied},
          },
      .options = {{msg::kGroupOptions,
                   {
                       {"", "--key", "ID", msg::kAuditOptKey},
                       {"", "--action", "NAME", msg::kAuditOptAction, Offer::kAction},
                       {"", "--result", "CODE", msg::kAuditOptResult},
                       {"", "--since", "TIME", msg::kAuditOptSince},
                       {"", "--until", "TIME", msg::kAuditOptUntil},
                       {"", "--limit", "N", msg::kAuditOptLimit},
                       {"", "--output", "FORMAT", msg::kOptTableOrJson, Offer::kChoices, "table json"},
                   }}},
      .notes = {msg::kAuditNoteRight},
  };
}

VerbSpec Verify() {
  return {
      .name = "verify",
      .summary = msg::kAuditVerifySummary,
      .usage = {"[OPTIONS]"},
      .examples = {{"assist audit verify --head-file ~/.assist/audit-head", msg::kAuditExampleVerify}},
      .options = {{msg::kGroupOptions,
                   {
                       {"", "--head", "N:HASH", msg::kAuditOptHead},
                       {"", "--head-file", "FILE", msg::kAuditOptHeadFile, Offer::kFile},
                   }}},
      .notes = {msg::kAuditNoteChain, msg::kAuditNoteRight},
  };
}

}  // namespace

const VerbSpec& AuditSpec() {
  static const VerbSpec kSpec = {
      .name = "audit",
      .summary = msg::kAuditSummary,
      .usage = {"ls|verify [OPTIONS]"},
      .examples = {{"assist audit ls --result Forbidden.RAM", msg::kAuditExampleDenied},
                   {"assist audit verify --head-file ~/.assist/audit-head", msg::kAuditExampleVerify}},
      .verbs = {List(), Verify()},
  };
  return kSpec;
}

Result<AuditOptions> ReadAudit(const VerbWords& words, const Text& text) {
  AuditOptions options;
  options.common = words.common;
  if (words.verb->name == "verify") {
    options.verb = AuditOptions::Verb::kVerify;
    options.head = words.ValueOr("--head", "");
    options.head_file = words.ValueOr("--head-file", "");
    return options;
  }
  options.json = words.Value("--output") == "json";
  options.key = words.ValueOr("--key", "");
  options.action = words.ValueOr("--action", "");
  options.result = words.ValueOr("--result", "");
  options.since = words.ValueOr("--since", "");
  options.until = words.ValueOr("--until", "");
  for (const auto& [name, value] : {std::pair("--since", &options.since), std::pair("--until", &options.until)}) {
    if (!value->empty() && !ParseIso8601(*value)) return Fail(Errc::kInvalid, text(msg::kNotATime, name, *value));
  }
  auto limit = words.Number("--limit", 1, kMostRows, text);
  if (!limit) return Forward(limit);
  options.limit = limit->value_or(options.limit);
  return options;
}

}  // namespace assist::cli
