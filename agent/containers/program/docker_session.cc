#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "agent/containers/docker_stream.h"
#include "agent/containers/program/docker_client.h"
#include "agent/containers/program/session.h"

namespace assist::agent::containers {
namespace {

using supervisor::ClientWord;

ClientWord Failed(const Error& error) {
  return {error.code == Errc::kExpired ? supervisor::kClientTimeout : supervisor::kClientFailed, error.detail};
}

class DockerSession final : public Session {
 public:
  DockerSession(const Order& order, bool as_root)
      : client_(order.target.socket),
        container_(order.target.id),
        user_(as_root ? "0" : order.user),
        working_directory_(as_root ? std::string() : order.working_directory) {}

  ClientWord Open(const std::vector<std::string>& line, TimePoint deadline) override {
    Result<std::string> exec = client_.Create(container_, line, user_, working_directory_, deadline);
    if (!exec) return Failed(exec.error());
    exec_ = std::move(*exec);
    bool asked = false;
    Result<DockerClient::Stream> stream = client_.Start(exec_, deadline, asked);
    if (!stream && asked) return {supervisor::kClientUnsure, stream.error().detail};
    if (!stream) return Failed(stream.error());
    socket_ = std::move(stream->socket);
    held_ = std::move(stream->begin);
    return {};
  }

  [[nodiscard]] int fd() const override { return socket_.get(); }

  [[nodiscard]] bool pending() const override { return !held_.empty(); }

  bool Read(std::string& output) override {
    if (!held_.empty()) return Put(std::exchange(held_, {}), output);
    std::array<char, 65536> piece{};
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got > 0) return Put({piece.data(), static_cast<std::size_t>(got)}, output);
    socket_.Reset();
    return false;
  }

  [[nodiscard]] std::string words() override { return {}; }

  Fate Ask(TimePoint deadline) override {
    Result<DockerClient::State> state = client_.Inspect(exec_, deadline);
    if (!state) return {state.error().code == Errc::kNotFound ? Fate::Kind::kGone : Fate::Kind::kUnreachable, 0};
    if (state->running) return {Fate::Kind::kRuns, 0};
    if (!state->code) return {Fate::Kind::kGone, 0};
    return {Fate::Kind::kEnded, *state->code};
  }

 private:
  bool Put(std::string_view bytes, std::string& output) {
    if (stream_.Put(bytes, output)) return true;
    socket_.Reset();
    return false;
  }

  DockerClient client_;
  const std::string container_;
  const std::string user_;
  const std::string working_directory_;
  std::string exec_;
  UniqueFd socket_;
  std::string held_;
  DockerStream stream_;
};

}  // namespace

std::unique_ptr<Session> MakeDockerSession(const Order& order, bool as_root) {
  return std::make_unique<DockerSession>(order, as_root);
}

}  // namespace assist::agent::containers
