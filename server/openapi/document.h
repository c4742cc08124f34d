// The documentation of the API, made from the declarations: docs/api.md, docs/api_cn.md, and the table of
// `assist ecs help` (cli/ecs/api_table.cc). document_test.cc fails when the files differ, and writes them when asked.
// Pure.
#pragma once

#include <cstdint>
#include <string>

namespace assist::server::openapi {

enum class DocumentLanguage : std::uint8_t { kEnglish, kChinese };

[[nodiscard]] std::string ApiPage(DocumentLanguage language);
[[nodiscard]] std::string CommandLineTable();

}  // namespace assist::server::openapi
