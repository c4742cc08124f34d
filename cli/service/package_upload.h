// Archives on their way to the server, and the manifest after them. On the executor of its coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "cli/service/inquiry.h"
#include "protocol/package/manifest.h"

namespace assist::cli {

/// Sends what the server does not have yet of the archive in the file `path`, from where it left off. What goes wrong
/// is said; ask.exit() is how the program ends.
asio::awaitable<Status> UploadArchive(Inquiry& ask, std::string path, package::Archive archive);

/// Publishes an archive that is there; what came of it is said.
asio::awaitable<ExitCode> PublishEnvelope(Inquiry& ask, std::string envelope, std::vector<std::string> channels);

}  // namespace assist::cli
