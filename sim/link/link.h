// The network between clients and one server, above the sockets: requests with answers, and a channel on which the
// server pushes texts (the WebSocket of wakes). Requests are late, get lost, lose their answer, arrive twice or long
// after their sender gave up (or died); channels break, or are open and silent. Bytes are the production codecs', made
// and read by those at both ends. Owned by the scenario, one a client; lives as long as the world.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/completion.h"
#include "common/base/result.h"
#include "common/base/unique_function.h"
#include "sim/world/world.h"

namespace assist::sim::link {

namespace asio = boost::asio;

struct Request {
  std::string from;    ///< Who asks; the server believes it (signatures are not simulated).
  std::string target;  ///< Path and query.
  std::map<std::string, std::string> headers;
  std::string body;
};
struct Response {
  int status = 200;
  std::string body;
};

/// Each "once in" 0: never.
struct Options {
  std::chrono::microseconds max_delay{2000};  ///< One way.
  std::chrono::microseconds long_delay{3'000'000};
  std::uint64_t long_delay_once_in = 0;
  std::uint64_t lose_request_once_in = 0;
  std::uint64_t lose_answer_once_in = 0;  ///< The request was carried out.
  std::uint64_t duplicate_once_in = 0;    ///< A second copy, up to long_delay later.
  std::uint64_t late_copy_once_in = 0;    ///< One more copy, up to late_copy later.
  std::chrono::microseconds late_copy{60'000'000};
  std::uint64_t break_channel_once_in = 0;  ///< Instead of a push.
};

/// Error.reason: nobody listens, or who did ended without an answer.
inline constexpr std::string_view kReset = "sim.reset";

/// The server's end of a channel. Dropping it does not close it; a dead process's channels break.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual void Push(std::string text) = 0;
  virtual void Close() = 0;
  /// Who opened it.
  [[nodiscard]] virtual const std::string& from() const noexcept = 0;
};

class Link {
 public:
  using Answer = UniqueFunction<void(Response)>;
  /// What serves; called on the server's main lane.
  struct Server {
    std::function<void(Request, Answer)> handle;
    std::function<void(Request hello, std::shared_ptr<Channel>)> opened;
    std::function<void(const std::shared_ptr<Channel>&)> closed;
    /// A frame of the client (a pong, the reply to a wake).
    std::function<void(const std::shared_ptr<Channel>&, std::string text)> heard;
  };
  struct ChannelClient {
    std::function<void()> opened;
    std::function<void(std::string text)> text;
    std::function<void()> closed;
  };

  Link(world::World& world, Options options, std::string name);

  /// From now on `process` answers; a former one is forgotten. Null: connections are refused.
  void Serve(std::shared_ptr<world::Process> process, Server server);

  /// Somebody answers there. kUnavailable: refused (kReset), or no answer in time.
  asio::awaitable<Status> Connect(std::shared_ptr<world::Process> client, std::chrono::microseconds timeout);
  /// Names the process that answers; 0: none does.
  [[nodiscard]] std::uint64_t serving() const noexcept;
  /// kUnavailable: refused or reset (kReset), lost, or no answer in time; the request may have been carried out.
  asio::awaitable<Result<Response>> Send(std::shared_ptr<world::Process> client, Request request,
                                         std::chrono::microseconds timeout);
  /// The client's end of a channel.
  struct Line {
    std::function<void(std::string)> say;  ///< A text to the server.
    std::function<void()> close;           ///< `closed` is called then.
  };
  /// Opens a channel with this first request; `client.closed` is called when it was refused, or when it ends. Callbacks
  /// come on the client's main lane. What is lost on the way is not told: to be given up is the client's matter.
  Line Open(const std::shared_ptr<world::Process>& client, Request hello, ChannelClient callbacks);

  /// Nothing passes until Heal(); open channels are silent, not closed.
  void Cut() noexcept { cut_ = true; }
  void Heal() noexcept { cut_ = false; }
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  /// The channels that are open now stay so and carry nothing any more; new ones are not touched.
  void Silence() noexcept { ++silent_upto_; }
  /// When the last copy that is under way arrives.
  [[nodiscard]] SteadyTime last_copy() const noexcept { return last_copy_; }
  /// Faults cease (or begin).
  void SetOptions(const Options& options) { options_ = options; }

 private:
  struct Call;
  class Ending;
  class ChannelImpl;
  [[nodiscard]] std::chrono::microseconds Delay();
  /// Starts to wait for an answer.
  std::shared_ptr<Call> Begin(std::shared_ptr<world::Process> client, Completion<Result<Response>> done,
                              std::chrono::microseconds timeout);
  void Deliver(const std::weak_ptr<Call>& call, const Request& request);
  void Reply(const std::weak_ptr<Call>& call, Result<Response> response);

  world::World& world_;
  Options options_;
  world::Dice dice_;
  std::shared_ptr<world::Process> wire_;  // lives always: what is under way belongs to neither end
  std::shared_ptr<world::Process> server_process_;
  std::shared_ptr<Server> server_;
  bool cut_ = false;
  std::uint64_t silent_upto_ = 0;
  SteadyTime last_copy_{};
};

}  // namespace assist::sim::link
