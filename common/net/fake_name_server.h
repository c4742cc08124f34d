// A name server on a free port of 127.0.0.1, by UDP and TCP (RFC 1035), that answers what a test tells it to. One
// executor; destroy it after the executor has run out or with it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assist {

class FakeNameServer {
  using Udp = boost::asio::ip::udp;
  using Tcp = boost::asio::ip::tcp;

 public:
  struct Zone {
    std::vector<std::string> v4 = {};  ///< Addresses in text form.
    std::vector<std::string> v6 = {};
    int code = 0;                ///< RCODE: 2 server failure, 5 refused.
    bool silent = false;         ///< No answer at all.
    int lost = 0;                ///< So many questions get none.
    bool truncated = false;      ///< By UDP only that there is more.
    bool garbage_first = false;  ///< Something that is no answer goes before the answer.
  };

  explicit FakeNameServer(const boost::asio::any_io_executor& executor) : udp_(executor), tcp_(executor) {
    // Somebody else may have the TCP port of the number that UDP was given.
    boost::system::error_code error = boost::asio::error::address_in_use;
    for (int attempt = 0; attempt < 100 && error; ++attempt) {
      udp_ = Udp::socket(executor, {boost::asio::ip::address_v4::loopback(), 0});
      tcp_ = Tcp::acceptor(executor, Tcp::v4());
      tcp_.bind({boost::asio::ip::address_v4::loopback(), udp_.local_endpoint().port()}, error);
    }
    if (!error) tcp_.listen(8, error);
    EXPECT_FALSE(error) << error.message();
    Receive();
    Accept();
  }

  /// By name in small letters; what is not here does not exist.
  std::map<std::string, Zone> zones;
  std::vector<std::string> asked;  ///< `name A`, `name AAAA`, with ` tcp` behind.

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port()); }

 private:
  struct Connection {
    explicit Connection(Tcp::socket s) : socket(std::move(s)) {}
    Tcp::socket socket;
    std::array<unsigned char, 2> size{};
    std::string bytes;
  };

  void Receive() {
    udp_.async_receive_from(boost::asio::buffer(question_), from_,
                            [this](const boost::system::error_code& error, std::size_t n) {
                              if (error) return;
                              for (const auto& answer : Answer(std::string(question_.data(), n), false)) {
                                boost::system::error_code ignored;
                                udp_.send_to(boost::asio::buffer(answer), from_, 0, ignored);
                              }
                              Receive();
                            });
  }
  void Accept() {
    tcp_.async_accept([this](const boost::system::error_code& error, Tcp::socket socket) {
      if (error) return;
      auto connection = std::make_shared<Connection>(std::move(socket));
      boost::asio::async_read(connection->socket, boost::asio::buffer(connection->size),
                              [this, connection](const boost::system::error_code& failed, std::size_t) {
                                if (!failed) ReadQuestion(connection);
                              });
      Accept();
    });
  }
  void ReadQuestion(const std::shared_ptr<Connection>& connection) {
    connection->bytes.resize(static_cast<std::size_t>(connection->size[0] * 256 + connection->size[1]));
    boost::asio::async_read(connection->socket, boost::asio::buffer(connection->bytes),
                            [this, connection](const boost::system::error_code& failed, std::size_t) {
                              if (failed) return;
                              for (const auto& answer : Answer(connection->bytes, true)) {
                                connection->bytes = Number(answer.size()) + answer;
                                boost::system::error_code ignored;
                                boost::asio::write(connection->socket, boost::asio::buffer(connection->bytes), ignored);
                              }
                            });
  }

  static std::string Number(std::size_t value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
  }

  std::vector<std::string> Answer(const std::string& question, bool tcp) {
    std::string name;
    std::size_t at = 12;  // behind the header
    while (at < question.size() && question[at] != 0) {
      const auto length = static_cast<std::size_t>(question[at]);
      name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
      at += 1 + length;
    }
    const std::string asked_part = question.substr(12, at + 5 - 12);
    const bool v6 = question.at(at + 2) == 28;
    asked.push_back(name + (v6 ? " AAAA" : " A") + (tcp ? " tcp" : ""));
    const auto found = zones.find(name);
    const bool exists = found != zones.end();
    Zone none;
    none.code = 3;
    Zone& zone = exists ? found->second : none;
    if (zone.silent) return {};
    if (zone.lost > 0) {
      --zone.lost;
      return {};
    }
    const bool cut = zone.truncated && !tcp;
    std::string records;
    const auto& addresses = v6 ? zone.v6 : zone.v4;
    for (const auto& text : addresses) {
      const auto address = boost::asio::ip::make_address(text);
      std::string bytes;
      if (address.is_v6()) {
        for (const auto byte : address.to_v6().to_bytes()) bytes += static_cast<char>(byte);
      } else {
        for (const auto byte : address.to_v4().to_bytes()) bytes += static_cast<char>(byte);
      }
      records += "\xc0\x0c" + Number(v6 ? 28 : 1) + Number(1) + Number(0) + Number(60) + Number(bytes.size()) + bytes;
    }
    if (cut) records.clear();
    const std::size_t flags = 0x8180u | static_cast<unsigned>(zone.code) | (cut ? 0x0200u : 0u);
    const std::string answer = question.substr(0, 2) + Number(flags) + Number(1) + Number(cut ? 0 : addresses.size()) +
                               Number(0) + Number(0) + asked_part + records;
    if (zone.garbage_first) return {"no answer", answer.substr(0, 14), answer};
    return {answer};
  }

  Udp::socket udp_;
  Tcp::acceptor tcp_;
  Udp::endpoint from_;
  std::array<char, 1500> question_{};
};

}  // namespace assist
