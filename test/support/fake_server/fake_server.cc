#include "test/support/fake_server/fake_server.h"

#include <utility>

#include "common/base/check.h"

namespace assist::test {
namespace {
constexpr std::string_view kExporter = "EXPORTER-assist-agent-v1";
constexpr std::chrono::hours kLife{24};
}  // namespace

std::string_view FakeServer::Seen::path() const {
  return std::string_view(request.target).substr(0, std::string_view(request.target).find('?'));
}

FakeServer::FakeServer(asio::any_io_executor executor, Clock& clock, Random& random, const Options& options)
    : go_on(executor), listens(executor), clock_(clock), options_(options), scope_(executor, {}) {
  go_on.Set();
  listens.Set();
  if (options_.tls) {
    // OpenSSL looks at the real clock, whatever clock the test has.
    const SystemTime now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto ca = MakeCa("test CA", now, kLife);
    ASSIST_CHECK(ca.has_value());
    ca_ = std::move(*ca);
    LeafRequest request;
    request.common_name = options_.name;
    request.dns_names = {options_.name};
    request.ip_addresses = {"127.0.0.1"};
    request.lifetime = kLife;
    auto leaf = MakeLeaf(ca_, request, now);
    ASSIST_CHECK(leaf.has_value());
    auto tls = TlsServerContext::Make(leaf->certificate_pem + ca_.certificate_pem, leaf->key_pem);
    ASSIST_CHECK(tls.has_value());
    tls_ = std::move(*tls);
  }
  auto listener = TcpListener::Open(executor, HostPort{"127.0.0.1", 0});
  ASSIST_CHECK(listener.has_value());
  HttpServer::Options server_options;
  server_options.websocket.deliver_pings = true;
  server_ = std::make_unique<HttpServer>(std::move(*listener), tls_.get(), *this, clock, random, log_, server_options);
  server_->Start();
}

FakeServer::~FakeServer() = default;

HostPort FakeServer::address() const { return HostPort{"127.0.0.1", server_->port()}; }

std::string FakeServer::url() const { return (options_.tls ? "https://" : "http://") + FormatHostPort(address()); }

std::string FakeServer::fingerprint() const {
  const auto info = ReadCertificate(ca_.certificate_pem);
  ASSIST_CHECK(info.has_value());
  return info->fingerprint;
}

std::vector<FakeServer::Seen> FakeServer::RequestsTo(std::string_view path) const {
  std::vector<Seen> found;
  for (const Seen& seen : requests_) {
    if (seen.path() == path) found.push_back(seen);
  }
  return found;
}

std::shared_ptr<FakeServer::Socket> FakeServer::Newest() const {
  for (auto it = sockets_.rbegin(); it != sockets_.rend(); ++it) {
    if ((*it)->open) return *it;
  }
  return nullptr;
}

FakeServer::Socket* FakeServer::socket() const { return Newest().get(); }

void FakeServer::SendText(std::string text) {
  if (auto socket = Newest()) scope_.Spawn("send", Send(std::move(socket), std::move(text)));
}

void FakeServer::CloseSocket(WebSocketCloseCode code) {
  if (auto socket = Newest()) scope_.Spawn("close", Close(std::move(socket), code));
}

void FakeServer::AbortSocket() {
  if (auto socket = Newest()) socket->socket->Abort();
}

asio::awaitable<void> FakeServer::Send(std::shared_ptr<Socket> socket, std::string text) {
  auto sent = co_await socket->socket->SendText(std::move(text));
  ASSIST_CHECK(sent.has_value());
}

asio::awaitable<void> FakeServer::Close(std::shared_ptr<Socket> socket, WebSocketCloseCode code) {
  auto closed = co_await socket->socket->Close(code, "");
  if (!closed) socket->socket->Abort();
}

asio::awaitable<void> FakeServer::Stop() {
  go_on.Set();
  listens.Set();
  for (const auto& socket : sockets_) socket->socket->Abort();
  co_await server_->Stop(clock_.Steady());
  co_await scope_.Close();
}

asio::awaitable<HttpResponse> FakeServer::Handle(ConnectionInfo& connection, HttpRequest& request) {
  Seen seen;
  seen.request = request;
  seen.connection = connection.id();
  auto exporter = connection.KeyingMaterial(kExporter, 32);
  if (exporter) seen.exporter = *exporter;
  requests_.push_back(std::move(seen));
  co_await go_on.Wait();
  if (IsWebSocketUpgrade(request)) {
    HttpResponse response;
    response.status = socket_status;
    co_return response;
  }
  if (answer) co_return answer(request);
  co_return MakeResponse(200, "application/json", R"({"code":200})");
}

asio::awaitable<void> FakeServer::HandleWebSocket(ConnectionInfo&, HttpRequest, std::unique_ptr<WebSocket> socket) {
  auto entry = std::make_shared<Socket>();
  entry->socket = std::move(socket);
  sockets_.push_back(entry);
  for (;;) {
    co_await listens.Wait();
    auto message = co_await entry->socket->Receive();
    if (!message) break;
    if (message->kind == WebSocketMessage::Kind::kPing) {
      ++entry->pings;
    } else {
      entry->texts.push_back(std::move(message->payload));
    }
  }
  entry->open = false;
  entry->socket->Abort();
}

}  // namespace assist::test
