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
  ParameterSpec spec = Text("InstanceId").AtMost(max, "InstanceIds.ExceedLimit");
  spec.kind = ParameterSpec::Kind::kInstances;
  return spec;
}

ParameterSpec Tags() {
  ParameterSpec spec = Text("Tag").AtMost(20, "NumberExceed.Tags");
  spec.kind = ParameterSpec::Kind::kTags;
  spec.if_key_missing = "MissingParameter.TagKey";
  spec.if_key_wrong = "InvalidTagKey.Malformed";
  spec.if_value_wrong = "InvalidTagValue.Malformed";
  spec.if_key_twice = "Duplicate.TagKey";
  return spec;
}

ParameterSpec ResourceTags(std::int64_t max) {
  ParameterSpec spec = Text("ResourceTag").AtMost(max, "NumberExceed.ResourceTags");
  spec.kind = ParameterSpec::Kind::kTags;
  spec.reserved_words = false;
  spec.if_key_missing = "MissingParameter.ResourceTagKey";
  spec.if_key_wrong = "InvalidResourceTagKey.Malformed";
  spec.if_value_wrong = "InvalidResourceTagValue.Malformed";
  spec.if_key_twice = "Duplicate.ResourceTagKey";
  return spec;
}

ParameterSpec ContentEncoding(std::string_view fallback) {
  return Word("ContentEncoding", {"PlainText", "Base64"}).AnyCase().Default(fallback).OtherIsDefault();
}

ParameterSpec CommandTypes(std::string_view name, std::string_view code) {
  return Word(name, {"RunBatScript", "RunPowerShellScript", "RunShellScript"}).Wrong(code);
}

ParameterSpec StatusWords(std::string_view name) {
  return Word(name, {"Running", "Finished", "Success", "Failed", "PartialFailed", "Stopped", "Stopping", "Pending",
                     "Scheduled"});
}

ParameterSpec ResourceGroup() { return Text("ResourceGroupId"); }

std::vector<ParameterSpec> PagingParameters(std::int64_t max) {
  return {Number("MaxResults")
              .AtLeast(1, "InvalidParameter.MaxResults")
              .AtMost(max, "InvalidParameter.MaxResults")
              .Default("10")
              .Wrong("InvalidParameter.MaxResults"),
          Text("NextToken"),
          Number("PageNumber")
              .AtLeast(1, "InvalidParam.PageNumber")
              .AtMost(1'000'000'000, "InvalidParam.PageNumber")
              .Default("1")
              .Wrong("InvalidParam.PageNumber"),
          Number("PageSize")
              .AtLeast(1, "InvalidParam.PageSize")
              .AtMost(max, "InvalidParam.PageSize")
              .Default("10")
              .Wrong("InvalidParam.PageSize")};
}

}  // namespace assist::server::openapi
