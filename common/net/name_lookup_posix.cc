#include <ares.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <utility>

#include "common/async/completion.h"
#include "common/net/address.h"
#include "common/net/hosts_file.h"
#include "common/net/name_lookup.h"
#include "common/net/stream.h"
#include "common/net/tls_context.h"

namespace assist {
namespace {

using Addresses = std::vector<asio::ip::address>;
constexpr std::size_t kMaxHostsFile = std::size_t{4} << 20;  // of a larger one only the beginning is read

int StartLibrary() {
  static const int kStarted = ares_library_init(ARES_LIB_INIT_ALL);  // not safe for threads by itself
  return kStarted;
}

/// Few bytes of a local file: read where the caller is.
std::string ReadHosts(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char block[16384];
  while (file && text.size() < kMaxHostsFile) {
    file.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(file.gcount()));
  }
  return text;
}

asio::ip::address AddressOf(const ares_addrinfo_node& node) {
  if (node.ai_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
    asio::ip::address_v6::bytes_type bytes;
    std::copy_n(in->sin6_addr.s6_addr, bytes.size(), bytes.begin());
    return asio::ip::address_v6(bytes, in->sin6_scope_id);
  }
  return asio::ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in*>(node.ai_addr)->sin_addr.s_addr));
}

/// One question to the name servers. It is owned by the waits for its sockets, not by the coroutine, which it holds:
/// when the executor goes, the waits go, then this, then the coroutine.
class Question final : public std::enable_shared_from_this<Question> {
 public:
  Question(asio::any_io_executor executor, Clock& clock, std::string host)
      : executor_(std::move(executor)), clock_(clock), host_(std::move(host)) {}
  ~Question() { CloseChannel(); }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void Ask(NameLookupOptions options, SteadyTime deadline, Completion<Result<Addresses>> done) {
    done_ = std::move(done);
    if (const int status = Open(options); status != ARES_SUCCESS) {
      Finish(Trouble(std::string("the resolver does not start: ") + ares_strerror(status)));
      return;
    }
    const std::weak_ptr<Question> weak = weak_from_this();
    done_.OnCancel([weak] {
      if (const auto self = weak.lock()) self->Leave(Fail(Errc::kUnavailable, "cancelled", kNetResolve));
    });
    if (deadline != kNoDeadline) {
      limit_ = clock_.CallAt(deadline, executor_, [weak] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->Leave(
            Fail(Errc::kExpired,
                 "looking up " + self->host_ + " took too long: no answer of the name servers " + self->Servers(),
                 kNetResolve));
      });
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NUMERICSERV;
    ares_getaddrinfo(channel_, host_.c_str(), nullptr, &hints, &OnAnswer, this);
    Settle();
  }

 private:
  /// A socket of the channel, which opens and closes it. Asio only watches it.
  struct Watched {
    Watched(const asio::any_io_executor& executor, ares_socket_t fd) : descriptor(executor) {
      boost::system::error_code ignored;  // a descriptor that could not be taken says so when it is waited for
      descriptor.assign(fd, ignored);
    }
    ~Watched() { descriptor.release(); }
    asio::posix::stream_descriptor descriptor;
    bool wanted[2] = {false, false};  // readable, writable
    bool waiting[2] = {false, false};
    bool closed = false;
  };

  int Open(NameLookupOptions& options) {
    if (const int status = StartLibrary(); status != ARES_SUCCESS) return status;
    char lookups[] = "b";  // name servers only: the hosts file has been read
    ares_options settings{};
    settings.timeout = static_cast<int>(options.try_after.count());
    settings.tries = options.rounds;
    settings.lookups = lookups;
    settings.resolvconf_path = options.resolver_file.data();
    settings.sock_state_cb = &OnSocket;
    settings.sock_state_cb_data = this;
    const int mask =
        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB;
    const int status = ares_init_options(&channel_, &settings, mask);
    if (status != ARES_SUCCESS) {
      channel_ = nullptr;
      return status;
    }
    return options.servers.empty() ? ARES_SUCCESS : ares_set_servers_ports_csv(channel_, options.servers.c_str());
  }

  static void OnSocket(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Question*>(self)->Watch(fd, readable != 0, writable != 0);
  }
  static void OnAnswer(void* self, int status, int /*timeouts*/, ares_addrinfo* answer) {
    const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owned(answer, &ares_freeaddrinfo);
    if (status != ARES_EDESTRUCTION) static_cast<Question*>(self)->TakeAnswer(status, answer);
  }

  void Watch(ares_socket_t fd, bool readable, bool writable) {
    auto& watched = watched_[fd];
    if (!readable && !writable) {
      if (watched != nullptr) watched->closed = true;
      if (watched != nullptr) watched->descriptor.release();  // its waits end; the channel closes it next
      watched_.erase(fd);
      return;
    }
    if (watched == nullptr) watched = std::make_shared<Watched>(executor_, fd);
    watched->wanted[0] = readable;
    watched->wanted[1] = writable;
  }

  void Arm(ares_socket_t fd, const std::shared_ptr<Watched>& watched, bool write) {
    if (!watched->wanted[write] || watched->waiting[write]) return;
    watched->waiting[write] = true;
    const auto kind = write ? asio::posix::descriptor_base::wait_write : asio::posix::descriptor_base::wait_read;
    watched->descriptor.async_wait(
        kind, [self = shared_from_this(), fd, watched, write](const boost::system::error_code& error) {
          watched->waiting[write] = false;
          if (watched->closed || self->channel_ == nullptr) return;
          if (error) {
            self->Leave(self->Trouble("cannot wait for the name servers: " + error.message()));
            return;
          }
          ares_process_fd(self->channel_, write ? ARES_SOCKET_BAD : fd, write ? fd : ARES_SOCKET_BAD);
          self->Settle();
        });
  }

  /// After each call into the channel: ends it when the answer is there, else waits for what it wants next.
  void Settle() {
    if (!done_) {
      CloseChannel();
      return;
    }
    for (const auto& [fd, watched] : std::map(watched_)) {
      Arm(fd, watched, false);
      Arm(fd, watched, true);
    }
    timeval rest{};
    if (watched_.empty() || ares_timeout(channel_, nullptr, &rest) == nullptr) {
      Leave(Trouble("cannot ask the name servers " + Servers()));
      return;
    }
    // A millisecond more, since c-ares counts in whole ones.
    const auto wait = std::chrono::seconds(rest.tv_sec) + std::chrono::microseconds(rest.tv_usec + 1000);
    const std::weak_ptr<Question> weak = weak_from_this();
    retry_ = clock_.CallAt(clock_.Steady() + wait, executor_, [weak] {
      const auto self = weak.lock();
      if (self == nullptr || self->channel_ == nullptr) return;
      ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      self->Settle();
    });
  }

  void TakeAnswer(int status, const ares_addrinfo* answer) {
    Addresses found;
    if (status == ARES_SUCCESS && answer != nullptr) {
      for (const auto* node = answer->nodes; node != nullptr; node = node->ai_next) found.push_back(AddressOf(*node));
    }
    if (!found.empty()) {
      Finish(std::move(found));
      return;
    }
    Finish(Trouble(Why(status)));
  }

  [[nodiscard]] std::string Why(int status) const {
    switch (status) {
      case ARES_ENOTFOUND:
        return "there is no such host, say the name servers " + Servers();
      case ARES_SUCCESS:
      case ARES_ENODATA:
        return "the name exists, but has no address, say the name servers " + Servers();
      case ARES_ETIMEOUT:
        return "no answer of the name servers " + Servers();
      case ARES_ECONNREFUSED:
        return "cannot reach the name servers " + Servers();
      case ARES_ESERVFAIL:
        return "the name servers " + Servers() + " failed";
      case ARES_EREFUSED:
        return "the name servers " + Servers() + " refuse to answer";
      case ARES_EBADNAME:
        return "this is no name of a host";
      default:
        return std::string(ares_strerror(status)) + " (name servers " + Servers() + ')';
    }
  }
  [[nodiscard]] Result<Addresses> Trouble(const std::string& why) const {
    return Fail(Errc::kUnavailable, "cannot find " + host_ + ": " + why, kNetResolve);
  }
  /// For people: `10.0.0.2, 10.0.0.3`, with ports where they are not 53.
  [[nodiscard]] std::string Servers() const {
    ares_addr_port_node* first = nullptr;
    if (channel_ == nullptr || ares_get_servers_ports(channel_, &first) != ARES_SUCCESS) return "(none)";
    std::string text;
    for (const auto* server = first; server != nullptr; server = server->next) {
      asio::ip::address_v6::bytes_type bytes;
      std::copy_n(reinterpret_cast<const unsigned char*>(&server->addr.addr6), bytes.size(), bytes.begin());
      asio::ip::address address = asio::ip::address_v6(bytes);
      if (server->family == AF_INET) address = asio::ip::address_v4(ntohl(server->addr.addr4.s_addr));
      if (!text.empty()) text += ", ";
      const bool usual = server->udp_port == 0 || server->udp_port == 53;
      text += usual ? address.to_string()
                    : FormatHostPort({address.to_string(), static_cast<std::uint16_t>(server->udp_port)});
    }
    ares_free_data(first);
    return text.empty() ? "(none)" : text;
  }

  /// The answer; the channel is closed by Settle(), since it may not be by what it calls.
  void Finish(Result<Addresses> result) {
    if (done_) std::exchange(done_, {})(std::move(result));
  }
  /// The end from outside the channel.
  void Leave(Result<Addresses> result) {
    const auto self = shared_from_this();
    Finish(std::move(result));
    CloseChannel();
  }
  void CloseChannel() {
    limit_.reset();
    retry_.reset();
    if (ares_channel channel = std::exchange(channel_, nullptr)) ares_destroy(channel);
  }

  const asio::any_io_executor executor_;
  Clock& clock_;
  const std::string host_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Watched>> watched_;
  std::unique_ptr<Timer> limit_;
  std::unique_ptr<Timer> retry_;
  Completion<Result<Addresses>> done_;
};

}  // namespace

asio::awaitable<Result<Addresses>> LookUpName(std::string host, Clock& clock, SteadyTime deadline,
                                              NameLookupOptions options) {
  Addresses found;
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(host, no_literal);
  if (!no_literal) {
    found.push_back(literal);
    co_return found;
  }
  if (host.empty() || host.find('\0') != std::string::npos) {
    co_return Fail(Errc::kUnavailable, "cannot find '" + host + "': this is no name of a host", kNetResolve);
  }
  if (host.ends_with(".invalid") || host == "invalid") {  // RFC 6761, 6.4: for the resolver to know, without asking
    co_return Fail(Errc::kUnavailable, "cannot find " + host + ": there is no such host, by its last label",
                   kNetResolve);
  }
  found = AddressesInHosts(ReadHosts(options.hosts_file), host);
  if (!found.empty()) co_return found;
  const auto executor = co_await asio::this_coro::executor;
  UniqueFunction<void(Completion<Result<Addresses>>)> start = [&](Completion<Result<Addresses>> done) {
    const auto question = std::make_shared<Question>(executor, clock, std::move(host));
    question->Ask(std::move(options), deadline, std::move(done));
  };
  co_return co_await Await<Result<Addresses>>(std::move(start));
}

}  // namespace assist
