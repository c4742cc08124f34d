// What a good answer holds, as an operation declares it. One line a field, in the reference's notation:
//   Commands: {
//     Command: [{
//       CommandId: string
//       ParameterNames: {
//         ParameterName: [string]
//       }
//       +ContentCut?: boolean
//     }]
//   }
// Types are string, integer, boolean, and counts: an object of integers by name. `+`: an extension, which the reference
// does not know. `?`: may be absent. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/json.h"

namespace assist::server::openapi {

struct AnswerField;

struct AnswerShape {
  enum class Kind : std::uint8_t { kString, kInteger, kBoolean, kCounts, kObject };

  Kind kind = Kind::kObject;
  std::vector<AnswerField> fields;  ///< Of a kObject.
};

struct AnswerField {
  std::string_view name;
  bool list = false;  ///< A list of what `shape` says.
  bool optional = false;
  bool extension = false;
  AnswerShape shape;
};

/// An object. A text of another form ends the process: they are ours, and a test reads them all.
[[nodiscard]] AnswerShape ParseAnswerShape(std::string_view text);

/// What in `value` is not as declared, with its place; empty when it is. RequestId is passed over.
[[nodiscard]] std::string FindMisfit(const AnswerShape& shape, const json::Object& value);

}  // namespace assist::server::openapi
