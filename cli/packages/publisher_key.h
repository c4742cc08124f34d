// A publisher's key as people are told of it: its line, its id, and how machines come to trust it. Pure; any thread.
#pragma once

#include <string>

#include "cli/table/output.h"
#include "protocol/package/envelope.h"

namespace assist::cli {

/// The command for one machine; by a run of a script on all of them with a POSIX shell; and on one with Windows. Every
/// script that an agent starts has the variables that they name.
[[nodiscard]] std::string TrustLine(const package::PublisherKey& key);
[[nodiscard]] std::string TrustAllLine(const package::PublisherKey& key);
[[nodiscard]] std::string TrustWindowsLine(const package::PublisherKey& key);

[[nodiscard]] std::string PublisherKeyText(const package::PublisherKey& key, const Look& look);
/// {"PublicKey":…,"KeyId":…,"TrustCommand":…,"TrustAllCommand":…,"TrustWindowsCommand":…,"File":…}
[[nodiscard]] std::string PublisherKeyJson(const package::PublisherKey& key, const std::string& file);

}  // namespace assist::cli
