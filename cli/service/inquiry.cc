#include "cli/service/inquiry.h"

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kSmallPage = 50;    // rows that every server gives
constexpr std::size_t kIdsInACall = 50;    // of DescribeManagedInstances
constexpr std::size_t kNearAmong = 5'000;  // machines that a wrong name is compared with

tl::unexpected<Error> Over(std::string code = {}) { return Fail(Errc::kInternal, std::move(code)); }

/// At the top, or in `Invocation` (DescribeInvocationResults).
std::string NextToken(const json::Object& page) {
  const json::Object* from = &page;
  if (const auto* inner = page.if_contains("Invocation"); inner != nullptr && inner->is_object()) {
    from = &inner->get_object();
  }
  json::Reader in(*from);
  return std::string(in.StringOr("NextToken", ""));
}

/// Takes the members of a page of DescribeManagedInstances that have a name.
Result<bool> TakeNamed(const json::Object& page, std::vector<NamedMachine>& into) {
  std::vector<MachineRow> rows;
  if (Status read = ReadMachines(page, rows); !read) return Forward(read);
  for (NamedMachine& machine : assist::cli::NamesOf(rows)) into.push_back(std::move(machine));
  return true;
}

}  // namespace

asio::awaitable<Result<json::Object>> Inquiry::Ask(std::string action, encoding::FormFields parameters) {
  return Ask(std::move(action), std::move(parameters), false);
}

asio::awaitable<Result<json::Object>> Inquiry::Ask(std::string action, encoding::FormFields parameters, bool silent) {
  Caller::Manner manner;
  manner.silent = silent;
  const std::string name = action;
  Result<std::string> body = co_await caller_.Ask(std::move(action), std::move(parameters), manner);
  if (!body) {
    if (!silent) EndWithFailure();
    co_return Over(body.error().detail);
  }
  auto object = json::ParseObject(*body, 64);
  if (object) co_return std::move(*object);
  if (silent) co_return Over();
  Status refused = NotUnderstood(name, object.error());
  co_return Forward(refused);
}

void Inquiry::EndWithFailure() {
  exit_ = caller_.exit();
  const Caller::Failure& failure = caller_.failure();
  if (kind() != OutputKind::kJson) return;
  program_.PrintJson(
      ErrorDocument(failure.code.empty() ? "Unreachable" : failure.code, failure.line, failure.request_id, exit_));
}

void Inquiry::TellFailure() {
  program_.Say(caller_.failure().line);
  EndWithFailure();
}

asio::awaitable<Status> Inquiry::EachPage(Listing listing, TakePage take) {
  std::int64_t page = listing.page;
  for (std::string token;;) {
    encoding::FormFields fields = listing.filter;
    fields.emplace_back("MaxResults", std::to_string(page));
    if (!token.empty()) fields.emplace_back("NextToken", token);
    // A server with smaller pages refuses the first one: that is no failure to tell.
    const bool may_be_too_large = page > kSmallPage && token.empty();
    Result<json::Object> answer = co_await Ask(listing.action, std::move(fields), listing.silent || may_be_too_large);
    if (!answer && may_be_too_large) {
      page = kSmallPage;
      continue;
    }
    if (!answer) co_return Forward(answer);
    auto more = take(*answer);
    if (!more) {
      if (listing.silent) co_return Over();
      co_return NotUnderstood(listing.action, more.error());
    }
    std::string next = NextToken(*answer);
    if (!*more || next.empty() || next == token) co_return Status();
    token = std::move(next);
  }
}

asio::awaitable<Result<std::vector<std::string>>> Inquiry::FindMachines(std::vector<std::string> words) {
  std::vector<std::string> ids;
  std::vector<std::string> unknown;
  for (std::size_t begin = 0; begin < words.size();) {
    // Ids are looked for many at a time, names one by one.
    std::vector<std::string> some;
    const bool by_id = LooksLikeInstanceId(words[begin]);
    while (begin < words.size() && some.size() < (by_id ? kIdsInACall : 1) &&
           LooksLikeInstanceId(words[begin]) == by_id) {
      some.push_back(words[begin++]);
    }
    std::vector<NamedMachine> found;
    Listing listing{"DescribeManagedInstances", {}, kSmallPage, false};
    if (by_id) {
      listing.filter = InstanceFields(some);
    } else {
      listing.filter.emplace_back("InstanceName", some[0]);
    }
    TakePage take = [&found](const json::Object& page) { return TakeNamed(page, found); };
    Status listed = co_await EachPage(std::move(listing), std::move(take));
    if (!listed) co_return Forward(listed);
    for (const std::string& word : some) {
      auto chosen = ChooseMachine(word, found, text());
      if (chosen) {
        if (std::find(ids.begin(), ids.end(), *chosen) == ids.end()) ids.push_back(std::move(*chosen));
      } else if (chosen.error().code == Errc::kConflict) {
        Status refused = Refuse(ExitCode::kRefused, "AmbiguousName", chosen.error().detail);
        co_return Forward(refused);
      } else {
        unknown.push_back(word);
      }
    }
  }
  if (unknown.empty()) co_return ids;
  std::vector<NamedMachine> all;
  Listing listing{"DescribeManagedInstances", {}, 1'000, true};
  TakePage take = [&all](const json::Object& page) -> Result<bool> {
    if (auto taken = TakeNamed(page, all); !taken) return taken;
    return all.size() < kNearAmong;
  };
  static_cast<void>(co_await EachPage(std::move(listing), std::move(take)));
  Status refused = Refuse(ExitCode::kRefused, "InvalidInstance.NotFound", NoSuchMachineLine(unknown[0], all, text()));
  co_return Forward(refused);
}

asio::awaitable<Result<std::vector<std::string>>> Inquiry::FindTargets(Targets targets) {
  if (!targets.instances.empty()) {
    Result<std::vector<std::string>> found = co_await FindMachines(std::move(targets.instances));
    co_return found;
  }
  std::vector<std::string> ids;
  Listing listing{"DescribeManagedInstances", TagFields("Tag", targets.tags)};
  TakePage take = [&ids](const json::Object& page) -> Result<bool> {
    std::vector<NamedMachine> some;
    if (auto taken = TakeNamed(page, some); !taken) return taken;
    for (NamedMachine& machine : some) ids.push_back(std::move(machine.id));
    return true;
  };
  Status listed = co_await EachPage(std::move(listing), std::move(take));
  if (!listed) co_return Forward(listed);
  if (ids.empty()) {
    Status refused = Refuse(ExitCode::kRefused, "InvalidInstance.NotFound",
                            targets.all ? text()(msg::kNoMachines) : text()(msg::kNoMachineForTags));
    co_return Forward(refused);
  }
  co_return ids;
}

asio::awaitable<std::vector<NamedMachine>> Inquiry::NamesOf(std::vector<std::string> ids) {
  std::vector<NamedMachine> names;
  for (std::size_t begin = 0; begin < ids.size();) {
    std::vector<std::string> some;
    while (begin < ids.size() && some.size() < kIdsInACall) some.push_back(ids[begin++]);
    encoding::FormFields fields = InstanceFields(some);
    fields.emplace_back("MaxResults", std::to_string(kSmallPage));
    Result<json::Object> page = co_await Ask("DescribeManagedInstances", std::move(fields), true);
    if (!page || !TakeNamed(*page, names)) break;
  }
  co_return names;
}

Status Inquiry::Refuse(ExitCode exit, std::string_view code, const std::string& line) {
  exit_ = exit;
  program_.Say(line);
  if (kind() == OutputKind::kJson) program_.PrintJson(ErrorDocument(code, line, "", exit));
  return Over(std::string(code));
}

Status Inquiry::NotUnderstood(std::string_view action, const Error& error) {
  return Refuse(ExitCode::kRefused, "NotUnderstood", text()(msg::kNotUnderstood, action, EscapeLine(error.detail)));
}

void Inquiry::Say(std::string_view line) const {
  if (kind() == OutputKind::kTable) program_.Say(line);
}

ExitCode Inquiry::PrintIds(const std::vector<std::string>& ids) const {
  std::string out;
  for (const std::string& id : ids) out += EscapeLine(id) + "\n";
  return Print(out);
}

ExitCode Inquiry::PrintTable(Table table) const {
  const ExitCode exit = Print(table.Render(look(), output_.table()));
  if (exit == ExitCode::kSuccess && !table.left_out().empty()) {
    std::string titles;
    for (const std::string& title : table.left_out()) titles += (titles.empty() ? "" : ", ") + title;
    Say(text()(msg::kLeftOutColumns, titles));
  }
  return exit;
}

Look Inquiry::look() const {
  Look look;
  look.text = program_.text;
  look.style = program_.out;
  look.columns = program_.console.out_is_terminal() ? program_.console.columns() : 0;
  look.now = clock_.Now();
  return look;
}

}  // namespace assist::cli
