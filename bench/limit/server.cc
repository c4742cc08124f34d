// bench_limit_server: the bare counterpart of assist-server for bench_swarm. It exchanges the same messages over the
// same transport and makes the same signature checks; it reads nothing of what is in them, keeps nothing, and has no
// task but the one that `kick` on standard input gives to every agent at once:
//   kick TASK     every WebSocket gets a kick, the next list of each agent has the task; {"event":"kicked","at":…}
//   stats | quit
// Threads share nothing but the table of agents, which registration fills. Times are CLOCK_MONOTONIC, in seconds.
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "bench/peer/channel.h"
#include "bench/peer/framing.h"
#include "common/crypto/hash.h"
#include "common/crypto/keys.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/signing.h"
#include "protocol/wire/task_codec.h"

namespace assist::bench {
namespace {

struct Agent {
  PublicKey key;
  std::string machine_id;
  std::atomic<bool> pending{false};
};

struct Shared {
  std::shared_mutex mutex;
  std::unordered_map<std::string, std::unique_ptr<Agent>> agents;  // under mutex
  std::atomic<std::uint64_t> requests{0};
  std::vector<std::string> list;  // under mutex; the answer with the task, an instance id between any two pieces
};

constexpr std::string_view kMark = "@instance@";

/// As assist-server answers when a script of one line is run.
std::vector<std::string> TaskListPieces(const std::string& task) {
  wire::TaskEntry entry;
  entry.task_id = task;
  entry.type = "RunShellScript";
  entry.command_id = "c-" + task;
  entry.content = Secret<std::string>(encoding::Base64Encode("true"));
  entry.timeout = std::chrono::seconds(60);
  entry.built_in_parameters = {{"AccountId", "1000000000000001"}, {"RegionId", "cn-hangzhou"}};
  entry.instance_id = kMark;
  entry.output.emplace();
  entry.output->send_start = true;
  entry.assist.emplace();
  entry.assist->delivery = 1;
  wire::TaskList list;
  list.instance_id = kMark;
  list.run.push_back(std::move(entry));
  const std::string text = wire::RenderTaskList(list);
  std::vector<std::string> pieces;
  std::size_t from = 0;
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, from)) {
    pieces.push_back(text.substr(from, at - from));
    from = at + kMark.size();
  }
  pieces.push_back(text.substr(from));
  return pieces;
}

std::string Answer(std::string_view body) {
  std::string out = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: ";
  return out.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

struct Connection {
  Channel channel;
  Agent* agent = nullptr;
  std::string id;
  bool upgraded = false;
  bool proven = false;
};

class Worker {
 public:
  Worker(Shared& shared, SSL_CTX* tls, const sockaddr_in& address) : shared_(shared), tls_(tls) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      Die("cannot bind the port");
    ::listen(listener_, 4096);
    Watch(listener_, kListener);
    Watch(wake_, kWake);
  }

  void Kick(std::string text) {
    {
      const std::scoped_lock lock(mutex_);
      kick_ = std::move(text);
    }
    const std::uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) != sizeof one) Die("eventfd");
  }

  void Run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == kListener) {
          Accept();
        } else if (event.data.u64 == kWake) {
          SendKicks();
        } else {
          OnEvents(event.data.u64, event.events);
        }
      }
    }
  }

 private:
  static constexpr std::uint64_t kListener = ~std::uint64_t{0};
  static constexpr std::uint64_t kWake = ~std::uint64_t{1};

  void Watch(int fd, std::uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void Accept() {
    for (int i = 0; i < 64; ++i) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      std::uint64_t at = connections_.size();
      if (free_.empty()) {
        connections_.push_back(std::make_unique<Connection>());
      } else {
        at = free_.back();
        free_.pop_back();
        connections_[at] = std::make_unique<Connection>();
      }
      connections_[at]->channel.Adopt(epoll_, at, fd, tls_);
    }
  }

  void SendKicks() {
    std::uint64_t many = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_, &many, sizeof many);
    std::string text;
    {
      const std::scoped_lock lock(mutex_);
      text = kick_;
    }
    std::string frame;
    AppendFrame(frame, kText, text, std::nullopt);
    for (const auto& connection : connections_) {
      if (connection != nullptr && connection->upgraded) connection->channel.Send(frame);
    }
  }

  void OnEvents(std::uint64_t at, std::uint32_t events) {
    Connection* connection = connections_[at].get();
    if (connection == nullptr) return;
    bool alive = connection->channel.OnEvents(events);
    while (alive && !connection->channel.in().empty()) {
      const std::size_t used = connection->upgraded ? TakeFrame(*connection) : TakeRequest(*connection, alive);
      if (used == 0) break;
      connection->channel.in().erase(0, used);
    }
    if (alive && connection->channel.state() != Channel::State::kClosed) return;
    connections_[at].reset();
    free_.push_back(at);
  }

  std::size_t TakeFrame(Connection& connection) {
    Frame frame;
    if (ReadFrame(connection.channel.in(), frame) != Progress::kDone) return 0;
    if (frame.opcode == kPing) {
      std::string out;
      AppendFrame(out, kPong, frame.payload, std::nullopt);
      connection.channel.Send(out);
    }
    return frame.bytes;
  }

  std::size_t TakeRequest(Connection& connection, bool& alive) {
    const std::string_view in = connection.channel.in();
    HttpMessage message;
    const Progress progress = ReadHttp(in, message);
    alive = progress != Progress::kBad;
    if (progress != Progress::kDone) return 0;
    const std::string_view head = in.substr(0, message.head_bytes);
    const std::string_view body = in.substr(message.head_bytes, message.body_bytes);
    const std::string_view target = Target(head);
    shared_.requests.fetch_add(1, std::memory_order_relaxed);
    if (target.starts_with(wire::path::kRegister)) {
      connection.channel.Send(Answer(Register(body)));
    } else if (!Believe(connection, head, target, body)) {
      connection.channel.Send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    } else if (target.starts_with(wire::path::kNotify)) {
      connection.upgraded = true;  // nobody here looks at the accept key
      connection.channel.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    } else if (target.starts_with(wire::path::kTaskList)) {
      connection.channel.Send(Answer(List(connection)));
    } else if (target.starts_with(wire::path::kHeartbeat)) {
      connection.channel.Send(Answer(R"({"code":200,"instanceId":")" + connection.id +
                                     R"(","nextInterval":60000,"newTasks":false,"newTask":false})"));
    } else {
      connection.channel.Send(Answer(R"({"code":200,"instanceId":")" + connection.id + R"("})"));
    }
    return message.bytes();
  }

  static std::string_view Target(std::string_view head) {
    const std::size_t from = head.find(' ') + 1;
    return head.substr(from, head.find(' ', from) - from);
  }

  std::string Register(std::string_view body) {
    auto in = wire::ParseRegisterRequest(body);
    auto key = in ? PublicKey::FromPem(in->public_key_pem) : Result<PublicKey>(tl::make_unexpected(in.error()));
    if (!key) return R"({"code":403})";
    std::unique_lock lock(shared_.mutex);
    wire::RegisterResponse response;
    response.instance_id = "mi-limit" + std::to_string(shared_.agents.size());
    shared_.agents.emplace(response.instance_id, std::unique_ptr<Agent>(new Agent{std::move(*key), in->machine_id}));
    return wire::RenderRegisterResponse(response);
  }

  std::string List(Connection& connection) {
    if (!connection.agent->pending.exchange(false)) {
      return R"({"code":200,"instanceId":")" + connection.id +
             R"(","run":[],"stop":[],"test":[],"file":[],"session":[]})";
    }
    const std::shared_lock lock(shared_.mutex);
    std::string body;
    for (std::size_t i = 0; i < shared_.list.size(); ++i) {
      if (i > 0) body.append(connection.id);
      body.append(shared_.list[i]);
    }
    return body;
  }

  /// What server/identity checks, without time window and memory of what was used.
  bool Believe(Connection& connection, std::string_view head, std::string_view target, std::string_view body) {
    const std::string_view id = HeaderValue(head, wire::header::kInstanceId);
    if (connection.agent == nullptr) {
      const std::shared_lock lock(shared_.mutex);
      const auto found = shared_.agents.find(std::string(id));
      if (found == shared_.agents.end()) return false;
      connection.agent = found->second.get();
      connection.id = id;
    }
    if (connection.id != id) return false;
    if (connection.agent->key.kind() == KeyKind::kRsa) {
      const auto signature = encoding::Base64Decode(HeaderValue(head, wire::header::kSignature));
      return signature &&
             connection.agent->key.VerifyRsaMd5(
                 wire::StockSigningString(id, connection.agent->machine_id, HeaderValue(head, wire::header::kTimestamp),
                                          HeaderValue(head, wire::header::kRequestId)),
                 *signature);
    }
    if (connection.proven) return true;
    const auto signature = encoding::Base64Decode(HeaderValue(head, wire::header::kAssistSignature));
    if (!signature) return false;
    const bool secure = connection.channel.secure();
    const std::string hash = Sha256Hex(body);
    const std::string exporter =
        secure ? encoding::HexEncode(connection.channel.KeyingMaterial(wire::kExporterLabel, wire::kExporterBytes))
               : "";
    wire::AssistSigningInput input;
    input.method = head.substr(0, head.find(' '));
    input.target = target;
    input.body_sha256_hex = hash;
    input.instance_id = id;
    input.timestamp_ms = HeaderValue(head, wire::header::kAssistTimestamp);
    input.nonce = HeaderValue(head, wire::header::kAssistNonce);
    input.exporter_hex = exporter;
    if (!connection.agent->key.VerifyEd25519(wire::AssistSigningString(input), *signature)) return false;
    connection.proven = secure;
    return true;
  }

  Shared& shared_;
  SSL_CTX* tls_;
  int epoll_ = -1;
  int wake_ = -1;
  int listener_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint64_t> free_;
  std::mutex mutex_;
  std::string kick_;  // under mutex_
};

void Serve(Shared& shared, std::vector<std::unique_ptr<Worker>>& workers) {
  std::printf("{\"event\":\"ready\"}\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    if (line.starts_with("kick ")) {
      const std::string task = line.substr(5);
      {
        const std::unique_lock lock(shared.mutex);
        shared.list = TaskListPieces(task);
        for (const auto& [id, agent] : shared.agents) agent->pending = true;
      }
      const double at = MonotonicSeconds();
      for (const auto& worker : workers) worker->Kick("kick_vm task run " + task);
      std::printf("{\"event\":\"kicked\",\"at\":%.6f}\n", at);
    } else {
      std::printf("{\"event\":\"stats\",\"requests\":%llu}\n",
                  static_cast<unsigned long long>(shared.requests.load(std::memory_order_relaxed)));
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace assist::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets by write(): a peer that left must be an error
  using namespace assist::bench;
  std::uint16_t port = 0;
  std::size_t threads = 2;
  std::string certificate;
  std::string key;
  CLI::App app("The bare counterpart of assist-server for bench_swarm");
  app.add_option("--port", port)->required();
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  app.add_option("--certificate", certificate, "PEM; without it plain HTTP");
  app.add_option("--key", key, "PEM");
  CLI11_PARSE(app, argc, argv);
  RaiseDescriptorLimit();
  SSL_CTX* tls = certificate.empty() ? nullptr : ServerContext(certificate, key);
  Shared shared;
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t i = 0; i < threads; ++i) {
    workers.push_back(std::make_unique<Worker>(shared, tls, AddressOf("127.0.0.1", port)));
  }
  for (const auto& worker : workers) std::thread([&worker] { worker->Run(); }).detach();
  Serve(shared, workers);
  std::fflush(stdout);
  std::_Exit(0);  // the workers never end
}
