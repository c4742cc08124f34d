#include "agent/containers/program/docker_client.h"

#include "agent/containers/listing.h"
#include "agent/containers/program/unix_http.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::containers {
namespace {

tl::unexpected<Error> Complaint(const HttpAnswer& answer) {
  std::string words = DockerMessage(answer.body);
  if (words.empty()) words = "HTTP status " + std::to_string(answer.status);
  return Fail(answer.status == 404 ? Errc::kNotFound : Errc::kInternal, std::move(words));
}

}  // namespace

Result<std::vector<Container>> DockerClient::List(TimePoint deadline) {
  Result<UnixHttp> http = UnixHttp::Connect(socket_, deadline);
  if (!http) return Forward(http);
  Result<HttpAnswer> answer = http->Ask("GET", "/containers/json?all=true", {}, deadline);
  if (!answer) return Forward(answer);
  if (answer->status != 200) return Complaint(*answer);
  return ParseDockerList(answer->body);
}

Result<std::string> DockerClient::Create(const std::string& container, const std::vector<std::string>& line,
                                         const std::string& user, const std::string& working_directory,
                                         TimePoint deadline) {
  json::Object body;
  body["AttachStdin"] = false;
  body["AttachStdout"] = true;
  body["AttachStderr"] = true;
  body["Tty"] = false;
  json::Array words;
  for (const std::string& word : line) words.emplace_back(word);
  body["Cmd"] = std::move(words);
  if (!user.empty()) body["User"] = user;
  if (!working_directory.empty()) body["WorkingDir"] = working_directory;
  Result<UnixHttp> http = UnixHttp::Connect(socket_, deadline);
  if (!http) return Forward(http);
  Result<HttpAnswer> answer = http->Ask("POST", "/containers/" + container + "/exec", json::Write(body), deadline);
  if (!answer) return Forward(answer);
  if (answer->status != 201 && answer->status != 200) return Complaint(*answer);
  Result<json::Object> object = json::ParseObject(answer->body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  std::string id(in.String("Id"));
  if (!in.status()) return in.Error();
  return id;
}

Result<DockerClient::Stream> DockerClient::Start(const std::string& exec, TimePoint deadline, bool& asked) {
  asked = false;
  Result<UnixHttp> http = UnixHttp::Connect(socket_, deadline);
  if (!http) return Forward(http);
  Result<HttpAnswer> answer =
      http->AskForStream("/exec/" + exec + "/start", R"({"Detach":false,"Tty":false})", deadline);
  asked = http->sent() && !answer;
  if (!answer) return Forward(answer);
  if (answer->status != 101 && answer->status != 200) return Complaint(*answer);
  Stream stream;
  stream.socket = http->TakeStream();
  stream.begin = std::move(answer->body);
  return stream;
}

Result<DockerClient::State> DockerClient::Inspect(const std::string& exec, TimePoint deadline) {
  Result<UnixHttp> http = UnixHttp::Connect(socket_, deadline);
  if (!http) return Forward(http);
  Result<HttpAnswer> answer = http->Ask("GET", "/exec/" + exec + "/json", {}, deadline);
  if (!answer) return Forward(answer);
  if (answer->status != 200) return Complaint(*answer);
  Result<json::Object> object = json::ParseObject(answer->body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  State state;
  state.running = in.Bool("Running");
  if (!state.running) state.code = static_cast<int>(in.IntOr("ExitCode", -1, -1, 0xffff));
  if (state.code && *state.code < 0) state.code.reset();
  if (!in.status()) return in.Error();
  return state;
}

}  // namespace assist::agent::containers
