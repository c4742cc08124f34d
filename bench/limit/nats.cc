// bench_limit_nats: request/reply over a nats-server, the peer of a fan-out. N subscribers, each with a connection of
// its own and a subject of its own; one requester asks each of them once a round and waits for all answers. The client
// side of the NATS text protocol (docs.nats.io, "Client Protocol") over plain TCP, in one epoll. Prints a line of JSON
// a round: {"event":"round","seconds":…}.
#include <sys/epoll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bench/peer/channel.h"

namespace assist::bench {
namespace {

constexpr std::string_view kConnect = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

struct Message {
  std::string_view reply;  // subject for the answer; may be empty
  std::string_view payload;
};

class Peers {
 public:
  Peers(std::uint16_t port, std::size_t subscribers, std::size_t reply_bytes)
      : target_(AddressOf("127.0.0.1", port)), reply_(reply_bytes, 'r'), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i <= subscribers; ++i) channels_.push_back(std::make_unique<Channel>());
  }

  void Connect() {
    std::size_t begun = 0;
    while (ready_ < channels_.size()) {
      for (; begun < channels_.size() && begun < ready_ + 256; ++begun) {
        const sockaddr_in source =
            AddressOf("127.2." + std::to_string(begun >> 8U) + "." + std::to_string(begun & 255U), 0);
        if (!channels_[begun]->Connect(epoll_, begun, source, target_, nullptr)) Die(channels_[begun]->why());
        const std::string subject = begun == 0 ? "answers.*" : "agent." + std::to_string(begun);
        channels_[begun]->Send(std::string(kConnect) + "SUB " + subject + " 1\r\nPING\r\n");
      }
      Step();
    }
  }

  double Round() {
    answers_ = 0;
    std::string asks;
    const double began = MonotonicSeconds();
    for (std::size_t i = 1; i < channels_.size(); ++i) {
      const std::string number = std::to_string(i);
      asks.append("PUB agent.").append(number).append(" answers.").append(number).append(" 4\r\ntrue\r\n");
    }
    if (!channels_[0]->Send(asks)) Die(channels_[0]->why());
    while (answers_ + 1 < channels_.size()) {
      Step();
      if (MonotonicSeconds() - began > 60) Die("only " + std::to_string(answers_) + " answers within 60 s");
    }
    return MonotonicSeconds() - began;
  }

 private:
  void Step() {
    std::array<epoll_event, 512> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
    if (MonotonicSeconds() - began_ > 300) Die("not done within 300 s");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Channel& channel = *channels_[event.data.u64];
      const bool alive = channel.OnEvents(event.events);
      Take(event.data.u64, channel);
      if (!alive) Die("connection " + std::to_string(event.data.u64) + ": " + channel.why());
    }
  }

  void Take(std::size_t number, Channel& channel) {
    std::size_t used = 0;
    const std::string_view in = channel.in();
    std::string out;
    for (;;) {
      const std::size_t end = in.find("\r\n", used);
      if (end == std::string_view::npos) break;
      const std::string_view line = in.substr(used, end - used);
      std::size_t next = end + 2;
      if (line.starts_with("MSG ")) {
        const std::string_view size_text = line.substr(line.rfind(' ') + 1);
        std::size_t size = 0;
        std::from_chars(size_text.data(), size_text.data() + size_text.size(), size);
        if (in.size() < next + size + 2) break;
        next += size + 2;
        if (number == 0) {
          ++answers_;
        } else {
          const std::string_view rest = line.substr(0, line.rfind(' '));
          out.append("PUB ").append(rest.substr(rest.rfind(' ') + 1)).append(" ");
          out.append(std::to_string(reply_.size())).append("\r\n").append(reply_).append("\r\n");
        }
      } else if (line == "PONG") {
        ++ready_;
      } else if (line == "PING") {
        out.append("PONG\r\n");
      } else if (line.starts_with("-ERR")) {
        Die(std::string(line));
      }
      used = next;
    }
    channel.in().erase(0, used);
    if (!out.empty()) channel.Send(out);
  }

  const sockaddr_in target_;
  const std::string reply_;
  const int epoll_;
  const double began_ = MonotonicSeconds();
  std::vector<std::unique_ptr<Channel>> channels_;  // the first is the requester's
  std::size_t ready_ = 0;
  std::size_t answers_ = 0;
};

}  // namespace
}  // namespace assist::bench

int main(int argc, char** argv) {
  using namespace assist::bench;
  std::uint16_t port = 0;
  std::size_t subscribers = 100;
  std::size_t rounds = 3;
  std::size_t bytes = 64;
  CLI::App app("Request/reply of N subscribers over a nats-server");
  app.add_option("--port", port)->required();
  app.add_option("--subscribers", subscribers)->check(CLI::Range(1, 19'000));
  app.add_option("--rounds", rounds)->check(CLI::Range(1, 1'000));
  app.add_option("--bytes", bytes, "Of an answer")->check(CLI::Range(0, 1'000'000));
  CLI11_PARSE(app, argc, argv);
  RaiseDescriptorLimit();
  Peers peers(port, subscribers, bytes);
  peers.Connect();
  for (std::size_t i = 0; i < rounds; ++i) std::printf("{\"event\":\"round\",\"seconds\":%.6f}\n", peers.Round());
  return 0;
}
