#include "cli/service/audit_command.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cli/answer/escape.h"
#include "cli/audit/answers.h"
#include "common/posix/file.h"
#include "protocol/api/audit.h"

namespace assist::cli {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t kPage = 1'000;  // rows that the server gives at once
constexpr std::size_t kMaxHeadFile = 256;

class Inquiry {
 public:
  Inquiry(AuditOptions options, const Settings& settings, ApiClient& client, Random& random, const Program& program)
      : options_(std::move(options)),
        program_(program),
        text_(program.text),
        caller_(program, settings, client, random) {}

  asio::awaitable<ExitCode> List() {
    std::vector<api::AuditRecord> rows;
    std::string token;
    const auto limit = static_cast<std::size_t>(options_.limit);
    do {
      encoding::FormFields fields = {
          {"MaxResults", std::to_string(std::min(kPage, options_.limit - static_cast<std::int64_t>(rows.size())))}};
      const auto filter = [&fields](std::string_view name, const std::string& value) {
        if (!value.empty()) fields.emplace_back(name, value);
      };
      filter("KeyId", options_.key);
      filter("ActionName", options_.action);
      filter("Result", options_.result);
      filter("StartTime", options_.since);
      filter("EndTime", options_.until);
      filter("NextToken", token);
      auto page = co_await Ask(std::move(fields));
      if (!page) co_return exit_;
      std::move(page->rows.begin(), page->rows.end(), std::back_inserter(rows));
      token = page->next_token;
    } while (!token.empty() && rows.size() < limit);
    if (options_.json) co_return program_.PrintJson(AuditJson(rows));
    if (rows.empty()) {
      program_.Say(text_(msg::kAuditNone));
      co_return ExitCode::kSuccess;
    }
    const ExitCode exit = program_.Print(AuditTable(rows, program_.console.out_is_terminal(), text_));
    if (!token.empty()) program_.Say(text_(msg::kAuditMore));
    co_return exit;
  }

  asio::awaitable<ExitCode> Verify() {
    std::optional<api::AuditHead> kept;
    if (const auto usage = ReadHead(kept)) co_return *usage;
    std::optional<api::AuditCheck> check;
    std::int64_t begin = 0;
    std::string token;
    do {
      encoding::FormFields fields = {{"OldestFirst", "true"}, {"MaxResults", std::to_string(kPage)}};
      if (!token.empty()) fields.emplace_back("NextToken", token);
      auto page = co_await Ask(std::move(fields));
      if (!page) co_return exit_;
      if (!check) {
        begin = page->start.number;
        check.emplace(page->start, kept);
      }
      for (const api::AuditRecord& row : page->rows) {
        if (const Status next = check->Next(row); !next) co_return Broken(next.error().detail);
      }
      token = page->next_token;
    } while (!token.empty());
    if (const Status end = check->Finish(); !end) co_return Broken(end.error().detail);
    const std::string head = api::FormatAuditHead(check->head());
    const ExitCode exit = program_.Print(text_(msg::kAuditWhole, check->rows(), head));
    if (begin > 0) program_.Say(text_(msg::kAuditFrom, begin));
    if (options_.head_file.empty()) {
      program_.Say(text_(msg::kAuditKeep));
      co_return exit;
    }
    if (const Status written = WriteFileAtomically(options_.head_file, head + "\n", 0644); !written) {
      program_.Say(written.error().detail);
      co_return ExitCode::kSomeFailed;
    }
    co_return exit;
  }

 private:
  /// The head to look for; an exit code when it cannot be read.
  std::optional<ExitCode> ReadHead(std::optional<api::AuditHead>& kept) {
    std::string head = options_.head;
    const auto wrong = [this](const std::string& line) { return program_.Usage(line); };
    if (head.empty() && !options_.head_file.empty() && Exists(options_.head_file)) {
      auto file = ReadFile(options_.head_file, kMaxHeadFile);
      if (!file) return wrong(file.error().detail);
      if (file->empty()) return wrong(text_(msg::kAuditEmptyHead, options_.head_file));
      head = std::move(*file);
    }
    if (head.empty()) return std::nullopt;
    kept = api::ParseAuditHead(head);
    if (!kept) return wrong(text_(msg::kAuditNoHead, EscapeLine(head)));
    return std::nullopt;
  }

  ExitCode Broken(const std::string& what) {
    program_.Say(text_(msg::kAuditBroken, what));
    return ExitCode::kSomeFailed;
  }

  /// A page; else exit_ is set, and why is shown.
  asio::awaitable<Result<AuditPage>> Ask(encoding::FormFields fields) {
    std::string action = "DescribeAuditRecords";
    Result<std::string> body = co_await caller_.Ask(std::move(action), std::move(fields));
    if (!body) {
      exit_ = caller_.exit();
      co_return Forward(body);
    }
    auto page = ParseAuditPage(*body);
    if (!page) exit_ = caller_.NotUnderstood("DescribeAuditRecords", page.error());
    co_return page;
  }

  const AuditOptions options_;
  const Program& program_;
  const Text text_;
  Caller caller_;
  ExitCode exit_ = ExitCode::kSuccess;
};

}  // namespace

asio::awaitable<ExitCode> RunAudit(AuditOptions options, const Settings& settings, ApiClient& client, Random& random,
                                   const Program& program) {
  const bool lists = options.verb == AuditOptions::Verb::kList;
  Inquiry inquiry(std::move(options), settings, client, random, program);
  if (lists) co_return co_await inquiry.List();
  co_return co_await inquiry.Verify();
}

}  // namespace assist::cli
