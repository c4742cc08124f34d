// /artifacts/stock/<sha256>/<file name>: archives of plug-ins and updates for stock agents, which fetch them without
// identity (agent-protocol reference, sections 16.1 and 17.3). Only what a manifest for stock agents names is there;
// the file name is for the agent, which reads a version out of it, and is not looked at. Owned by service; any thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/net/http.h"
#include "server/artifacts/artifacts.h"

namespace assist::server::artifacts {

inline constexpr std::string_view kStockPath = "/artifacts/stock/";

/// Port: which archives those are.
class StockArchiveList {
 public:
  virtual ~StockArchiveList() = default;
  /// `sha256`: 64 lower-case hex digits.
  virtual asio::awaitable<Result<bool>> IsForStockAgents(std::string sha256) = 0;
};

class StockArchives {
 public:
  /// References outlive this.
  StockArchives(StockArchiveList& list, Artifacts& artifacts) : list_(list), artifacts_(artifacts) {}

  /// A request whose path begins with kStockPath. `peer`: its address.
  asio::awaitable<HttpResponse> Handle(const HttpRequest& request, std::string peer);

 private:
  StockArchiveList& list_;
  Artifacts& artifacts_;
};

}  // namespace assist::server::artifacts
