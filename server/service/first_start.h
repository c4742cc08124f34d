// The admin's access key: made once, kept in DIR/admin.json, whose endpoint follows the settings at every start.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "server/control/runner.h"
#include "server/service/data_folder.h"

namespace assist::server::service {

/// What admin.json tells besides the key.
struct PublicFacts {
  std::string endpoint;
  std::string ca_file;         ///< Empty with plain HTTP.
  std::string ca_fingerprint;  ///< As ca_file.
};

/// Before the listeners open. A first start that was interrupted is done again; its half-made key is removed.
boost::asio::awaitable<Status> PrepareAdmin(const DataFolder& folder, control::Runner& runner, PublicFacts facts);

}  // namespace assist::server::service
