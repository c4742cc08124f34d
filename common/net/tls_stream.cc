#include "common/net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/buffer.hpp>
#include <climits>

#include "common/base/check.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/x509.h"
#include "common/net/address.h"
#include "common/net/tls_errors.h"

namespace assist::net_internal {
namespace {

// The BIO reads and writes the socket by Asio's non-blocking calls, unlike OpenSSL's own, which raises SIGPIPE.
template <class Transfer>
int Move(BIO* bio, int retry, Transfer&& transfer) {
  auto* core = static_cast<SocketCore*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  boost::system::error_code error;
  const std::size_t n = transfer(core->socket(), error);
  if (!error) return static_cast<int>(n);
  if (error == asio::error::would_block || error == asio::error::try_again || error == asio::error::interrupted) {
    BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  }
  return error == asio::error::eof ? 0 : -1;
}

int ReadBio(BIO* bio, char* into, int size) {
  return Move(bio, BIO_FLAGS_READ, [into, size](Socket& socket, boost::system::error_code& error) {
    return socket.read_some(asio::buffer(into, static_cast<std::size_t>(size)), error);
  });
}

int WriteBio(BIO* bio, const char* from, int size) {
  return Move(bio, BIO_FLAGS_WRITE, [from, size](Socket& socket, boost::system::error_code& error) {
    return socket.write_some(asio::buffer(from, static_cast<std::size_t>(size)), error);
  });
}

long ControlBio(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* SocketBioMethod() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "assist socket");
    ASSIST_CHECK(made != nullptr);
    BIO_meth_set_read(made, &ReadBio);
    BIO_meth_set_write(made, &WriteBio);
    BIO_meth_set_ctrl(made, &ControlBio);
    return made;
  }();
  return kMethod;
}

// Notes what the server's certificate holds before the verdict falls.
int NoteCertificate(int good, X509_STORE_CTX* store) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* note = static_cast<PeerCertificate*>(SSL_get_app_data(ssl));
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (good == 1 || note == nullptr || certificate == nullptr) return good;
  const auto pem = crypto_internal::MemoryBio();
  if (PEM_write_bio_X509(pem.get(), certificate) != 1) return good;
  if (auto info = ReadCertificate(crypto_internal::TextOf(pem.get()))) {
    for (const auto* names : {&info->dns_names, &info->ip_addresses}) {
      for (const auto& name : *names) note->names += (note->names.empty() ? "" : ", ") + name;
    }
    if (note->names.empty()) note->names = "'" + info->common_name + "'";
    note->validity = FormatIso8601(info->not_before) + " to " + FormatIso8601(info->not_after);
  }
  return good;
}

int ClampSize(std::size_t size) { return size > INT_MAX ? INT_MAX : static_cast<int>(size); }

}  // namespace

void TlsStream::FreeSsl::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

TlsStream::TlsStream(std::unique_ptr<SocketCore> core, const std::shared_ptr<ssl_ctx_st>& context, Role role)
    : core_(std::move(core)), ssl_(SSL_new(context.get())) {
  ASSIST_CHECK(ssl_ != nullptr);
  BIO* bio = BIO_new(SocketBioMethod());
  ASSIST_CHECK(bio != nullptr);
  BIO_set_data(bio, core_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (role == Role::kServer) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
}

asio::awaitable<Status> TlsStream::Handshake(std::string host) {
  PeerCertificate certificate;
  if (!host.empty()) {
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
    if (IsIpAddress(host)) {
      ASSIST_CHECK(X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1);
    } else {
      X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      if (X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) != 1 ||
          SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1) {
        co_return Fail(Errc::kInvalid, "'" + host + "' is no host name", kTlsFailed);
      }
    }
    SSL_set_app_data(ssl_.get(), &certificate);
    SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, &NoteCertificate);
  }
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) break;
    const int error = SSL_get_error(ssl_.get(), done);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      const Direction what = error == SSL_ERROR_WANT_READ ? Direction::kRead : Direction::kWrite;
      Status ready = co_await core_->Wait(what, Direction::kRead);
      if (ready) continue;
      broken_ = true;
      if (ready.error().code == Errc::kExpired) ready.error().detail = "the TLS handshake was not finished in time";
      if (ready.error().reason.empty()) ready.error().reason = kTlsFailed;
      co_return ready;
    }
    broken_ = true;
    co_return tl::unexpected<Error>(HandshakeFailure(ssl_.get(), error, "", host, certificate));
  }
  SSL_set_app_data(ssl_.get(), nullptr);
  SSL_set_verify(ssl_.get(), SSL_get_verify_mode(ssl_.get()), nullptr);
  co_return Status();
}

Status TlsStream::Broken(int ssl_error, std::string_view what) {
  broken_ = true;
  if (core_->closed()) return Fail(Errc::kUnavailable, "the connection is closed");
  const unsigned long error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  const bool cut = ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  ERR_clear_error();
  if (ssl_error == SSL_ERROR_SYSCALL || cut) return Fail(Errc::kUnavailable, "the connection is gone");
  return Fail(Errc::kInvalid,
              "TLS failed while " + std::string(what) + ": " + (reason != nullptr ? reason : "no reason given"));
}

asio::awaitable<Result<std::size_t>> TlsStream::ReadSome(std::span<char> into) {
  if (core_->NeedsBreath()) co_await core_->Breathe();
  for (;;) {
    if (broken_ || core_->closed()) co_return Fail(Errc::kUnavailable, "the connection is closed");
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), into.data(), ClampSize(into.size()));
    if (n > 0) co_return static_cast<std::size_t>(n);
    const int error = SSL_get_error(ssl_.get(), n);
    if (error == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      Status broken = Broken(error, "reading");
      co_return Forward(broken);
    }
    const Direction what = error == SSL_ERROR_WANT_READ ? Direction::kRead : Direction::kWrite;
    Status ready = co_await core_->Wait(what, Direction::kRead);
    if (!ready) co_return Forward(ready);
  }
}

asio::awaitable<Status> TlsStream::WaitReadable() {
  for (;;) {
    if (broken_ || core_->closed()) co_return Fail(Errc::kUnavailable, "the connection is closed");
    if (SSL_pending(ssl_.get()) > 0) co_return Status();
    ERR_clear_error();
    char byte = 0;
    const int n = SSL_peek(ssl_.get(), &byte, 1);  // a readable socket may hold half a record, or none for us
    const int error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), n);
    if (error == SSL_ERROR_NONE || error == SSL_ERROR_ZERO_RETURN) co_return Status();
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) co_return Broken(error, "reading");
    const Direction what = error == SSL_ERROR_WANT_READ ? Direction::kRead : Direction::kWrite;
    Status ready = co_await core_->Wait(what, Direction::kRead);
    if (!ready) co_return ready;
  }
}

asio::awaitable<Status> TlsStream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (broken_ || core_->closed()) co_return Fail(Errc::kUnavailable, "the connection is closed");
    ERR_clear_error();
    const int n = SSL_write(ssl_.get(), bytes.data(), ClampSize(bytes.size()));
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), n);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) co_return Broken(error, "writing");
    const Direction what = error == SSL_ERROR_WANT_READ ? Direction::kRead : Direction::kWrite;
    Status ready = co_await core_->Wait(what, Direction::kWrite);
    if (!ready) co_return ready;
  }
  co_return Status();
}

asio::awaitable<Status> TlsStream::ShutdownWrite() {
  if (broken_ || core_->closed()) co_return Fail(Errc::kUnavailable, "the connection is closed");
  ERR_clear_error();
  (void)SSL_shutdown(ssl_.get());  // close_notify, if it fits into the socket's buffer
  ERR_clear_error();
  boost::system::error_code error;
  core_->socket().shutdown(asio::socket_base::shutdown_send, error);
  if (error) co_return tl::unexpected<Error>(core_->Failure(error));
  co_return Status();
}

bool TlsStream::IsQuiet() noexcept {
  if (broken_ || core_->closed()) return false;
  ERR_clear_error();
  char byte = 0;
  const int n = SSL_peek(ssl_.get(), &byte, 1);
  const bool quiet = n <= 0 && SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_READ;
  if (!quiet && n <= 0) broken_ = true;
  ERR_clear_error();
  return quiet;
}

Result<std::string> TlsStream::KeyingMaterial(std::string_view label, std::size_t size) const {
  if (!SSL_is_init_finished(ssl_.get())) return Fail(Errc::kUnavailable, "the TLS handshake is not finished");
  // Without the extended master secret (RFC 7627) a man in the middle can make two TLS 1.2 connections that share it.
  if (SSL_version(ssl_.get()) < TLS1_3_VERSION && SSL_get_extms_support(ssl_.get()) != 1) {
    return Fail(Errc::kInvalid, "this TLS 1.2 connection has no extended master secret");
  }
  std::string material(size, '\0');
  if (SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(material.data()), size, label.data(),
                                 label.size(), nullptr, 0, 0) != 1) {
    return Fail(Errc::kInternal, "cannot export keying material: " + crypto_internal::TakeOpensslError());
  }
  return material;
}

}  // namespace assist::net_internal
