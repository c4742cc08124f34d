#include "cli/service/schedule_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/run/names.h"
#include "cli/schedule/answers.h"
#include "cli/schedule/preview.h"
#include "cli/schedule/tables.h"
#include "cli/service/connection.h"
#include "common/schedule/parse.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kPage = 50;  // rows that every server gives

/// Program::Say ends the line itself.
std::string WithoutFeed(std::string lines) {
  if (lines.ends_with('\n')) lines.pop_back();
  return lines;
}

/// What an `assist schedule` that asks the server works with.
class Inquiry {
 public:
  Inquiry(ScheduleOptions options, std::shared_ptr<const Zone> zone, const Settings& settings, ApiClient& client,
          const Clock& clock, Random& random, const Program& program)
      : options_(std::move(options)),
        zone_(std::move(zone)),
        clock_(clock),
        program_(program),
        caller_(program, settings, client, random) {}

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
      const Result<std::string> body = co_await caller_.Ask("DescribeSchedules", std::move(fields));
      if (!body) co_return caller_.exit();
      auto page = ParseSchedulePage(*body);
      if (!page) co_return caller_.NotUnderstood("DescribeSchedules", page.error());
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
      co_return program_.PrintJson(json::Write(answer));
    }
    if (rows.empty()) {
      program_.Say(program_.text(msg::kNoSchedules));
      co_return ExitCode::kSuccess;
    }
    const NameBook names = co_await Names(rows);
    const ExitCode exit = program_.Print(ScheduleTable(rows, names, *zone_, clock_.Now(), program_.text));
    const auto more = total - static_cast<std::int64_t>(rows.size());
    if (more > 0) program_.Say(program_.text(msg::kAndMoreRows, more));
    co_return exit;
  }

  asio::awaitable<ExitCode> Show() {
    encoding::FormFields fields = Filter();
    const SystemTime from = options_.from.value_or(clock_.Now());
    fields.emplace_back("From", FormatIso8601(from));
    fields.emplace_back("To", FormatIso8601(from + options_.hours));
    if (options_.bucket) fields.emplace_back("Bucket", std::to_string(options_.bucket->count()));
    fields.emplace_back("PageSize", std::to_string(std::min(options_.limit, kPage)));
    const Result<std::string> body = co_await caller_.Ask("DescribeScheduleCalendar", std::move(fields));
    if (!body) co_return caller_.exit();
    if (options_.output == ScheduleOptions::Output::kJson) co_return program_.PrintJson(*body);
    auto calendar = ParseCalendar(*body);
    if (!calendar) co_return caller_.NotUnderstood("DescribeScheduleCalendar", calendar.error());
    co_return program_.Print(CalendarTable(*calendar, *zone_, program_.text));
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
      Caller::Manner manner;
      manner.silent = true;
      const Result<std::string> body = co_await caller_.Ask("DescribeManagedInstances", std::move(fields), manner);
      if (!body) break;
      auto page = ParseMachinePage(*body);
      if (!page) break;
      std::move(page->machines.begin(), page->machines.end(), std::back_inserter(known));
    }
    co_return NameBook(known);
  }

  const ScheduleOptions options_;
  const std::shared_ptr<const Zone> zone_;
  const Clock& clock_;
  const Program& program_;
  Caller caller_;
};

}  // namespace

std::shared_ptr<const Zone> ChooseZone(const ScheduleOptions& options, ZoneSource& zones,
                                       std::shared_ptr<const Zone> local, const Program& program) {
  if (options.zone.empty()) return local;
  auto zone = ParseZone(options.zone, zones);
  if (zone) return *zone;
  program.Say("--zone: " + WithoutFeed(PointAt(options.zone, zone.error(), program.text)));
  return nullptr;
}

ExitCode RunPreview(const ScheduleOptions& options, ZoneSource& zones, std::shared_ptr<const Zone> zone, SystemTime now,
                    const Program& program) {
  auto preview =
      ComputePreview(options.expression, static_cast<std::size_t>(options.count), zones, std::move(zone), now);
  if (!preview) {
    program.Say(WithoutFeed(PointAt(options.expression, preview.error(), program.text)));
    return ExitCode::kUsage;
  }
  if (options.output == ScheduleOptions::Output::kJson) return program.PrintJson(PreviewJson(*preview));
  return program.Print(PreviewText(*preview, program.text));
}

asio::awaitable<ExitCode> RunSchedule(ScheduleOptions options, std::shared_ptr<const Zone> zone,
                                      const Settings& settings, ApiClient& client, const Clock& clock, Random& random,
                                      const Program& program) {
  const bool lists = options.verb == ScheduleOptions::Verb::kList;
  Inquiry inquiry(std::move(options), std::move(zone), settings, client, clock, random, program);
  if (lists) co_return co_await inquiry.List();
  co_return co_await inquiry.Show();
}

}  // namespace assist::cli
