#include "cli/service/schedule_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/answer/api_error.h"
#include "cli/answer/escape.h"
#include "cli/answer/pretty_json.h"
#include "cli/ecs/arguments.h"
#include "cli/run/names.h"
#include "cli/schedule/answers.h"
#include "cli/schedule/preview.h"
#include "cli/schedule/tables.h"
#include "common/schedule/parse.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kPage = 50;  // rows that every server gives

ExitCode Print(const std::string& text, Console& console) {
  return console.Out(text) ? ExitCode::kSuccess : ExitCode::kOutputClosed;
}

/// Indented on a terminal, else in one line.
ExitCode PrintJson(std::string json, Console& console) {
  if (console.out_is_terminal()) return Print(PrettyJson(json), console);
  if (!json.ends_with('\n')) json += '\n';
  return Print(json, console);
}

/// What an `assist schedule` that asks the server works with.
class Inquiry {
 public:
  Inquiry(ScheduleOptions options, std::shared_ptr<const Zone> zone, const Settings& settings, ApiClient& client,
          const Clock& clock, Random& random, Console& console)
      : options_(std::move(options)),
        zone_(std::move(zone)),
        settings_(settings),
        client_(client),
        clock_(clock),
        random_(random),
        console_(console) {}

  asio::awaitable<ExitCode> List() {
    encoding::FormFields filter = Filter();
    if (options_.ended) filter.emplace_back("IncludeEnded", "true");
    if (options_.overdue) filter.emplace_back("Overdue", "true");
    filter.emplace_back("MaxResults", std::to_string(std::min(options_.limit, kPage)));
    std::vector<ScheduleRow> rows;
    json::Array raw;
    std::int64_t total = 0;
    for (std::string token;;) {
      encoding::FormFields fields = filter;
      if (!token.empty()) fields.emplace_back("NextToken", token);
      const Result<std::string> body = co_await Ask("DescribeSchedules", std::move(fields));
      if (!body) co_return exit_;
      auto page = ParseSchedulePage(*body);
      if (!page) co_return NotUnderstood("DescribeSchedules", page.error());
      Keep(*body, raw);
      total = page->total;
      std::move(page->rows.begin(), page->rows.end(), std::back_inserter(rows));
      if (page->next_token.empty() || page->next_token == token) break;
      if (static_cast<std::int64_t>(rows.size()) >= options_.limit) break;
      token = page->next_token;
    }
    const auto limit = static_cast<std::size_t>(options_.limit);
    if (rows.size() > limit) rows.resize(limit);
    while (raw.size() > limit) raw.pop_back();
    if (options_.output == ScheduleOptions::Output::kJson) {
      json::Object list;
      list["Schedule"] = std::move(raw);
      json::Object answer;
      answer["Schedules"] = std::move(list);
      answer["TotalCount"] = total;
      co_return PrintJson(json::Write(answer), console_);
    }
    if (rows.empty()) {
      console_.Err("assist: there are no such schedules\n");
      co_return ExitCode::kSuccess;
    }
    const NameBook names = co_await Names(rows);
    const ExitCode exit = Print(ScheduleTable(rows, names, *zone_, clock_.Now()), console_);
    const auto more = total - static_cast<std::int64_t>(rows.size());
    if (more > 0) console_.Err(fmt::format("assist: and {} more (--limit)\n", more));
    co_return exit;
  }

  asio::awaitable<ExitCode> Show() {
    encoding::FormFields fields = Filter();
    const SystemTime from = options_.from.value_or(clock_.Now());
    fields.emplace_back("From", FormatIso8601(from));
    fields.emplace_back("To", FormatIso8601(from + options_.hours));
    if (options_.bucket) fields.emplace_back("Bucket", std::to_string(options_.bucket->count()));
    fields.emplace_back("PageSize", std::to_string(std::min(options_.limit, kPage)));
    const Result<std::string> body = co_await Ask("DescribeScheduleCalendar", std::move(fields));
    if (!body) co_return exit_;
    if (options_.output == ScheduleOptions::Output::kJson) co_return PrintJson(*body, console_);
    auto calendar = ParseCalendar(*body);
    if (!calendar) co_return NotUnderstood("DescribeScheduleCalendar", calendar.error());
    co_return Print(CalendarTable(*calendar, *zone_), console_);
  }

 private:
  [[nodiscard]] encoding::FormFields Filter() const {
    encoding::FormFields fields;
    if (!options_.invocation.empty()) fields.emplace_back("InvokeId", options_.invocation);
    if (!options_.instance.empty()) fields.emplace_back("InstanceId", options_.instance);
    return fields;
  }

  /// The rows of a page as they came.
  static void Keep(const std::string& body, json::Array& raw) {
    auto object = json::ParseObject(body);
    for (auto& row : object->at("Schedules").as_object().at("Schedule").as_array()) raw.push_back(std::move(row));
  }

  ExitCode NotUnderstood(std::string_view action, const Error& error) {
    console_.Err(fmt::format("assist: the answer to {} is not understood: {}\n", action, EscapeLine(error.detail)));
    return ExitCode::kRefused;
  }

  /// The body of a good answer; else exit_ is set, and the line is shown unless `silent`.
  asio::awaitable<Result<std::string>> Ask(std::string action, encoding::FormFields fields, bool silent = false) {
    const CallContext context{action, settings_.endpoint, settings_.access_key_id};
    AddDefaults(action, settings_.region_id, random_.Uuid(), fields);
    Result<ApiAnswer> answer = co_await client_.Call(std::move(action), std::move(fields));
    if (answer && answer->ok()) co_return std::move(answer->body);
    exit_ = answer ? ExitCode::kRefused : ExitCode::kUnreachable;
    if (!silent) {
      const std::string line = answer ? DescribeRefusal(answer->http_status, ParseEnvelope(answer->body), context)
                                      : DescribeTransportError(answer.error(), context);
      console_.Err(fmt::format("assist: {}\n", line));
    }
    co_return Fail(Errc::kInternal, "over");
  }

  /// Names of the machines; where that fails, ids stand in their place.
  asio::awaitable<NameBook> Names(const std::vector<ScheduleRow>& rows) {
    std::set<std::string> ids;
    for (const ScheduleRow& row : rows) ids.insert(row.instance_id);
    std::vector<NamedMachine> known;
    for (auto id = ids.begin(); id != ids.end();) {
      encoding::FormFields fields = {{"MaxResults", std::to_string(kPage)}};
      for (std::int64_t number = 1; id != ids.end() && number <= kPage; ++id, ++number) {
        fields.emplace_back(fmt::format("InstanceId.{}", number), *id);
      }
      const Result<std::string> body = co_await Ask("DescribeManagedInstances", std::move(fields), true);
      if (!body) break;
      auto page = ParseMachinePage(*body);
      if (!page) break;
      std::move(page->machines.begin(), page->machines.end(), std::back_inserter(known));
    }
    co_return NameBook(known);
  }

  const ScheduleOptions options_;
  const std::shared_ptr<const Zone> zone_;
  const Settings& settings_;
  ApiClient& client_;
  const Clock& clock_;
  Random& random_;
  Console& console_;
  ExitCode exit_ = ExitCode::kSuccess;
};

}  // namespace

std::shared_ptr<const Zone> ChooseZone(const ScheduleOptions& options, ZoneSource& zones,
                                       std::shared_ptr<const Zone> local, Console& console) {
  if (options.zone.empty()) return local;
  auto zone = ParseZone(options.zone, zones);
  if (zone) return *zone;
  console.Err("assist: --zone: " + PointAt(options.zone, zone.error()));
  return nullptr;
}

ExitCode RunPreview(const ScheduleOptions& options, ZoneSource& zones, std::shared_ptr<const Zone> zone, SystemTime now,
                    Console& console) {
  auto preview =
      ComputePreview(options.expression, static_cast<std::size_t>(options.count), zones, std::move(zone), now);
  if (!preview) {
    console.Err("assist: " + PointAt(options.expression, preview.error()));
    return ExitCode::kUsage;
  }
  if (options.output == ScheduleOptions::Output::kJson) return PrintJson(PreviewJson(*preview), console);
  return Print(PreviewText(*preview), console);
}

asio::awaitable<ExitCode> RunSchedule(ScheduleOptions options, std::shared_ptr<const Zone> zone,
                                      const Settings& settings, ApiClient& client, const Clock& clock, Random& random,
                                      Console& console) {
  const bool lists = options.verb == ScheduleOptions::Verb::kList;
  Inquiry inquiry(std::move(options), std::move(zone), settings, client, clock, random, console);
  if (lists) co_return co_await inquiry.List();
  co_return co_await inquiry.Show();
}

}  // namespace assist::cli
