// A server for tests that answers, breaks off or babbles as its script says. Plain HTTP on a free loopback port, on the
// test's own io_context. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/encoding/form.h"

namespace assist::cli {

namespace asio = boost::asio;

class FakeApiServer {
 public:
  struct Step {
    enum class Kind { kAnswer, kDropAfterRequest, kAnswerThenClose, kGarbage, kSilence };
    Kind kind = Kind::kAnswer;
    int status = 200;
    std::string body = "{}";
    std::string headers;  ///< Whole lines, each with CR LF.
  };
  /// A request as it came.
  struct Request {
    std::map<std::string, std::string> headers;  ///< Names in lower case.
    std::map<std::string, std::string> fields;   ///< Of the body.
    [[nodiscard]] std::string action() const {
      return headers.count("x-acs-action") != 0 ? headers.at("x-acs-action") : "";
    }
  };

  explicit FakeApiServer(asio::io_context& io)
      : acceptor_(io, asio::ip::tcp::endpoint(asio::ip::make_address_v4("127.0.0.1"), 0)) {
    asio::co_spawn(io, Accept(), asio::detached);
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// From now on connections are refused.
  void StopListening() { acceptor_.close(); }

  std::deque<Step> script;                        ///< Taken from the front; empty: `otherwise`.
  std::function<Step(const Request&)> otherwise;  ///< Absent: 200 and {}.
  std::vector<Request> requests;
  int connections = 0;

 private:
  using Socket = asio::ip::tcp::socket;

  asio::awaitable<void> Accept() {
    for (;;) {
      boost::system::error_code error;
      Socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      ++connections;
      asio::co_spawn(acceptor_.get_executor(), Serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Serve(Socket socket) {
    std::string buffer;
    for (;;) {
      boost::system::error_code error;
      if (buffer.empty()) {
        co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_at_least(1),
                                  asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
      }
      if (buffer[0] == '\x16') {  // a TLS handshake: what any server of plain HTTP says to that
        const std::string_view refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(refusal), asio::redirect_error(asio::use_awaitable, error));
        co_return;
      }
      const std::size_t head = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                               asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      Request request = ParseHead(buffer.substr(0, head));
      buffer.erase(0, head);
      const std::size_t length = Length(request);
      if (buffer.size() < length) {
        co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(length - buffer.size()),
                                  asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
      }
      for (auto& [name, value] : encoding::ParseForm(buffer.substr(0, length))) request.fields[name] = value;
      buffer.erase(0, length);
      requests.push_back(request);

      const Step step = Next(request);
      if (step.kind == Step::Kind::kDropAfterRequest) co_return;
      if (step.kind == Step::Kind::kSilence) {
        held_.push_back(std::move(socket));
        co_return;
      }
      std::string answer = "SSH-2.0-babble\r\n\r\n";
      if (step.kind != Step::Kind::kGarbage) {
        answer = "HTTP/1.1 " + std::to_string(step.status) + " X\r\nContent-Type: application/json;charset=utf-8\r\n" +
                 step.headers + "Content-Length: " + std::to_string(step.body.size()) + "\r\n\r\n" + step.body;
      }
      co_await asio::async_write(socket, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
      if (error || step.kind != Step::Kind::kAnswer) co_return;
    }
  }

  Step Next(const Request& request) {
    if (!script.empty()) {
      Step step = script.front();
      script.pop_front();
      return step;
    }
    return otherwise ? otherwise(request) : Step{};
  }

  static Request ParseHead(const std::string& head) {
    Request request;
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(':', at);
      if (end == at || end == std::string::npos || colon > end) break;
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      const std::size_t value = head.find_first_not_of(' ', colon + 1);
      request.headers[name] = head.substr(value, end - value);
      at = end + 2;
    }
    return request;
  }

  static std::size_t Length(const Request& request) {
    const auto found = request.headers.find("content-length");
    return found == request.headers.end() ? 0 : std::stoul(found->second);
  }

  asio::ip::tcp::acceptor acceptor_;
  std::vector<Socket> held_;
};

}  // namespace assist::cli
