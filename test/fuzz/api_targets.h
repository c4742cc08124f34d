// Targets of the API's front door (server/openapi).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assist::fuzz {

/// A request as method, target, headers and body: its parameters are the same wherever they stand.
void FuzzApiRequest(std::string_view input);
/// Parameters: signed they pass, with anything changed they do not.
void FuzzSignatureV1(std::string_view input);
void FuzzSignatureAcs3(std::string_view input);
/// A form, against a declaration of each kind: what passes is as declared.
void FuzzArguments(std::string_view input);
void FuzzPageToken(std::string_view input);
/// Bytes in texts and names of an answer: an XML reader and a JSON reader take it.
void FuzzXmlAnswer(std::string_view input);

/// Inputs to begin with; empty for the targets of others.
[[nodiscard]] std::vector<std::string> ApiSeedsOf(std::string_view target);

}  // namespace assist::fuzz
