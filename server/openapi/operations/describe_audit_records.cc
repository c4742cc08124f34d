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
      Text("KeyId").Says("Calls of this access key.", "此访问密钥的调用。"),
      Text("ActionName").Says("Calls of this operation.", "此操作的调用。"),
      Text("Result").Says("Calls that ended with this code; OK: those that did what they should.",
                          "以此代码结束的调用；OK 表示成功。"),
      Text("StartTime")
          .Form(IsTime, "", "")
          .Says("Not before this time (ISO 8601, UTC).", "起始时间（ISO 8601，UTC）。"),
      Text("EndTime").Form(IsTime, "", "").Says("Not after this time (ISO 8601, UTC).", "截止时间（ISO 8601，UTC）。"),
      Flag("OldestFirst").Default("false").Says("true: in the order of the chain.", "true：按哈希链的顺序。"),
      Number("MaxResults")
          .AtLeast(1)
          .AtMost(1'000)
          .Default("100")
          .Wrong("InvalidParameter.MaxResults")
          .Says("Rows in one answer.", "一次返回的行数。"),
      Text("NextToken")
          .Form(IsNumber, "", "InvalidParameter.NextToken")
          .Says("What the page before returned.", "上一页返回的值。")};
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
