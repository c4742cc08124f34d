// A strict judge of the XML that the API answers with (XML 1.0, fifth edition), apart from the code that writes it.
// Takes only what such an answer may have: a declaration, elements, text, the five entities and character references.
// Attributes, comments, document types and processing instructions are refused. Tests only. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace assist::test {

struct XmlElement {
  std::string name;
  std::string text;  ///< Of the element itself, references resolved, line ends as a reader sees them (2.11).
  std::vector<XmlElement> children;

  /// The first child of that name; ends the test program when there is none.
  [[nodiscard]] const XmlElement& at(std::string_view child) const;
};

/// kInvalid with the place when the text is not well-formed, or has what no answer may have.
[[nodiscard]] Result<XmlElement> ParseXml(std::string_view text);

/// May be the name of an element (production 5; without the colon).
[[nodiscard]] bool IsXmlName(std::string_view name);

}  // namespace assist::test
