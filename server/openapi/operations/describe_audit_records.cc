#include <charconv>

#include "server/control/audit.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const api::AuditRecord& record) {
  json::Object out;
  out["Number"] = record.number;
  for (const auto& [name, member] : api::kAuditTexts) out[name] = record.*member;
  out["Hash"] = record.hash;
  return out;
}

bool IsTime(std::string_view text) { return ParseIso8601(text).has_value(); }
bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeAuditIn in;
  in.access_key = arguments.Text("KeyId");
  in.action = arguments.Text("ActionName");
  in.code = arguments.Text("Result");
  in.from = ParseIso8601(arguments.Text("StartTime"));
  in.to = ParseIso8601(arguments.Text("EndTime"));
  in.oldest_first = *arguments.Flag("OldestFirst");
  in.limit = *arguments.Number("MaxResults");
  const std::string& token = arguments.Text("NextToken");
  std::from_chars(token.data(), token.data() + token.size(), in.after);
  auto page = co_await call.Read(control::DescribeAudit, std::move(in));
  if (!page) co_return Refuse(std::move(page.error()));
  json::Array rows;
  for (const api::AuditRecord& record : page->rows) rows.push_back(Show(record));
  json::Object answer;
  answer["AuditRecords"] = Wrap("AuditRecord", std::move(rows));
  answer["NextToken"] = page->next > 0 ? std::to_string(page->next) : std::string();
  answer["Start"] = api::FormatAuditHead(page->start);
  answer["Head"] = api::FormatAuditHead(page->end);
  co_return answer;
}

}  // namespace

Operation DescribeAuditRecordsOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DescribeAuditRecords";
  operation.parameters = {
      Text("KeyId"),
      Text("ActionName"),
      Text("Result"),
      Text("StartTime").Form(IsTime, "", ""),
      Text("EndTime").Form(IsTime, "", ""),
      Flag("OldestFirst").Default("false"),
      Number("MaxResults").AtLeast(1).AtMost(1'000).Default("100").Wrong("InvalidParameter.MaxResults"),
      Text("NextToken").Form(IsNumber, "", "InvalidParameter.NextToken")};
  operation.extension = true;
  operation.summary = {"Of this server alone: who changed what; `assist audit` shows it in rows and checks its chain.",
                       "本服务器独有：谁改动了什么；`assist audit` 以表格显示并检查其哈希链。"};
  operation.example = "DescribeAuditRecords --ActionName RunCommand --MaxResults 20";
  operation.answer = R"(
AuditRecords: {
  AuditRecord: [{
    AccessKeyId: string
    AccessKeyName: string
    Action: string
    CallRequestId: string
    ContentHash: string
    Hash: string
    Number: integer
    ParametersHash: string
    PreviousHash: string
    Resources: string
    Result: string
    ResultIds: string
    Source: string
    Time: string
  }]
}
Head: string
NextToken: string
Start: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi
