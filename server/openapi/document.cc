#include "server/openapi/document.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "server/openapi/operation_errors.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

using Kind = ParameterSpec::Kind;
using Language = DocumentLanguage;

constexpr std::int64_t kNoMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kNoMax = std::numeric_limits<std::int64_t>::max();

std::string_view In(Language language, const Saying& saying) {
  return language == Language::kEnglish ? saying.english : saying.chinese;
}
std::string_view In(Language language, std::string_view english, std::string_view chinese) {
  return language == Language::kEnglish ? english : chinese;
}

std::string_view TypeOf(const ParameterSpec& spec) {
  switch (spec.kind) {
    case Kind::kText:
    case Kind::kBytes:
    case Kind::kWord:
      return "string";
    case Kind::kNumber:
      return "integer";
    case Kind::kFlag:
      return "boolean";
    case Kind::kTexts:
    case Kind::kInstances:
      return "list";
    case Kind::kTags:
    case Kind::kTagFilters:
      return "objects";
    case Kind::kJson:
      return "JSON";
  }
  return "";
}

/// As it stands on the wire.
std::string WireName(const ParameterSpec& spec) {
  const std::string name(spec.name);
  switch (spec.kind) {
    case Kind::kTexts:
    case Kind::kInstances:
      return name + ".N";
    case Kind::kTags:
      return name + ".N.Key, " + name + ".N.Value";
    case Kind::kTagFilters:
      return name + ".N.TagKey, " + name + ".N.TagValues.M";
    default:
      return name;
  }
}

std::string_view UnitOf(const ParameterSpec& spec, Language language) {
  switch (spec.kind) {
    case Kind::kText:
      return In(language, " characters", " 个字符");
    case Kind::kTexts:
    case Kind::kInstances:
    case Kind::kTags:
    case Kind::kTagFilters:
      return In(language, " items", " 项");
    default:
      return "";
  }
}

/// `1–100 items`, `PlainText, Base64`, `≤ 24576 bytes`; empty when it has no limits.
std::string Limits(const ParameterSpec& spec, Language language) {
  std::string out;
  for (const std::string_view word : spec.words) out += (out.empty() ? "" : ", ") + std::string(word);
  if (!spec.words.empty()) return out;
  if (spec.kind == Kind::kBytes) {
    if (spec.max_bytes == 0) return "";
    return "≤ " + std::to_string(spec.max_bytes) + std::string(In(language, " bytes", " 字节"));
  }
  if (spec.min == kNoMin && spec.max == kNoMax) return "";
  if (spec.min == kNoMin) {
    out = "≤ " + std::to_string(spec.max);
  } else if (spec.max == kNoMax) {
    out = "≥ " + std::to_string(spec.min);
  } else {
    out = std::to_string(spec.min) + "–" + std::to_string(spec.max);
  }
  return out + std::string(UnitOf(spec, language));
}

/// Under both profiles of limits.
std::string BothLimits(const ParameterSpec& large, const ParameterSpec& compat, Language language) {
  const std::string ours = Limits(large, language);
  const std::string theirs = Limits(compat, language);
  if (ours == theirs) return ours;
  return ours + std::string(In(language, "; compat: ", "；compat：")) + theirs;
}

/// A parameter with its declaration under both profiles.
struct Parameter {
  std::string name;  ///< On the wire; of a member `Config → Field`.
  ParameterSpec large;
  ParameterSpec compat;
};

void AddParameter(const std::string& prefix, const ParameterSpec& large, const ParameterSpec& compat,
                  std::vector<Parameter>& out) {
  out.push_back({prefix + (prefix.empty() ? WireName(large) : std::string(large.name)), large, compat});
  for (std::size_t i = 0; i < large.members.size(); ++i) {
    AddParameter(std::string(large.name) + " → ", large.members[i], compat.members[i], out);
  }
}

ParameterSpec RegionSpec(const Operation& operation) {
  return Text("RegionId")
      .Mandatory(operation.if_region_missing)
      .Says("One of the server's regions; the command line adds it.", "本服务器的地域之一；命令行会自动添加。");
}
ParameterSpec ClientTokenSpec() {
  return Text("ClientToken")
      .AtMost(64)
      .Says(
          "ASCII; a repeat with the same token and parameters gives the first answer again, for a day. The command "
          "line adds one.",
          "ASCII；一天内以相同令牌与参数重复调用会得到第一次的回答。命令行会自动添加。");
}

/// The operation's own first, the mandatory ones before the others, then those that many have.
std::vector<Parameter> ParametersOf(const Operation& large, const Operation& compat) {
  std::vector<Parameter> out;
  for (const bool mandatory : {true, false}) {
    for (std::size_t i = 0; i < large.parameters.size(); ++i) {
      if (large.parameters[i].mandatory == mandatory) {
        AddParameter("", large.parameters[i], compat.parameters[i], out);
      }
    }
  }
  if (large.max_page > 0) {
    const auto ours = PagingParameters(large.max_page, large.paging);
    const auto theirs = PagingParameters(compat.max_page, compat.paging);
    for (std::size_t i = 0; i < ours.size(); ++i) AddParameter("", ours[i], theirs[i], out);
  }
  if (large.client_token) AddParameter("", ClientTokenSpec(), ClientTokenSpec(), out);
  if (large.needs_region) AddParameter("", RegionSpec(large), RegionSpec(large), out);
  return out;
}

/// For a cell of a table.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}
std::string Code(std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; }

std::string NoteOf(const ParameterSpec& spec, Language language) {
  std::string note;
  if (spec.extension) note = In(language, "*Extension.* ", "*扩展。*");
  note += In(language, spec.note);
  return note;
}

void AddParameters(const std::vector<Parameter>& parameters, Language language, std::string& out) {
  out += In(language, "| Parameter | Type | Mandatory | Values | Default | Meaning |\n",
            "| 参数 | 类型 | 必选 | 取值 | 默认值 | 含义 |\n");
  out += "|---|---|---|---|---|---|\n";
  for (const Parameter& parameter : parameters) {
    const ParameterSpec& spec = parameter.large;
    out += "| `" + parameter.name + "` | " + std::string(TypeOf(spec)) + " | " +
           std::string(spec.mandatory ? In(language, "yes", "是") : "") + " | " +
           Cell(BothLimits(spec, parameter.compat, language)) + " | " + Code(spec.fallback.value_or("")) + " | " +
           Cell(NoteOf(spec, language)) + " |\n";
  }
  out += '\n';
}

void AddErrors(const std::vector<std::string>& codes, std::string_view operation, Language language, std::string& out) {
  out += In(language, "| HTTP | Code | Message |\n", "| HTTP | 错误码 | 消息 |\n");
  out += "|---|---|---|\n";
  for (const std::string& code : codes) {
    const ApiError error = KnownError(code, operation);
    out += "| " + std::to_string(error.status) + " | `" + code + "` | " + Cell(error.message) + " |\n";
  }
  out += '\n';
}

void AddOperation(const Operation& large, const Operation& compat, Language language, std::string& out) {
  out += "## " + std::string(large.name) + "\n\n" + std::string(In(language, large.summary)) + "\n\n";
  out += large.changes ? In(language, "Changes state.", "改变状态。") : In(language, "Reads only.", "只读。");
  if (large.extension) out += In(language, " An extension of this server.", "本服务器的扩展。");
  out += "\n\n";
  AddParameters(ParametersOf(large, compat), language, out);
  if (!large.notes.empty()) {
    for (const Saying& note : large.notes) out += "- " + std::string(In(language, note)) + '\n';
    out += '\n';
  }
  out += "```\nassist ecs " + std::string(large.example) + "\n```\n\n";
  std::string answer(large.answer);
  if (answer.starts_with('\n')) answer.erase(0, 1);
  if (!answer.empty() && !answer.ends_with('\n')) answer += '\n';
  out += std::string(In(language, "Answer:", "回答：")) + "\n\n```\n" + answer + "RequestId: string\n```\n\n";
  if (const auto codes = OwnErrors(large); !codes.empty()) AddErrors(codes, large.name, language, out);
}

constexpr Saying kIntroduction = {
    R"(# The API, operation by operation

Made from the declarations of the server (`server/openapi/operations/`); do not edit. On a command line:
`assist ecs help <Action>`. The API is that of ECS 2014-05-26 for Cloud Assistant; what is marked as an extension is this
server's own. How requests are signed and answered: [protocol.md](protocol.md); in answers `+` marks an extension, `?` a
field that may be absent, `counts` an object of integers by name.

A mandatory parameter that is absent is refused with `Missing…` (400), a value of another form with `Invalid…` (400), each
with the parameter's name, where the tables name no code of its own. Values are those of `limits = "large"`, the default;
where `limits = "compat"` differs, it is told.

)",
    R"(# API 参考：逐个操作

由服务器的声明（`server/openapi/operations/`）生成，请勿编辑。命令行中可用 `assist ecs help <Action>` 查看。API 与云助手的 ECS
2014-05-26 一致；标为扩展的是本服务器独有的。请求如何签名与回答见 [protocol.md](protocol.md)；回答中 `+` 表示扩展，`?` 表示可能没有的字段，
`counts` 表示以名称为键的整数对象。

缺少必选参数时回答 `Missing…`（400），取值形式不对时回答 `Invalid…`（400），其后为参数名；表中另有错误码的除外。取值范围按默认的
`limits = "large"`；`limits = "compat"` 不同之处另行注明。

)"};

constexpr Saying kGateway = {
    "## Errors of every operation\n\nBefore parameters are looked at, or when the store is away.\n\n",
    "## 所有操作共有的错误\n\n在检查参数之前，或存储不可用时。\n\n"};

/// A string of C++.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}
std::string Pair(std::string_view english, std::string_view chinese) {
  return "{" + Quoted(english) + ", " + Quoted(chinese) + "}";
}

void AddTableEntry(const Operation& large, const Operation& compat, std::string& out) {
  const std::string name(large.name);
  out += "constexpr ApiParameter k" + name + "Parameters[] = {\n";
  for (const Parameter& parameter : ParametersOf(large, compat)) {
    const ParameterSpec& spec = parameter.large;
    const bool list = spec.kind == Kind::kTexts || spec.kind == Kind::kInstances;
    out += "    {" + Quoted(parameter.name) + ", " + Quoted(spec.name) + ", " + Quoted(TypeOf(spec)) + ", " +
           (list ? "true" : "false") + ", " + (spec.mandatory ? "true" : "false") + ", " +
           (spec.extension ? "true" : "false") + ",\n     " +
           Pair(BothLimits(spec, parameter.compat, Language::kEnglish),
                BothLimits(spec, parameter.compat, Language::kChinese)) +
           ", " + Quoted(spec.fallback.value_or("")) + ",\n     " + Pair(spec.note.english, spec.note.chinese) + "},\n";
  }
  if (out.ends_with("[] = {\n")) out += "    {},\n";
  out += "};\nconstexpr Bilingual k" + name + "Notes[] = {\n";
  for (const Saying& note : large.notes) out += "    " + Pair(note.english, note.chinese) + ",\n";
  out += "    {},\n};\nconstexpr ApiErrorCode k" + name + "Errors[] = {\n";
  for (const std::string& code : OwnErrors(large)) {
    const ApiError error = KnownError(code, large.name);
    out += "    {" + Quoted(code) + ", " + std::to_string(error.status) + ", " + Quoted(error.message) + "},\n";
  }
  out += "    {},\n};\n\n";
}

}  // namespace

std::string ApiPage(Language language) {
  const auto large = AllOperations(model::Limits::Large());
  const auto compat = AllOperations(model::Limits::Compat());
  std::string out(In(language, kIntroduction));
  out += In(language, "| Operation | |\n|---|---|\n", "| 操作 | |\n|---|---|\n");
  for (const Operation& operation : large) {
    std::string anchor(operation.name);
    std::transform(anchor.begin(), anchor.end(), anchor.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    out +=
        "| [" + std::string(operation.name) + "](#" + anchor + ") | " + Cell(In(language, operation.summary)) + " |\n";
  }
  out += '\n';
  for (std::size_t i = 0; i < large.size(); ++i) AddOperation(large[i], compat[i], language, out);
  out += In(language, kGateway);
  AddErrors({GatewayErrors().begin(), GatewayErrors().end()}, "", language, out);
  out.pop_back();  // no empty line at the end
  return out;
}

std::string CommandLineTable() {
  const auto large = AllOperations(model::Limits::Large());
  const auto compat = AllOperations(model::Limits::Compat());
  std::string out =
      "// Made by server/openapi/document_test.cc from the server's declarations; do not edit.\n"
      "#include \"cli/ecs/api_table.h\"\n\n"
      "namespace assist::cli {\nnamespace {\n\n// clang-format off\n";
  for (std::size_t i = 0; i < large.size(); ++i) AddTableEntry(large[i], compat[i], out);
  out += "constexpr ApiAction kActions[] = {\n";
  for (const Operation& operation : large) {
    const std::string name(operation.name);
    const auto own = OwnErrors(operation);
    std::string_view answer = operation.answer;
    if (answer.starts_with('\n')) answer.remove_prefix(1);
    out += "    {" + Quoted(name) + ", " + (operation.changes ? "true" : "false") + ", " +
           (operation.client_token ? "true" : "false") + ", " + (operation.extension ? "true" : "false") + ",\n     " +
           Pair(operation.summary.english, operation.summary.chinese) + ",\n     " + Quoted(operation.example) +
           ",\n     k" + name + "Parameters, std::span(k" + name + "Notes).first(" +
           std::to_string(operation.notes.size()) + "), std::span(k" + name + "Errors).first(" +
           std::to_string(own.size()) + "),\n     " + Quoted(answer) + "},\n";
  }
  out +=
      "};\n// clang-format on\n\n}  // namespace\n\nstd::span<const ApiAction> ApiActions() { return kActions; }\n\n"
      "}  // namespace assist::cli\n";
  return out;
}

}  // namespace assist::server::openapi
