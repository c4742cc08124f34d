// Targets of what a publisher signed (protocol/package): read by the server, by machines and by the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assist::fuzz {

/// A manifest: what passes keeps its rules, and reads the same when it is written anew.
void FuzzManifest(std::string_view input);
/// An envelope, and as the bytes that another one signs: a signature is of exactly these bytes.
void FuzzEnvelope(std::string_view input);
/// A line with a version, one with another, one with a rule; then the output of an order.
void FuzzPackageWords(std::string_view input);

/// Inputs to begin with; empty for the targets of others.
[[nodiscard]] std::vector<std::string> PackageSeedsOf(std::string_view target);

}  // namespace assist::fuzz
