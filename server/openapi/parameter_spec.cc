#include "server/openapi/parameter_spec.h"

#include "protocol/encoding/utf8.h"

namespace assist::server::openapi {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Beyond ASCII everything counts as a letter or number but these: controls, signs, punctuation, spaces, symbols,
// private use and pictures.
constexpr Range kNoLetters[] = {
    {0x0080, 0x00A9}, {0x00AB, 0x00B1},   {0x00B4, 0x00B4},   {0x00B6, 0x00B8}, {0x00BB, 0x00BB}, {0x00BF, 0x00BF},
    {0x00D7, 0x00D7}, {0x00F7, 0x00F7},   {0x0300, 0x036F},   {0x2000, 0x206F}, {0x20A0, 0x20FF}, {0x2190, 0x245F},
    {0x2500, 0x2775}, {0x2794, 0x2BFF},   {0x2E00, 0x2E7F},   {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030},
    {0xE000, 0xF8FF}, {0xFE00, 0xFE6F},   {0xFEFF, 0xFF0F},   {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65},
    {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF}};

bool IsLetter(char32_t c) {
  if (c < 0x80) return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  for (const Range& range : kNoLetters) {
    if (c >= range.first && c <= range.last) return false;
  }
  return true;
}

}  // namespace

bool FitsInstanceName(std::string_view name) {
  if (name.starts_with("http://") || name.starts_with("https://")) return false;
  bool first = true;
  while (!name.empty()) {
    const auto c = encoding::TakeCharacter(name);
    if (!c) return false;
    const bool other = (*c >= '0' && *c <= '9') || *c == '.' || *c == '_' || *c == ':' || *c == '-';
    if (!IsLetter(*c) && (first || !other)) return false;
    first = false;
  }
  return !first;
}

ParameterSpec Instances(std::int64_t max) {
  ParameterSpec spec =
      Text("InstanceId")
          .AtMost(max, "InstanceIds.ExceedLimit")
          .Says(
              "Machines by their ids (mi-…). InstanceIds is understood too, as a list, a JSON array or "
              "ids with commas between them.",
              "以编号（mi-…）指定的机器。也接受 InstanceIds：列表、JSON 数组或以逗号分隔的编号。");
  spec.kind = ParameterSpec::Kind::kInstances;
  return spec;
}

ParameterSpec Tags() {
  ParameterSpec spec = Text("Tag").AtMost(20, "NumberExceed.Tags").Says("Tags that it gets.", "为其添加的标签。");
  spec.kind = ParameterSpec::Kind::kTags;
  spec.if_key_missing = "MissingParameter.TagKey";
  spec.if_key_wrong = "InvalidTagKey.Malformed";
  spec.if_value_wrong = "InvalidTagValue.Malformed";
  spec.if_key_twice = "Duplicate.TagKey";
  return spec;
}

ParameterSpec TagsToMatch() {
  return Tags().Says("Only what has all these tags; one without Value matches any value.",
                     "只要具有全部这些标签的；不带 Value 的匹配任何值。");
}

ParameterSpec ResourceTags(std::int64_t max) {
  ParameterSpec spec = Text("ResourceTag")
                           .AtMost(max, "NumberExceed.ResourceTags")
                           .Says("Machines that have all these tags, instead of InstanceId.",
                                 "代替 InstanceId：具有全部这些标签的机器。");
  spec.kind = ParameterSpec::Kind::kTags;
  spec.reserved_words = false;
  spec.if_key_missing = "MissingParameter.ResourceTagKey";
  spec.if_key_wrong = "InvalidResourceTagKey.Malformed";
  spec.if_value_wrong = "InvalidResourceTagValue.Malformed";
  spec.if_key_twice = "Duplicate.ResourceTagKey";
  return spec;
}

ParameterSpec ContentEncoding(std::string_view fallback) {
  return Word("ContentEncoding", {"PlainText", "Base64"})
      .AnyCase()
      .Default(fallback)
      .OtherIsDefault()
      .Says("How the text is written here or comes back; any other word counts as the default.",
            "文本的编码方式；其他取值按默认值处理。");
}

ParameterSpec CommandTypes(std::string_view name, std::string_view code) {
  return Word(name, {"RunBatScript", "RunPowerShellScript", "RunShellScript"})
      .Wrong(code)
      .Says("What runs it: a shell (Linux, FreeBSD), cmd or PowerShell (Windows).",
            "由什么执行：shell（Linux、FreeBSD）、cmd 或 PowerShell（Windows）。");
}

ParameterSpec StatusWords(std::string_view name) {
  return Word(name, {"Running", "Finished", "Success", "Failed", "PartialFailed", "Stopped", "Stopping", "Pending",
                     "Scheduled"})
      .Says("Only those in this status, older or newer.", "只要处于此状态（旧式或新式）的。");
}

ParameterSpec ResourceGroup() {
  return Text("ResourceGroupId")
      .Says("This server has no resource groups: as a filter it matches nothing, for something new it is refused.",
            "本服务器没有资源组：作为筛选条件不匹配任何对象，新建时会被拒绝。");
}

std::vector<ParameterSpec> PagingParameters(std::int64_t max, PagingForm form) {
  const bool clamped = form == PagingForm::kClamped;
  std::vector<ParameterSpec> specs;
  if (form != PagingForm::kNextToken) {
    specs.push_back(Number("MaxResults")
                        .AtLeast(clamped ? 10 : 1, "InvalidParameter.MaxResults")
                        .AtMost(max, "InvalidParameter.MaxResults")
                        .Default("10")
                        .Wrong("InvalidParameter.MaxResults")
                        .Says("Rows in a page, when pages are asked for by token.", "按令牌翻页时每页的行数。"));
    specs.back().clamped = clamped;
  }
  specs.push_back(
      Text("NextToken")
          .Wrong(form == PagingForm::kNextToken ? "Invalid.NextToken" : "InvalidParameter.NextToken")
          .Says("What the page before answered; empty for the first page.", "上一页返回的令牌；首页留空。"));
  if (form == PagingForm::kTokens || form == PagingForm::kNextToken) return specs;
  specs.push_back(
      Number("PageNumber")
          .AtLeast(1, "InvalidParam.PageNumber")
          .AtMost(1'000'000'000, "InvalidParam.PageNumber")
          .Default("1")
          .Wrong("InvalidParam.PageNumber")
          .Says("Passed over when MaxResults or NextToken is given.", "给出 MaxResults 或 NextToken 时不看此项。"));
  specs.push_back(Number("PageSize")
                      .AtLeast(1, "InvalidParam.PageSize")
                      .AtMost(max, "InvalidParam.PageSize")
                      .Default("10")
                      .Wrong("InvalidParam.PageSize")
                      .Says("Rows in a page; passed over when MaxResults or NextToken is given.",
                            "每页的行数；给出 MaxResults 或 NextToken 时不看此项。"));
  specs.back().clamped = clamped;
  return specs;
}

}  // namespace assist::server::openapi
