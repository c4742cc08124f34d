// What a server and its connections share; private to common/net. One executor. Coroutines hold it by shared_ptr, so
// that it lives as long as the last of them.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "common/async/event.h"
#include "common/async/scope.h"
#include "common/net/http_parser.h"
#include "common/net/http_server.h"

namespace assist::net_internal {

class ServerState {
 public:
  ServerState(TcpListener taken_listener, TlsServerContext* tls_context, HttpHandler& its_handler, Clock& its_clock,
              Random& its_random, Log& its_log, const HttpServer::Options& its_options);

  using IdleList = std::list<Stream*>;
  /// Idle connections may be closed at any time. Longest idle first.
  [[nodiscard]] IdleList::iterator EnterIdle(Stream& stream) {
    if (wants_room) changed.Pulse();
    return idle.insert(idle.end(), &stream);
  }
  void LeaveIdle(IdleList::iterator at) { idle.erase(at); }
  /// Closes the connection that is idle for longest, if there is one.
  void CloseOneIdle();
  void CloseAllIdle();
  /// The present time as the Date field has it.
  [[nodiscard]] const std::string& Date();

  TcpListener listener;
  TlsServerContext* const tls;
  HttpHandler& handler;
  Clock& clock;
  Random& random;
  Log& log;
  const HttpServer::Options options;
  const HttpLimits limits;
  LargeBodyBudget own_large_bodies{64};
  LargeBodyBudget& large_bodies;
  HttpServer::Stats stats;
  std::uint64_t next_id = 1;
  bool stopping = false;
  IdleList idle;
  bool wants_room = false;  // somebody waits to be accepted, and all places are taken
  Event changed;            // a connection ended, or became idle while room is wanted
  Scope scope;

 private:
  std::string date_;
  std::chrono::seconds date_of_{-1};
};

/// One connection from its first byte to its last.
asio::awaitable<void> ServeConnection(std::shared_ptr<ServerState> server, std::unique_ptr<Stream> stream);

}  // namespace assist::net_internal
